// SPDX-License-Identifier: Apache-2.0
#include "ops/product_tile.h"

#include <algorithm>
#include <optional>

namespace lemnos {
namespace {

std::int64_t blocks(std::int64_t size, std::int64_t block) { return (size + block - 1) / block; }

std::int64_t tiles(const ProductSizes& s, const ProductTile& tile) {
  return blocks(s.rows, tile.rows) * blocks(s.columns, tile.columns) * s.count;
}

// Common/shared_tile.glsl: large tiles read less, but there must be enough of them for a GPU's many
// cores.
ProductTile float_tile(Kernel kernel, const ProductSizes& s, const gpu::Caps& caps) {
  constexpr std::int64_t enough = 32;
  const bool wide = caps.max_group_invocations >= 256;
  const auto made = [&](std::uint32_t rows, std::uint32_t columns) {
    const std::uint32_t lanes = wide ? 256 : 128;
    return ProductTile{.kernel = kernel,
                       .rows = 16 * rows,
                       .columns = lanes / 16 * columns,
                       .depth = 16,
                       .piece = 4,
                       .lanes = lanes,
                       .thread_rows = rows,
                       .thread_columns = columns,
                       .matrices = {}};
  };
  for (const auto& [rows, columns] : {std::pair{8u, 8u}, {8u, 4u}, {4u, 8u}}) {
    const ProductTile tile = made(rows, columns);
    const std::int64_t shared = tile.depth * (tile.rows + tile.columns + 8) * 4;
    if (wide && shared <= caps.shared_bytes && tile.rows < 2 * s.rows &&
        tile.columns < 2 * s.columns && tiles(s, tile) >= enough)
      return tile;
  }
  return made(4, 4);
}

// The product of matrices to use, if the device has one: the largest, as it needs the fewest loads.
const gpu::MatrixShape* matrix_of(DType type, const gpu::Caps& caps) {
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

// Common/matrix_tile.glsl: four subgroups, each with 64 x 64 results, or 32 x 32 where there would
// be few tiles; a CPU driver has no such unit and takes seconds to compile many products.
std::optional<ProductTile> matrix_tile(Kernel kernel, DType type, const ProductSizes& s,
                                       const gpu::Caps& caps) {
  const gpu::MatrixShape* shape = matrix_of(type, caps);
  if (shape == nullptr || shader(kernel).words.empty()) return std::nullopt;
  constexpr std::uint32_t subgroups = 4, down = 2;
  constexpr std::int64_t enough = 96;
  const std::uint32_t lanes = subgroups * caps.subgroup_size;
  if (lanes > caps.max_group_invocations) return std::nullopt;
  for (const std::uint32_t side : {64u, 32u, 16u}) {
    if ((caps.type == gpu::DeviceType::cpu) != (side == 16) || side % shape->m != 0 ||
        side % shape->n != 0)
      continue;
    const std::uint32_t depth = std::max(side == 16 ? 16u : 32u, shape->k);
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
    // Lines of at most max(depth, side) elements, and 16 bytes more each, across or along.
    const std::int64_t across = (tile.rows / 8 + 1) * depth + (tile.columns / 8 + 1) * depth;
    const std::int64_t along = (depth / 8 + 1) * (tile.rows + tile.columns);
    const std::int64_t results = std::int64_t{subgroups} * shape->m * shape->n / 4;
    const bool divides = tile.rows * depth / 8 % lanes == 0;
    if (divides && 16 * std::max({across, along, results}) <= caps.shared_bytes &&
        (side < 64 || tiles(s, tile) >= enough))
      return tile;
  }
  return std::nullopt;
}

}  // namespace

std::vector<std::uint32_t> ProductTile::specialization(
    std::initializer_list<std::uint32_t> own) const {
  std::vector<std::uint32_t> all{lanes, thread_rows, thread_columns, 0, 0};
  all.insert(all.end(), own);
  if (matrices.empty()) return all;
  all.resize(12);
  all.insert(all.end(), matrices.begin(), matrices.end());
  return all;
}

ProductTile product_tile(const ProductKernels& kernels, const Problem& p, const ProductSizes& sizes,
                         const gpu::Caps& caps) {
  const DType type = p.inputs[0].dtype;
  if (is_half(type) && p.inputs[1].dtype == type)
    if (const auto tile =
            matrix_tile(type == DType::f16 ? kernels.f16 : kernels.bf16, type, sizes, caps))
      return *tile;
  return float_tile(kernels.f32, sizes, caps);
}

}  // namespace lemnos
