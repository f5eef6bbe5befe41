// SPDX-License-Identifier: Apache-2.0
#include "ops/layout.h"

#include <doctest/doctest.h>

#include <map>

#include "ops/pointwise/pointwise.h"
#include "ops/shape/shape.h"
#include "runtime/base/error.h"
#include "runtime/doctor/session.h"
#include "runtime/exec/program.h"
#include "runtime/graph/trace.h"
#include "tests/skip.h"

namespace lemnos::test {
namespace {

// From where each result element is read, as (result element -> operand element).
std::map<std::int64_t, std::int64_t> copies(const std::vector<Layout>& parts) {
  std::map<std::int64_t, std::int64_t> all;
  for (const Layout& part : parts)
    for_each(part, [&](std::int64_t, auto at) {
      CHECK(all.emplace(at[1], at[0]).second);  // nothing is written twice
    });
  return all;
}

Layout transposed(std::int64_t rows, std::int64_t columns) {
  Layout layout;
  layout.rank = 2;
  layout.sizes = {columns, rows};
  layout.walks = {{.strides = {1, columns}}, {.strides = {rows, 1}}};
  return layout;
}

}  // namespace

TEST_CASE("layout: split covers the whole grid, and no part needs more than a binding holds") {
  for (const Layout& layout : {transposed(61, 47), transposed(3, 1000), transposed(1000, 3)}) {
    const std::vector<Layout> parts = split(layout, 2048);
    CHECK(parts.size() > 1);
    CHECK(copies(parts) == copies({layout}));
    for (const Layout& part : parts) {
      for (const Walk& walk : part.walks) {
        const Window seen = window(part, walk);
        CHECK(seen.bytes <= 2048);
        CHECK(seen.offset % 256 == 0);
        CHECK(static_cast<std::int64_t>(seen.offset) / 4 + seen.skip == walk.offset);
      }
    }
  }
}

TEST_CASE("layout: no part has 2^31 elements, however few bytes they take") {
  Layout zeros;  // one element, read over and over
  zeros.rank = 1;
  zeros.sizes[0] = std::int64_t{5} << 30;
  zeros.walks.push_back({.strides = {0}});
  std::int64_t elements = 0;
  for (const Layout& part : split(zeros, 256)) {
    CHECK(part.elements() < std::int64_t{1} << 31);
    elements += part.elements();
  }
  CHECK(elements == zeros.elements());
}

TEST_CASE("layout: axes that all operands walk alike become one") {
  Problem problem;
  problem.inputs = {{Shape{4, 1, 5, 6}}, {Shape{6}}};
  problem.result = {Shape{4, 1, 5, 6}};
  const Layout layout = merged(broadcast_layout(problem));
  CHECK(layout.rank == 2);
  CHECK(layout.sizes[0] == 20);
  CHECK(layout.sizes[1] == 6);
  CHECK(layout.walks[1].strides[0] == 0);
  CHECK(layout.walks[1].strides[1] == 1);
}

TEST_CASE("layout: tensors of more than one binding are computed in parts on the device") {
  if (!have_device()) return;
  constexpr std::int64_t rows = 6007, columns = 6001;  // 144 MB, and a binding may hold 128 MiB
  Trace trace;
  const Tensor a = trace.input("a", {Shape{rows, 1}, DType::f32});
  const Tensor b = trace.input("b", {Shape{columns}, DType::f32});
  const Tensor outer = transpose(relu(a + b));
  const Tensor corner = slice(slice(outer, 0, columns - 3, columns), 1, rows - 2, rows);
  trace.graph().outputs = {corner.node()};
  std::vector<float> as(rows), bs(columns);
  for (std::size_t i = 0; i < as.size(); ++i) as[i] = static_cast<float>(i);
  for (std::size_t i = 0; i < bs.size(); ++i) bs[i] = 0.25f * static_cast<float>(i);
  Program program("large", trace.graph(), device(), {.pointwise = false});
  program.set_input(0, std::as_bytes(std::span(as)));
  program.set_input(1, std::as_bytes(std::span(bs)));
  program.submit();
  const std::vector<float> got = program.output(0);
  REQUIRE(got.size() == 6);
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t j = 0; j < 2; ++j)
      CHECK(got[i * 2 + j] == bs[columns - 3 + i] + as[rows - 2 + j]);
}

}  // namespace lemnos::test
