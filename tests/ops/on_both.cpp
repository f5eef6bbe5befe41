// SPDX-License-Identifier: Apache-2.0
#include "tests/ops/on_both.h"

#include <doctest/doctest.h>

#include <cmath>

#include "runtime/doctor/session.h"
#include "runtime/exec/program.h"
#include "runtime/exec/reference.h"
#include "runtime/exec/values.h"
#include "tests/skip.h"

namespace lemnos::test {
namespace {

void record_body(Trace& trace, std::span<const Given> inputs, const Body& body) {
  std::vector<Tensor> tensors;
  for (const Given& given : inputs) tensors.push_back(trace.input("x", {given.shape, given.dtype}));
  trace.graph().outputs = {trace.resolve(body(tensors))};
}

void check_equal(const Values& got, const Values& expected, double tolerance) {
  REQUIRE(got.size() == expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    CAPTURE(i);
    if (std::isnan(expected[i]))
      CHECK(std::isnan(got[i]));
    else if (std::isinf(expected[i]))
      CHECK(got[i] == expected[i]);
    else
      CHECK(std::abs(got[i] - expected[i]) <= tolerance * std::max(1.0, std::abs(expected[i])));
  }
}

}  // namespace

Values by_reference(std::span<const Given> inputs, const Body& body) {
  Trace trace;
  record_body(trace, inputs, body);
  std::vector<Values> values;
  for (const Given& given : inputs) values.push_back(given.values);
  return evaluate(trace.graph(), values)[0];
}

std::optional<Values> on_device(std::span<const Given> inputs, const Body& body,
                                ExecOptions options) {
  if (!have_device()) return {};
  Trace trace;
  record_body(trace, inputs, body);
  Program program("test", trace.graph(), device(), options);
  for (std::size_t i = 0; i < inputs.size(); ++i)
    program.set_input(static_cast<std::uint32_t>(i), bytes_of(inputs[i].values, inputs[i].dtype));
  program.submit();
  return output_of(program, 0);
}

void check_both(const std::vector<Given>& inputs, const Values& expected, const Body& body) {
  {
    INFO("by the reference");
    check_equal(by_reference(inputs, body), expected, 1e-12);
  }
  INFO("on the device");
  if (const auto got = on_device(inputs, body)) check_equal(*got, expected, 1e-5);
}

std::string error_of(const std::vector<Given>& inputs, const Body& record) {
  try {
    Trace trace;
    record_body(trace, inputs, record);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace lemnos::test
