// SPDX-License-Identifier: Apache-2.0
#include "ops/pool/pool.h"

#include <doctest/doctest.h>

#include <limits>

#include "ops/reduce/reduce.h"
#include "runtime/autodiff/backward.h"
#include "tests/ops/on_both.h"

namespace lemnos::test {

TEST_CASE("max_pool2d: the gradient goes to the first of equal pixels only") {
  const Given x{{1, 2, 4, 1}, {1, 7, 3, 3, 7, 7, 3, 3}};
  check_both({x}, {0, 1, 1, 0, 0, 0, 0, 0},
             [](auto t) { return grad(sum(max_pool2d(t[0])), t)[0]; });
}

TEST_CASE("max_pool2d: a pixel that wins several windows has the sum of their gradients") {
  Given x{{1, 3, 3, 4}, Values(36)};
  for (std::size_t c = 0; c < 4; ++c) x.values[4 * 4 + c] = 1;  // the centre, of every channel
  Values expected(36);
  for (std::size_t c = 0; c < 4; ++c) expected[4 * 4 + c] = 4;
  check_both({x}, expected,
             [](auto t) { return grad(sum(max_pool2d(t[0], {.kernel = 2, .stride = 1})), t)[0]; });
}

// Windows side by side, with pixels between them, beyond the last of them, padded; one with a NaN.
TEST_CASE("max_pool2d: the gradient is the reference's where windows do not overlap") {
  for (const std::int64_t channels : {3, 4})
    for (const PoolOptions o : {PoolOptions{.kernel = 2},
                                {.kernel = 2, .stride = 3},
                                {.kernel = 2, .stride = 3, .pad = 1},
                                {.kernel = 3, .pad = 1}}) {
      Given x{{2, 6, 8, channels}, Values(static_cast<std::size_t>(96 * channels))};
      for (std::size_t i = 0; i < x.values.size(); ++i)
        x.values[i] = static_cast<double>(i * 37 % 101);
      x.values[5] = std::numeric_limits<double>::quiet_NaN();
      const Body gradient = [&](auto t) { return grad(sum_squares(max_pool2d(t[0], o)), t)[0]; };
      check_both({x}, by_reference({{x}}, gradient), gradient);
    }
}

TEST_CASE("max_pool2d: a NaN in a window is its result") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  check_both({{{1, 2, 2, 1}, {1, nan, 3, 2}}}, {nan}, [](auto t) { return max_pool2d(t[0]); });
}

// Windows of 3, 3 and 3 rows that share rows, of 3 and 3 columns; of 1 to 2 pixels; of all.
TEST_CASE("adaptive_max_pool2d: the gradient is the reference's") {
  for (const std::int64_t channels : {3, 4})
    for (const ImageSize size : {ImageSize{3, 2}, {9, 11}, {1, 1}, {7, 5}}) {
      Given x{{2, 7, 5, channels}, Values(static_cast<std::size_t>(70 * channels))};
      for (std::size_t i = 0; i < x.values.size(); ++i)
        x.values[i] = static_cast<double>(i * 37 % 11);  // with ties
      const Body gradient = [&](auto t) {
        return grad(sum_squares(adaptive_max_pool2d(t[0], size)), t)[0];
      };
      check_both({x}, by_reference({{x}}, gradient), gradient);
    }
}

TEST_CASE("adaptive_avg_pool2d: windows overlap where the sizes do not divide") {
  check_both({{{1, 1, 5, 1}, {1, 2, 3, 4, 5}}}, {1.5, 3, 4.5}, [](auto t) {
    return adaptive_avg_pool2d(t[0], {1, 3});
  });
}

TEST_CASE("pool: errors name the images and the options") {
  const Given x{{1, 2, 2, 1}, Values(4)}, flat{{4}, Values(4)};
  CHECK(error_of({flat}, [](auto t) { return max_pool2d(t[0]); }).find("[N, H, W, C], not [4]") !=
        std::string::npos);
  CHECK(error_of({x}, [](auto t) {
          return avg_pool2d(t[0], {.kernel = 3});
        }).find("3 x 3 does not fit into images [1, 2, 2, 1]") != std::string::npos);
  CHECK(error_of({x}, [](auto t) {
          return avg_pool2d(t[0], {.kernel = 2, .pad = 2});
        }).find("at most half the kernel") != std::string::npos);
  CHECK(error_of({x}, [](auto t) {
          return adaptive_max_pool2d(t[0], {0, 1});
        }).find("adaptive_max_pool2d: to 0 x 1 pixels") != std::string::npos);
}

}  // namespace lemnos::test
