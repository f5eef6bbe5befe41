// SPDX-License-Identifier: Apache-2.0
#include "ops/attention/tile.h"

#include <algorithm>
#include <optional>

#include "ops/grid.h"

namespace lemnos {
namespace {

// ---- invocations that multiply f32 -------------------------------------------------------------

AttentionTile float_tile(const Problem& p, const gpu::Caps& caps, const TileKernel& kernel) {
  const AttentionSizes s = attention_sizes(p);
  const bool large = caps.max_group_invocations >= 256 && caps.shared_bytes >= 32768;
  const std::uint32_t lanes = large ? 256 : 128;
  const std::int64_t columns = lanes / 4;
  const auto chunks = static_cast<std::uint32_t>(ceil_div(s.depth, columns));
  std::uint32_t thread_rows = 4;
  while (thread_rows > 1 && kernel.results * chunks * thread_rows * 4 > 64) thread_rows /= 2;
  auto specialization =
      with_flags({lanes, thread_rows, 4, 0, 0}, p.attrs.as<AttentionAttrs>(), s.depth % 4 == 0);
  specialization.push_back(chunks);

  // Of a loop of n turns old CPU drivers run n + 1, the last without effect, and so what is in it.
  constexpr std::int64_t depth = 16, product = 1 + depth / 4;  // DEPTH, and turns of MULTIPLY
  const std::int64_t steps = ceil_div(s.depth, depth), sums = columns / depth;
  const std::int64_t scores = steps * (1 + product) + 2;
  const std::int64_t result = sums * (1 + chunks * product) + 1 + chunks;
  const std::int64_t block = 1 + kernel.scores * scores + kernel.results * result;
  const std::uint64_t turns = static_cast<std::uint64_t>(ceil_div(kernel.along, columns) + 1) *
                              (static_cast<std::uint64_t>(block) + 4 * dropout_turns(p));
  return {kernel.kernels.f32, 16 * thread_rows, std::move(specialization), turns};
}

// ---- cooperative matrices ----------------------------------------------------------------------

// The type of all matrices: q's, if k and v have it too. What comes from behind, dout, is rounded
// to it where it is still f32, as the operand of any product would be.
std::optional<DType> matrix_type(const Problem& p, const TileKernel& kernel) {
  const DType type = p.inputs[0].dtype;
  const bool same = p.inputs[1].dtype == type && p.inputs[2].dtype == type;
  if (!is_half(type) || !same) return {};
  const bool backward = kernel.scores > 1;
  if (backward && p.inputs[3].dtype != type && p.inputs[3].dtype != DType::f32) return {};
  return type;
}

// What a kernel of matrices is made for.
struct MatrixKernel {
  Kernel kernel;
  const gpu::MatrixShape& shape;
  std::uint32_t depth;  // up to whole matrices
};

std::optional<MatrixKernel> matrix_kernel(const Problem& p, const gpu::Caps& caps,
                                          const TileKernel& kernel) {
  const std::optional<DType> type = matrix_type(p, kernel);
  if (!type) return {};
  const Kernel of_type = *type == DType::f16 ? kernel.kernels.f16 : kernel.kernels.bf16;
  const gpu::MatrixShape* shape = matrix_shape(*type, caps);
  const std::int64_t depth = attention_sizes(p).depth;
  if (shape == nullptr || shader(of_type).words.empty() || depth % 8 != 0) return {};
  const std::uint32_t whole = std::max(shape->n, shape->k);  // the other divides it
  return MatrixKernel{of_type, *shape, static_cast<std::uint32_t>(ceil_div(depth, whole)) * whole};
}

constexpr std::uint32_t subgroups = 4;

// With so many rows of matrices to a subgroup, and as many columns as fit: that makes loads worth
// more. A CPU driver takes seconds to compile many, and registers are no matter there.
std::optional<AttentionTile> matrix_tile(const Problem& p, const gpu::Caps& caps,
                                         const TileKernel& kernel, const MatrixKernel& matrices,
                                         std::uint32_t strips) {
  constexpr std::uint32_t most_registers = 224;
  const auto& [of_type, shape, depth] = matrices;
  const std::uint32_t lanes = subgroups * caps.subgroup_size, rows = strips * shape.m;
  if (caps.subgroup_size % rows != 0) return {};
  const std::uint32_t sharing = caps.subgroup_size / rows;
  const bool is_cpu = caps.type == gpu::DeviceType::cpu;
  for (const std::uint32_t columns : {64u, 32u, 16u}) {
    if (is_cpu && columns != 16) continue;
    if (columns % (2 * shape.n) != 0 || columns % shape.k != 0 || columns % (8 * sharing) != 0)
      continue;
    // Results, own rows in halves, and what a lane holds of each of the weights.
    const std::uint32_t registers = (2 * kernel.results + kernel.scores) * depth / 2 / sharing +
                                    kernel.results * columns / sharing;
    // Tiles and scores, and what kernels share of their own.
    const std::uint32_t shared = columns * (depth + 8) * 2 * 2 +
                                 subgroups * rows * (columns + 4) * 4 +
                                 std::max(lanes, 3 * columns) * 4;
    if (shared > caps.shared_bytes || (!is_cpu && registers > most_registers)) continue;
    auto specialization =
        with_flags({lanes, strips, columns, depth, 0}, p.attrs.as<AttentionAttrs>(), true);
    specialization.resize(12);
    specialization.insert(specialization.end(), {caps.subgroup_size, shape.m, shape.n, shape.k});
    const std::uint64_t block = 2 + kernel.scores * (columns / shape.n + 1) +
                                kernel.results * (columns / shape.k + 1) + shape.n / 4 +
                                columns * dropout_turns(p);
    return AttentionTile{of_type, std::int64_t{subgroups} * rows, std::move(specialization),
                         static_cast<std::uint64_t>(ceil_div(kernel.along, columns) + 1) * block};
  }
  return {};
}

// The most rows with which there are enough workgroups for a GPU's many cores.
std::optional<AttentionTile> matrix_tile(const Problem& p, const gpu::Caps& caps,
                                         const TileKernel& kernel) {
  constexpr std::int64_t enough = 96;
  const std::optional<MatrixKernel> matrices = matrix_kernel(p, caps, kernel);
  if (!matrices || subgroups * caps.subgroup_size > caps.max_group_invocations) return {};
  std::optional<AttentionTile> best;
  for (std::uint32_t strips = caps.subgroup_size / matrices->shape.m; strips > 0; --strips) {
    std::optional<AttentionTile> tile = matrix_tile(p, caps, kernel, *matrices, strips);
    if (!tile) continue;
    best = std::move(tile);
    if (ceil_div(kernel.own, best->rows) * attention_sizes(p).pairs >= enough) break;
  }
  return best;
}

}  // namespace

TileKernel forward_kernel(const AttentionSizes& s) {
  return {{Kernel::attention_tile, Kernel::attention_matrices_f16, Kernel::attention_matrices_bf16},
          s.rows,
          s.keys,
          1,
          1};
}

TileKernel queries_kernel(const AttentionSizes& s) {
  return {{Kernel::attention_grad_queries, Kernel::attention_grad_queries_matrices_f16,
           Kernel::attention_grad_queries_matrices_bf16},
          s.rows,
          s.keys,
          2,
          1};
}

TileKernel keys_kernel(const AttentionSizes& s) {
  return {{Kernel::attention_grad_keys, Kernel::attention_grad_keys_matrices_f16,
           Kernel::attention_grad_keys_matrices_bf16},
          s.keys,
          s.rows,
          2,
          2};
}

AttentionTile attention_tile(const Problem& p, const gpu::Caps& caps, const TileKernel& kernel) {
  std::optional<AttentionTile> matrices = matrix_tile(p, caps, kernel);
  return matrices ? *std::move(matrices) : float_tile(p, caps, kernel);
}

std::uint64_t dropout_turns(const Problem& p) {
  return p.attrs.as<AttentionAttrs>().dropout != 0 ? 22 : 0;
}

std::vector<std::uint32_t> with_flags(std::vector<std::uint32_t> tile, const AttentionAttrs& attrs,
                                      bool vectors) {
  for (const bool flag : {attrs.causal != 0, attrs.lengths != 0, attrs.dropout != 0, vectors})
    tile.push_back(flag);
  return tile;
}

}  // namespace lemnos
