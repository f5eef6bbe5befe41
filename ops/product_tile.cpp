// SPDX-License-Identifier: Apache-2.0
#include "ops/product_tile.h"

#include <algorithm>

#include "ops/grid.h"

namespace lemnos {
namespace {

std::int64_t tiles(const ProductSizes& s, const ProductTile& tile) {
  return ceil_div(s.rows, tile.rows) * ceil_div(s.columns, tile.columns) * s.count;
}

// Common/shared_tile.glsl: large tiles read less, but there must be enough of them for a GPU's many
// cores. The first is the guess.
void add_float_tiles(Kernel kernel, const ProductSizes& s, const gpu::Caps& caps,
                     std::vector<ProductTile>& all) {
  constexpr std::int64_t enough = 32;
  const std::uint32_t lanes = caps.max_group_invocations >= 256 ? 256 : 128;
  std::vector<ProductTile> fit;
  for (const auto& [rows, columns] : {std::pair{8u, 8u}, {8u, 4u}, {4u, 8u}, {4u, 4u}}) {
    const ProductTile tile{.kernel = kernel,
                           .rows = 16 * rows,
                           .columns = lanes / 16 * columns,
                           .depth = 16,
                           .piece = 4,
                           .lanes = lanes,
                           .thread_rows = rows,
                           .thread_columns = columns,
                           .matrices = {}};
    const std::int64_t shared = tile.depth * (tile.rows + tile.columns + 8) * 4;
    const bool small = rows == 4 && columns == 4;
    if (small || (lanes == 256 && shared <= caps.shared_bytes && tile.rows < 2 * s.rows &&
                  tile.columns < 2 * s.columns))
      fit.push_back(tile);
  }
  const auto guess =
      std::ranges::find_if(fit, [&](const ProductTile& tile) { return tiles(s, tile) >= enough; });
  const auto first = guess == fit.end() ? fit.end() - 1 : guess;
  std::rotate(fit.begin(), first, first + 1);
  all.insert(all.end(), fit.begin(), fit.end());
}

// Common/matrix_tile.glsl: four subgroups, each with 64 x 64 results, or 32 x 32 where there would
// be few tiles; a CPU driver has no such unit and takes seconds to compile many products.
void add_matrix_tiles(Kernel kernel, DType type, const ProductSizes& s, const gpu::Caps& caps,
                      std::vector<ProductTile>& all) {
  const gpu::MatrixShape* shape = matrix_shape(type, caps);
  if (shape == nullptr || shader(kernel).words.empty()) return;
  constexpr std::uint32_t subgroups = 4, down = 2;
  constexpr std::int64_t enough = 96;
  const std::uint32_t lanes = subgroups * caps.subgroup_size;
  const bool is_cpu = caps.type == gpu::DeviceType::cpu;
  if (lanes > caps.max_group_invocations) return;
  for (const std::uint32_t side : {64u, 32u, 16u}) {
    if (is_cpu != (side == 16) || side % shape->m != 0 || side % shape->n != 0) continue;
    const std::uint32_t depth = std::max(is_cpu ? 16u : 32u, shape->k);
    const ProductTile tile{
        .kernel = kernel,
        .rows = down * side,
        .columns = subgroups / down * side,
        .depth = depth,
        .piece = 8,
        .lanes = lanes,
        .thread_rows = side / shape->m,
        .thread_columns = side / shape->n,
        .matrices = {caps.subgroup_size, shape->m, shape->n, shape->k, down, depth}};
    // Lines of pieces and one more each, across or along k; and what the results come out through.
    const std::int64_t across = ((tile.rows + tile.columns) / 8 + 2) * depth;
    const std::int64_t along = (depth / 8 + 1) * (tile.rows + tile.columns);
    const std::int64_t results = std::int64_t{subgroups} * shape->m * shape->n / 4;
    if (tile.rows * depth / 8 % lanes != 0 ||
        16 * std::max({across, along, results}) > caps.shared_bytes)
      continue;
    const bool better = !all.empty() && tiles(s, all.front()) < enough;
    all.insert(better ? all.begin() : all.end(), tile);
  }
}

}  // namespace

const gpu::MatrixShape* matrix_shape(DType type, const gpu::Caps& caps) {
  if (!caps.cooperative_matrix || !caps.subgroup_basic || caps.register_tiling_preferred)
    return nullptr;
  if (type == DType::f16 ? !caps.float16 : !caps.bfloat16_matrix) return nullptr;
  const gpu::MatrixShape* best = nullptr;
  for (const gpu::MatrixShape& shape : caps.matrix_shapes) {
    const bool right = shape.a == name_of(type) && shape.b == shape.a && shape.result == "f32" &&
                       shape.scope == "subgroup";
    const bool fits = shape.m % 8 == 0 && shape.n % 8 == 0 && shape.k % 8 == 0 &&
                      32 % shape.k == 0 && 32 % shape.m == 0 && 32 % shape.n == 0 &&
                      shape.m * shape.n % (4 * caps.subgroup_size) == 0;
    if (!right || !fits) continue;
    if (best == nullptr || shape.m * shape.n * shape.k > best->m * best->n * best->k) best = &shape;
  }
  return best;
}

std::vector<std::uint32_t> ProductTile::specialization(
    std::initializer_list<std::uint32_t> own) const {
  std::vector<std::uint32_t> all{lanes, thread_rows, thread_columns, 0, 0};
  all.insert(all.end(), own);
  if (matrices.empty()) return all;
  all.resize(12);
  all.insert(all.end(), matrices.begin(), matrices.end());
  return all;
}

std::vector<ProductTile> product_tiles(const ProductKernels& kernels, const Problem& p,
                                       const ProductSizes& sizes, const gpu::Caps& caps) {
  std::vector<ProductTile> all;
  const DType type = p.inputs[0].dtype;
  if (is_half(type) && p.inputs[1].dtype == type)
    add_matrix_tiles(type == DType::f16 ? kernels.f16 : kernels.bf16, type, sizes, caps, all);
  add_float_tiles(kernels.f32, sizes, caps, all);
  return all;
}

}  // namespace lemnos
