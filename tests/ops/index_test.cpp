// SPDX-License-Identifier: Apache-2.0
#include "ops/index/index.h"

#include <doctest/doctest.h>

#include <limits>

#include "ops/pointwise/pointwise.h"
#include "ops/reduce/reduce.h"
#include "ops/shape/shape.h"
#include "runtime/autodiff/backward.h"
#include "tests/ops/on_both.h"

namespace lemnos::test {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

}  // namespace

TEST_CASE("gather_rows: an index outside the table gives NaN, or zeros for integers") {
  const Given indices{{3}, {1, 2, -1}, DType::i32};
  check_both({{{2, 2}, {1, 2, 3, 4}}, indices}, {3, 4, nan, nan, nan, nan},
             [](auto t) { return gather_rows(t[0], t[1]); });
  check_both({{{2, 2}, {1, 2, 3, 4}, DType::u32}, indices}, {3, 4, 0, 0, 0, 0},
             [](auto t) { return gather_rows(t[0], t[1]); });
  check_both({{{2, 3}, {1, 2, 3, 4, 5, 6}, DType::u8}, indices}, {4, 5, 6, 0, 0, 0, 0, 0, 0},
             [](auto t) { return gather_rows(t[0], t[1]); });
}

TEST_CASE("scatter_add_rows: rows outside the table are dropped, from the gradient too") {
  const Given updates{{4, 1}, {1, 2, 4, 8}}, indices{{4}, {1, 5, 1, 0}, DType::u32};
  check_both({updates, indices}, {8, 5, 0}, [](auto t) { return scatter_add_rows(t[0], t[1], 3); });
  check_both({updates, indices}, {1, 0, 1, 1},
             [](auto t) { return grad(sum(scatter_add_rows(t[0], t[1], 3)), t.first(1))[0]; });
}

TEST_CASE("scatter_add_rows: the same bits every time, however often a row is named") {
  Given updates{{40000, 3}, Values(120000)}, indices{{40000}, Values(40000), DType::u32};
  for (std::size_t i = 0; i < updates.values.size(); ++i)
    updates.values[i] = static_cast<double>(i * 2654435761u % 1000003u) / 1000003.0;
  for (std::size_t i = 0; i < indices.values.size(); ++i)
    indices.values[i] = i % 3 == 0 ? 0 : static_cast<double>(i * 40503u % 50u);
  const Body body = [](auto t) { return scatter_add_rows(t[0], t[1], 50); };
  const std::vector<Given> given{updates, indices};
  const auto first = on_device(given, body);
  if (first) CHECK(*first == *on_device(given, body));
}

TEST_CASE("embedding: the padding id's row gets no gradient, at second order either") {
  const Given table{{3, 2}, {1, 2, 3, 4, 5, 6}}, ids{{2, 2}, {1, 2, 2, 0}, DType::i32};
  check_both({table, ids}, {3, 4, 5, 6, 5, 6, 1, 2},
             [](auto t) { return embedding(t[0], t[1], {.padding = 2}); });
  const auto gradient = [](auto t) {
    return grad(sum(square(embedding(t[0], t[1], {.padding = 2}))), t.first(1))[0];
  };
  check_both({table, ids}, {2, 4, 6, 8, 0, 0}, gradient);
  check_both({table, ids}, {2, 2, 2, 2, 0, 0},
             [&](auto t) { return grad(sum(gradient(t)), t.first(1))[0]; });
  CHECK(error_of({table, ids}, [](auto t) {
          return embedding(t[0], t[1], {.padding = 3});
        }).starts_with("embedding: padding id 3 is no row of the table [3, 2]"));
}

TEST_CASE("argsort: ties keep their order, -0 is 0, NaN is larger than infinity") {
  const double inf = std::numeric_limits<double>::infinity();
  const Given x{{9}, {1, nan, -0.0, 0, -inf, inf, -0.0, 1, -2}};
  const auto as_f32 = [](const Tensor& order) { return cast(order, DType::f32); };
  check_both({x}, {4, 8, 2, 3, 6, 0, 7, 5, 1}, [&](auto t) { return as_f32(argsort(t[0])); });
  check_both({x}, {1, 5, 0, 7, 2, 3, 6, 8, 4},
             [&](auto t) { return as_f32(argsort(t[0], -1, true)); });
  check_both({{{3, 2}, {3, 1, 2, 5, 1, 4}}}, {2, 0, 1, 2, 0, 1},
             [&](auto t) { return as_f32(argsort(t[0], 0)); });
}

