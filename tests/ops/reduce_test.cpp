// SPDX-License-Identifier: Apache-2.0
#include "ops/reduce/reduce.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "ops/pointwise/pointwise.h"
#include "runtime/autodiff/backward.h"
#include "runtime/graph/op_def.h"
#include "tests/ops/on_both.h"

namespace lemnos::test {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double inf = std::numeric_limits<double>::infinity();
const Given cube{{2, 2, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}};

}  // namespace

TEST_CASE("sum: axes that are no neighbours, and keepdims") {
  check_both({cube}, {30, 48}, [](auto x) { return sum(x[0], {0, 2}); });
  check_both({cube}, {5, 7, 9, 17, 19, 21}, [](auto x) { return sum(x[0], -2); });
  check_both({cube}, {78}, [](auto x) { return sum(x[0]); });
  CHECK(error_of({cube}, [](auto x) {
          CHECK(sum(x[0], {0, 2}, {.keepdims = true}).shape() == Shape{1, 2, 1});
          CHECK(sum(x[0], {0, 2}).shape() == Shape{2});
          CHECK(sum(x[0]).shape() == Shape{});
          return x[0];
        }) == "");
}

TEST_CASE("sum_squares: axes that are no neighbours are squared once, and no axis at all too") {
  check_both({cube}, {208, 442}, [](auto x) { return sum_squares(x[0], {0, 2}); });
  check_both({{{}, {3}}}, {9}, [](auto x) { return sum_squares(x[0]); });
  check_both({{{2}, {3, -2}}}, {6, -4}, [](auto x) { return grad(sum_squares(x[0]), x)[0]; });
}

TEST_CASE("sum_to: undoes broadcasting in front and of sizes of 1") {
  check_both({cube}, {30, 48}, [](auto x) { return sum_to(x[0], Shape{2, 1}); });
  check_both({cube}, {22, 26, 30}, [](auto x) { return sum_to(x[0], Shape{3}); });
  check_both({cube}, {78}, [](auto x) { return sum_to(x[0], Shape{}); });
}

TEST_CASE("sum: 16 Mi equal numbers stay within the error bound") {
  const std::int64_t n = 1 << 24;
  const auto got = on_device({}, [&](auto) { return sum(fill({n}, 0.1)); });
  if (!got) return;
  const double expected = static_cast<double>(n) * 0.1f;
  CHECK(std::abs((*got)[0] - expected) <= std::ldexp(8 + 2 * 4096.0, -24) * expected);
}

TEST_CASE("max and min: a NaN is the result, wherever it stands") {
  const Given x{{2, 3}, {1, nan, 3, -1, -inf, -3}};
  check_both({x}, {nan, -1}, [](auto t) { return max(t[0], 1); });
  check_both({x}, {nan, -inf}, [](auto t) { return min(t[0], 1); });
  check_both({x}, {1, nan, 3}, [](auto t) { return max(t[0], 0); });
  Values row(128, 1.0);
  row[77] = nan;
  check_both({{{128}, row}}, {nan}, [](auto t) { return max(t[0]); });
  check_both({{{128}, row}}, {nan}, [](auto t) { return min(t[0]); });
}

TEST_CASE("max: its gradient is shared evenly by ties, over axes that are no neighbours too") {
  const Given x{{2, 2, 2}, {5, 1, 2, 5, 5, 0, 2, 3}};
  check_both({x}, {.5, 0, 0, 1, .5, 0, 0, 0}, [](auto t) {
    return grad(sum(max(t[0], {0, 2})), t)[0];
  });
}

TEST_CASE("argmax: the first of equals, and NaN is never chosen") {
  const Given x{{3, 4}, {1, 3, 3, 2, nan, -inf, -inf, nan, nan, nan, nan, nan}};
  check_both({x}, {1, 1, 0}, [](auto t) { return argmax(t[0], 1); });
  check_both({x}, {0, 1, 0}, [](auto t) { return argmin(t[0], 1); });
  Values row(1000, -2.0);
  row[300] = row[999] = 7;
  check_both({{{1000}, row}}, {300}, [](auto t) { return argmax(t[0]); });
}

TEST_CASE("softmax: a row of -inf gives zeros, not NaN") {
  const Given x{{2, 2}, {-inf, -inf, -inf, 3}};
  check_both({x}, {0, 0, 0, 1}, [](auto t) { return softmax(t[0]); });
  check_both({x}, {-inf, -inf, -inf, 0}, [](auto t) { return log_softmax(t[0]); });
  check_both({{{1, 128}, Values(128, -inf)}}, Values(128, 0.0),
             [](auto t) { return softmax(t[0]); });
}

TEST_CASE("softmax: large logits do not overflow") {
  check_both({{{2}, {1e30, 1e30}}}, {0.5, 0.5}, [](auto t) { return softmax(t[0]); });
  check_both({{{2}, {0, 1000}}}, {-1000, 0}, [](auto t) { return log_softmax(t[0]); });
}

TEST_CASE("softmax: long lines whose neighbours lie apart") {
  Values x(3000 * 2);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = std::sin(static_cast<double>(i));
  const std::vector<Given> given{{{3000, 2}, x}};
  const Body body = [](auto t) { return softmax(t[0], 0); };
  check_both(given, by_reference(given, body), body);
}

TEST_CASE("reduce: errors name the op, the axis and the shape") {
  CHECK(error_of({cube}, [](auto x) { return sum(x[0], 3); }).find("sum: axis 3") == 0);
  CHECK(error_of({cube}, [](auto x) {
          return mean(x[0], {0, -3});
        }).find("named twice") != std::string::npos);
  CHECK(error_of({{{2}, {1, 2}, DType::u32}}, [](auto x) {
          return max(x[0]);
        }).find("cast first") != std::string::npos);
}

}  // namespace lemnos::test
