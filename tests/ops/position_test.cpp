// SPDX-License-Identifier: Apache-2.0
#include "ops/position/position.h"

#include <doctest/doctest.h>

#include <cmath>

#include "ops/index/index.h"
#include "ops/pointwise/pointwise.h"
#include "ops/reduce/reduce.h"
#include "runtime/autodiff/backward.h"
#include "runtime/base/error.h"
#include "runtime/tensor/storage.h"
#include "tests/ops/on_both.h"

namespace lemnos::test {

TEST_CASE("rotary: pairs lie half a row apart, and positions may be an offset or a list") {
  const Given x{{2, 1, 1, 4}, {1, 2, 3, 4, 1, 2, 3, 4}};
  const auto turned = [](double position) {
    const auto f32 = [](double v) { return static_cast<double>(static_cast<float>(v)); };
    const double c = f32(std::cos(position)), s = f32(std::sin(position));  // rates 1 and 1/10
    const double d = f32(std::cos(position / 10)), t = f32(std::sin(position / 10));
    return Values{c - 3 * s, 2 * d - 4 * t, 3 * c + s, 4 * d + 2 * t};
  };
  const auto both = [](Values a, const Values& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
  };
  const auto table = [] { return rotary_table(9, 4, 100); };
  check_both({x}, both(turned(5), turned(5)),
             [&](auto t) { return rotary(t[0], table(), {.offset = 5}); });
  check_both({x, {{2, 1}, {7, 3}, DType::i32}}, both(turned(7), turned(3)),
             [&](auto t) { return rotary(t[0], table(), {.positions = t[1]}); });
  const double nan = std::nan("");
  check_both({x, {{1}, {9}, DType::u32}}, Values(8, nan),
             [&](auto t) { return rotary(t[0], table(), {.positions = t[1]}); });
  CHECK(error_of({x}, [&](auto t) {
          return rotary(t[0], table(), {.offset = 9});
        }).starts_with("rotary: positions 9 to 9 of a table of 9"));
}

TEST_CASE("rotary: scores depend on distances only, and lengths stay") {
  const Given q{{1, 4}, {0.5, -1, 2, 0.25}}, k{{1, 4}, {1, 0.5, -0.5, 2}};
  const auto score = [](std::int64_t at) {
    return [at](auto t) {
      const Tensor table = rotary_table(1100, 4);
      return sum(rotary(t[0], table, {.offset = at + 7}) * rotary(t[1], table, {.offset = at}));
    };
  };
  const double expected = by_reference(std::vector{q, k}, score(0))[0];
  for (const std::int64_t at : {3, 1000})
    CHECK(by_reference(std::vector{q, k}, score(at))[0] == doctest::Approx(expected).epsilon(1e-6));
  const auto length = by_reference(std::vector{q}, [](auto t) {
    return sum(square(rotary(t[0], rotary_table(50, 4), {.offset = 49})));
  });
  CHECK(length[0] == doctest::Approx(0.25 + 1 + 4 + 0.0625).epsilon(1e-6));
}

TEST_CASE("positions: tables are exact for angles of 100,000 radians") {
  const auto last = [](const Tensor& table) {
    const std::vector<float> values = table.state()->values();
    return std::vector<float>(values.end() - 2, values.end());
  };
  // cos and sin of 100000.
  CHECK(last(rotary_table(100001, 2)) == std::vector<float>{-0.99936081f, 0.035748798f});
  CHECK(last(sinusoidal_positions(100001, 2)) == std::vector<float>{0.035748798f, -0.99936081f});
  CHECK_THROWS_AS(rotary_table(3, 5), Error);
  CHECK_THROWS_AS(sinusoidal_positions(0, 4), Error);
}

}  // namespace lemnos::test
