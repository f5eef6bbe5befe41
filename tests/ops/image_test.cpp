// SPDX-License-Identifier: Apache-2.0
#include "ops/image/image.h"

#include <doctest/doctest.h>

#include <limits>

#include "ops/reduce/reduce.h"
#include "runtime/autodiff/backward.h"
#include "tests/ops/on_both.h"

namespace lemnos::test {

TEST_CASE("resize_nearest: twice the size repeats pixels, half the size takes every second") {
  const Given x{{1, 2, 2, 1}, {1, 2, 3, 4}};
  check_both({x}, {1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4}, [](auto t) {
    return resize_nearest(t[0], {4, 4});
  });
  check_both({x}, {1, 2, 3, 4}, [](auto t) {
    return resize_nearest(resize_nearest(t[0], {4, 4}), {2, 2});
  });
}

TEST_CASE("resize_bilinear: a pixel between two is their mix, edges are held") {
  check_both({{{1, 1, 2, 1}, {0, 4}}}, {0, 1, 3, 4}, [](auto t) {
    return resize_bilinear(t[0], {1, 4});
  });
}

TEST_CASE("resize_bilinear: the same size is the same image, next to an infinity too") {
  const double infinity = std::numeric_limits<double>::infinity();
  check_both({{{1, 1, 3, 1}, {1, infinity, 3}}}, {1, infinity, 3}, [](auto t) {
    return resize_bilinear(t[0], {1, 3});
  });
}

// Where a pixel has many uses its gradient is summed one axis after the other.
TEST_CASE("resize: the gradient counts how often a pixel was used") {
  for (const bool bilinear : {false, true})
    check_both({{{1, 2, 1, 1}, {1, 2}}}, {20 * 41, 20 * 41}, [&](auto t) {
      const ImageSize size{40, 41};
      return grad(sum(bilinear ? resize_bilinear(t[0], size) : resize_nearest(t[0], size)), t)[0];
    });
}

// Mirrored; turned by a right angle and moved; half the size; moved away altogether.
TEST_CASE("affine: each image has a map of its own") {
  Given x{{4, 3, 3, 1}, {}};
  for (int i = 0; i < 36; ++i) x.values.push_back(1 + i % 9);
  const Given maps{{4, 2, 3},
                   {-1, 0, 0, 0, 1, 0, 0, -1, 1, 1, 0, 0, 2, 0, 0, 0, 2, 0, 1, 0, 1e30, 0, 1, 0}};
  check_both({x, maps}, {3, 2, 1, 6, 5, 4, 9, 8, 7,  //
                         0, 0, 0, 3, 6, 9, 2, 5, 8,  //
                         0, 0, 0, 0, 5, 0, 0, 0, 0,  //
                         0, 0, 0, 0, 0, 0, 0, 0, 0},
             [](auto t) { return affine(t[0], t[1]); });
}

TEST_CASE("affine: half a pixel to the right is the mean of two, and fades at the edge") {
  check_both({{{1, 1, 3, 1}, {2, 4, 8}}, {{1, 2, 3}, {1, 0, 0.5, 0, 1, 0}}}, {3, 6, 4},
             [](auto t) { return affine(t[0], t[1]); });
}

TEST_CASE("resize: errors name the images and the sizes") {
  const Given x{{1, 2, 2, 1}, Values(4)}, flat{{4}, Values(4)};
  CHECK(error_of({flat}, [](auto t) {
          return resize_nearest(t[0], {2, 2});
        }).find("[N, H, W, C], not [4]") != std::string::npos);
  CHECK(error_of({x}, [](auto t) {
          return resize_bilinear(t[0], {0, 3});
        }).find("to 0 x 3 pixels: both sizes are at least 1") != std::string::npos);
  CHECK(error_of({x}, [](auto t) {
          return resize_bilinear(t[0], {1, std::int64_t{1} << 40});
        }).find("at most 2^29") != std::string::npos);
  const Given maps{{3, 2, 3}, Values(18)};
  CHECK(error_of({x, maps}, [](auto t) { return affine(t[0], t[1]); })
            .find("images [1, 2, 2, 1] have maps [1, 2, 3] of f32, not [3, 2, 3]") !=
        std::string::npos);
}

}  // namespace lemnos::test
