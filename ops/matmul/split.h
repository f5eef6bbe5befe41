// SPDX-License-Identifier: Apache-2.0
// Long sums in parts: several workgroups each sum a part, a second dispatch adds the parts in
// order.
#pragma once

#include "runtime/graph/op_def.h"

namespace lemnos {

// Where the parts come from and where the sum goes.
struct SplitSum {
  std::uint32_t scratch = 0;  // Binding::scratch holding [splits][count]
  std::int64_t count = 0;
  std::int64_t splits = 1;
  std::int64_t columns = 1;       // length of the bias
  std::uint32_t extra_input = 0;  // the bias or mask, if the problem has one
};

// The dispatch that adds the parts, and the bias and activation that the problem asks for.
Dispatch sum_splits(const SplitSum& sum, const Problem& problem, const gpu::Caps& caps);

// How many parts `turns` loop turns are cut into, so that about `wanted` groups run where one part
// would make `groups`, no part is shorter than `least` turns, and none longer than the device
// allows.
std::int64_t splits_for(std::int64_t turns, std::int64_t groups, std::int64_t least,
                        const gpu::Caps& caps);

}  // namespace lemnos
