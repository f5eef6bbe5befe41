// SPDX-License-Identifier: Apache-2.0
#include "ops/matmul/split.h"

#include <algorithm>

#include "ops/grid.h"
#include "shaders/kernels.h"
#include "shaders/matmul/split_params.h"

namespace lemnos {

Dispatch sum_splits(const SplitSum& sum, const Problem& problem, const gpu::Caps& caps) {
  const auto lanes = std::min(64u, caps.max_group_invocations);
  const bool vectors = sum.count % 4 == 0 && (!problem.bias || sum.columns % 4 == 0);
  const std::int64_t span = lanes * (vectors ? 4 : 1);
  const std::int64_t groups = ceil_div(sum.count + sum.sums, span);
  const std::int64_t most = caps.max_groups[0];
  const std::int64_t rows = ceil_div(groups, most);
  return {.shader = &shader(Kernel::split_reduce),
          .specialization = {lanes, problem.bias ? 1u : 0u,
                             static_cast<std::uint32_t>(problem.activation), vectors},
          .bindings = {scratch(sum.scratch),
                       problem.has_extra() ? input(sum.extra_input) : scratch(sum.scratch),
                       result(), result(problem.companion ? 1 : 0)},
          .push = kernels::SplitReduceParams{.count = static_cast<std::uint32_t>(sum.count),
                                             .sums = static_cast<std::uint32_t>(sum.sums),
                                             .stride = static_cast<std::uint32_t>(sum.stride()),
                                             .splits = static_cast<std::uint32_t>(sum.splits),
                                             .columns = static_cast<std::uint32_t>(sum.columns)},
          .groups = {static_cast<std::uint32_t>(ceil_div(groups, rows)),
                     static_cast<std::uint32_t>(rows), 1},
          .loop_turns = static_cast<std::uint64_t>(sum.splits + 1) * (vectors ? 4 : 1)};
}

std::int64_t splits_with_sums(std::int64_t splits, std::int64_t depth, std::int64_t passes,
                              const gpu::Caps& caps) {
  if (caps.max_loop_turns == 0) return splits;
  // Not half of all turns: the product may take the others, see splits_for().
  const std::int64_t longest = static_cast<std::int64_t>(caps.max_loop_turns) * 3 / 2 / passes;
  return std::max(splits, ceil_div(depth, longest));
}

std::int64_t splits_for(std::int64_t turns, std::int64_t groups, std::int64_t least,
                        std::uint32_t choice, const gpu::Caps& caps) {
  // A CPU driver has a few threads to keep busy, a GPU many hundreds of subgroups.
  const std::int64_t wanted = caps.type == gpu::DeviceType::cpu ? 32 : 256;
  const std::int64_t more = choice == 2 ? 4 : 1;
  const std::int64_t most = std::max<std::int64_t>(turns * more / least, 1);
  std::int64_t splits = std::clamp<std::int64_t>(wanted * more / groups, 1, most);
  if (choice == 1) splits = 1;
  if (caps.max_loop_turns != 0) {
    const std::int64_t longest = caps.max_loop_turns / 2;
    splits = std::max(splits, ceil_div(turns, longest));
  }
  return splits;
}

}  // namespace lemnos
