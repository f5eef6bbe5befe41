// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "ops/pointwise/pointwise.h"
#include "ops/shape/shape.h"
#include "runtime/base/error.h"
#include "runtime/exec/reference.h"
#include "runtime/graph/trace.h"

namespace lemnos::test {
namespace {

template <class Call>
std::string message_of(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

bool names_line(const std::string& message, int line) {
  return message.find(fmt::format("operand_test.cpp:{}", line)) != std::string::npos;
}

Values value_of(Trace& trace, const Tensor& tensor, std::vector<Values> inputs) {
  trace.graph().outputs = {trace.resolve(tensor)};
  return evaluate(trace.graph(), inputs)[0];
}

}  // namespace

TEST_CASE("operands: the error of a wrong shape names the op, the shapes and the caller's line") {
  Trace trace;
  const Tensor x = trace.input("x", {Shape{2, 3}, DType::f32});
  const Tensor y = trace.input("y", {Shape{4}, DType::f32});
  const std::string called = message_of([&] { maximum(x, y); });
  CHECK(names_line(called, __LINE__ - 1));
  CHECK(called.starts_with("maximum: shapes [2, 3], [4] do not broadcast"));
  CHECK(names_line(message_of([&] { return x + y; }), __LINE__));
  CHECK(names_line(message_of([&] { return reshape(x, {5, -1}); }), __LINE__));
  CHECK(names_line(message_of([&] { return transpose(x, {0, 0}); }), __LINE__));
  CHECK(names_line(message_of([&] { return slice(x, 1, 2, 4); }), __LINE__));
  CHECK(names_line(message_of([&] { return concat({x, y}, 0); }), __LINE__));
  CHECK(names_line(message_of([&] { return pad(x, {1}, {1}); }), __LINE__));
}

TEST_CASE("operands: integers are not arithmetic operands, and the error says how to cast") {
  Trace trace;
  const Tensor x = trace.input("x", {Shape{3}, DType::i32});
  const std::string message = message_of([&] { return x + 1.0; });
  CHECK(message.find("operand 0 is i32") != std::string::npos);
  CHECK(message.find("cast(x, DType::f32)") != std::string::npos);
  CHECK_NOTHROW(cast(x, DType::f32) + 1.0);
}

TEST_CASE("operands: numbers take part in arithmetic from either side") {
  Trace trace;
  const Tensor x = trace.input("x", {Shape{2}, DType::f32});
  const std::vector<Values> inputs{{3, -4}};
  CHECK(value_of(trace, 0.5 * x, inputs) == Values{1.5, -2});
  CHECK(value_of(trace, x * 2, inputs) == Values{6, -8});
  CHECK(value_of(trace, 1 - x, inputs) == Values{-2, 5});
  CHECK(value_of(trace, x - 1.5f, inputs) == Values{1.5, -5.5});
  CHECK(value_of(trace, 12 / x, inputs) == Values{4, -3});
  CHECK(value_of(trace, -x + 0, inputs) == Values{-3, 4});
  CHECK(value_of(trace, leaky_relu(x, 0.25), inputs) == Values{3, -1});
  CHECK(value_of(trace, clamp(x, -1, 1), inputs) == Values{1, -1});
}

TEST_CASE("operands: an op outside of a trace says that it needs one") {
  const std::string message = message_of([] { return fill(Shape{2}, 1.0); });
  CHECK(message.find("compile(") != std::string::npos);
}

}  // namespace lemnos::test