TEST_CASE("top_k: values, indices, and a gradient to the chosen elements only") {
  const Given x{{2, 4}, {1, 7, 7, 3, nan, 2, 9, 4}};
  check_both({x}, {7, 7, nan, 9}, [](auto t) { return top_k(t[0], 2).values; });
  check_both({x}, {1, 2, 0, 2}, [](auto t) { return cast(top_k(t[0], 2).indices, DType::f32); });
  check_both({x}, {0, 1, 10, 0, 1, 0, 10, 0}, [](auto t) {
    const Tensor weights = concat({fill({2, 1}, 1), fill({2, 1}, 10)}, 1);
    return grad(sum(top_k(t[0], 2).values * weights), t)[0];
  });
  CHECK(error_of({x}, [](auto t) {
          return top_k(t[0], 5).values;
        }).starts_with("top_k: the 5 largest along the last axis of x [2, 4]"));
}

TEST_CASE("gather_rows: a table of 160 MB, larger than one binding") {
  const std::int64_t rows = 625000, width = 64;  // rows of 256 bytes; row r holds r
  const Given indices{{4}, {0, 524287, 524288, 624999}, DType::u32};
  const auto got = on_device(std::vector{indices}, [&](auto t) {
    const Tensor ones = scatter_add_rows(fill({4, width}, 1), t[0], rows);
    return sum(gather_rows(ones, t[0]), -1);
  });
  if (got) CHECK(*got == Values(4, static_cast<double>(width)));
}

TEST_CASE("take_batch: the batch that the clock's word 2 names") {
  Values clock(64);
  clock[2] = 1;
  const Given data{{5, 3}, {0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4}, DType::u8};
  const Given order{{5}, {4, 3, 2, 1, 0}, DType::u32}, words{{64}, clock, DType::u32};
  check_both({data, order, words}, {2, 2, 2, 1, 1, 1},
             [](auto t) { return take_batch(t[0], t[1], t[2], 2, 2); });
}

TEST_CASE("put_batch: a batch at the end, across two bindings of a table of 160 MB") {
  const std::int64_t rows = 33'554'432 / 64 + 7, width = 64;  // 128 MiB, less 64 elements a binding
  Values clock(64);
  clock[2] = static_cast<double>(33'554'368 / 64 / 10);
  const auto first = static_cast<std::int64_t>(clock[2]) * 10;
  const auto got = on_device(std::vector<Given>{{{64}, clock, DType::u32}}, [&](auto t) {
    const Tensor all = put_batch(fill({rows, width}, 1), fill({10, width}, 2), t[0], 10);
    return sum(slice(all, 0, first - 2, first + 12), -1);
  });
  Values expected(14, 2.0 * width);
  for (const std::size_t i : {0, 1, 12, 13}) expected[i] = width;
  if (got) CHECK(*got == expected);
}

TEST_CASE("put_batch: rows beyond the end are left out, the others stay") {
  Values clock(64);
  clock[2] = 2;
  const Given all{{5, 2}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}}, batch{{2, 2}, {-1, -2, -3, -4}};
  check_both({all, batch, {{64}, clock, DType::u32}}, {0, 1, 2, 3, 4, 5, 6, 7, -1, -2},
             [](auto t) { return put_batch(t[0], t[1], t[2], 2); });
}

TEST_CASE("one_hot: an index that is no class gives zeros") {
  check_both({{{3}, {1, 3, -1}, DType::i32}}, {0, 1, 0, 0, 0, 0, 0, 0, 0},
             [](auto t) { return one_hot(t[0], 3); });
}

TEST_CASE("index: errors name the op and the shapes") {
  const Given table{{4, 3}, Values(12)}, real{{2}, Values(2)}, index{{2}, Values(2), DType::u32};
  CHECK(error_of({table, real}, [](auto t) {
          return gather_rows(t[0], t[1]);
        }).find("indices are u32 or i32, not f32") != std::string::npos);
  CHECK(error_of({table, index}, [](auto t) {
          return scatter_add_rows(t[0], t[1], 9);
        }).find("updates [4, 3]") != std::string::npos);
  CHECK(error_of({table, real, index}, [](auto t) {
          return put_batch(t[0], t[1], t[2], 2);
        }).find("rows of [2] are not like those of [4, 3]") != std::string::npos);
}

}  // namespace lemnos::test
