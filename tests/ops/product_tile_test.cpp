// SPDX-License-Identifier: Apache-2.0
// Which tile a GPU gets, on devices that do not exist.
#include "ops/product_tile.h"

#include <doctest/doctest.h>

#include "tests/a_gpu.h"

namespace lemnos::test {
namespace {

ProductTile tile(const gpu::Caps& caps, DType type, const ProductSizes& sizes) {
  Problem problem;
  problem.inputs = {{Shape{1, 1}, type}, {Shape{1, 1}, type}};
  return product_tiles({Kernel::matmul_tile, Kernel::matmul_tile_f16, Kernel::matmul_tile_bf16},
                       problem, sizes, caps)
      .front();
}

constexpr ProductSizes large{4096, 4096, 1}, small{128, 128, 1};

// This build's GLSL compiler may know no cooperative matrices.
bool compiled() { return !shader(Kernel::matmul_tile_f16).words.empty(); }

}  // namespace

TEST_CASE("product tile: large where there are enough of them, small where the device is") {
  const auto size = [](const ProductTile& made) { return std::pair(made.rows, made.columns); };
  CHECK(size(tile(a_gpu(), DType::f32, large)) == std::pair<std::int64_t, std::int64_t>(128, 128));
  CHECK(size(tile(a_gpu(), DType::f32, {1 << 20, 48, 1})) ==
        std::pair<std::int64_t, std::int64_t>(128, 64));
  CHECK(size(tile(a_gpu(), DType::f32, small)) == std::pair<std::int64_t, std::int64_t>(64, 64));
  CHECK(size(tile(gpu::minimum(a_gpu()), DType::f32, large)) ==
        std::pair<std::int64_t, std::int64_t>(64, 32));
}

TEST_CASE("product tile: 16-bit operands are multiplied by matrices with f32 sums") {
  const ProductTile made = tile(a_gpu(), DType::f16, large);
  CHECK(made.kernel == (compiled() ? Kernel::matmul_tile_f16 : Kernel::matmul_tile));
  CHECK(made.rows == 128);
  CHECK(made.columns == 128);
  if (compiled()) CHECK(made.matrices == std::vector<std::uint32_t>{32, 16, 16, 16, 2, 32});
  CHECK(tile(a_gpu(), DType::f16, small).rows == 64);
}

TEST_CASE("product tile: without such matrices, 16-bit operands are multiplied as f32") {
  const auto kernel = [](const gpu::Caps& caps, DType type) {
    return tile(caps, type, large).kernel;
  };
  CHECK(kernel(a_gpu(), DType::f32) == Kernel::matmul_tile);
  CHECK(kernel(a_gpu(), DType::bf16) == Kernel::matmul_tile);
  gpu::Caps caps = a_gpu();
  caps.matrix_shapes.resize(1);  // sums in f16
  CHECK(kernel(caps, DType::f16) == Kernel::matmul_tile);
  caps = a_gpu();
  caps.cooperative_matrix = false;
  CHECK(kernel(caps, DType::f16) == Kernel::matmul_tile);
  caps = a_gpu();
  caps.max_group_invocations = 64;
  CHECK(kernel(caps, DType::f16) == Kernel::matmul_tile);
  CHECK(kernel(gpu::minimum(a_gpu()), DType::f16) == Kernel::matmul_tile);
}

}  // namespace lemnos::test
