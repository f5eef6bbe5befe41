// SPDX-License-Identifier: Apache-2.0
// Long sums in parts: several workgroups each sum a part, a second dispatch adds the parts in
// order.
#pragma once

#include "runtime/graph/op_def.h"

namespace lemnos {

// Where the parts come from and where the sum goes.
struct SplitSum {
  std::uint32_t scratch = 0;  // Binding::scratch holding [splits][stride()]
  std::int64_t count = 0;
  std::int64_t sums = 0;  // of result 1 (Problem::companion); they follow the others
  std::int64_t splits = 1;
  std::int64_t columns = 1;  // length of the bias
  std::int64_t stride() const { return count + (sums + 3) / 4 * 4; }
  std::uint32_t extra_input = 0;  // the bias or mask, if the problem has one
};

// The dispatch that adds the parts, and the bias and activation that the problem asks for.
Dispatch sum_splits(const SplitSum& sum, const Problem& problem, const gpu::Caps& caps);

// The sums of common/depth_sums.glsl take, beside the product's loop turns, a quarter of the depth
// and their blocks of 128, in each of so many passes over a workgroup's rows.
inline std::uint64_t turns_of_sums(std::int64_t split_depth, std::int64_t passes) {
  return static_cast<std::uint64_t>(passes * (split_depth / 4 + split_depth / 32 + 8));
}
// More parts than `splits` if they would take too many.
std::int64_t splits_with_sums(std::int64_t splits, std::int64_t depth, std::int64_t passes,
                              const gpu::Caps& caps);

// How many parts `turns` loop turns are cut into, so that about `wanted` groups run where one part
// would make `groups`, no part is shorter than `least` turns, and none longer than the device
// allows. What a device wants is a guess: by `choice`, below split_choices, 0 is that, 1 no more
// parts than there must be, 2 four times as many and as short.
constexpr std::uint32_t split_choices = 3;
std::int64_t splits_for(std::int64_t turns, std::int64_t groups, std::int64_t least,
                        std::uint32_t choice, const gpu::Caps& caps);

// Problem::choice where a problem may be cut: every one of `all` tiles with every split choice.
template <class T>
const T& chosen_tile(const std::vector<T>& all, const Problem& p) {
  return all[p.choice < all.size() * split_choices ? p.choice % all.size() : 0];
}
template <class T>
std::uint32_t chosen_split(const std::vector<T>& all, const Problem& p) {
  const auto choice = static_cast<std::uint32_t>(p.choice / all.size());
  return choice < split_choices ? choice : 0;
}

}  // namespace lemnos
