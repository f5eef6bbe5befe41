// SPDX-License-Identifier: Apache-2.0
#include "tests/ops/on_both.h"

#include <doctest/doctest.h>

#include <cmath>

#include "runtime/exec/program.h"
#include "runtime/exec/reference.h"
#include "runtime/exec/session.h"
#include "tests/skip.h"

namespace lemnos::test {
namespace {

template <class T>
void append(std::vector<std::byte>& bytes, double value) {
  const T narrow = static_cast<T>(value);
  const auto* first = reinterpret_cast<const std::byte*>(&narrow);
  bytes.insert(bytes.end(), first, first + sizeof(T));
}

std::vector<std::byte> bytes_of(const Given& given) {
  std::vector<std::byte> bytes;
  for (const double value : given.values) {
    if (given.dtype == DType::f32) append<float>(bytes, value);
    if (given.dtype == DType::i32) append<std::int32_t>(bytes, value);
    if (given.dtype == DType::u32) append<std::uint32_t>(bytes, value);
    if (given.dtype == DType::u8) append<std::uint8_t>(bytes, value);
  }
  return bytes;
}

template <class T>
Values widened(const Program& program, std::size_t count) {
  std::vector<T> values(count);
  program.read_output(0, std::as_writable_bytes(std::span(values)));
  return {values.begin(), values.end()};
}

Tensor record_body(Trace& trace, std::span<const Given> inputs, const Body& body) {
  std::vector<Tensor> tensors;
  for (const Given& given : inputs) tensors.push_back(trace.input("x", {given.shape, given.dtype}));
  const Tensor result = body(tensors);
  trace.graph().outputs = {trace.resolve(result)};
  return result;
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
  std::shared_ptr<gpu::Device> gpu;
  try {
    gpu = device();
  } catch (const Error&) {
    skip("no Vulkan device");
    return {};
  }
  Trace trace;
  const Tensor result = record_body(trace, inputs, body);
  Program program("test", trace.graph(), gpu, options);
  for (std::size_t i = 0; i < inputs.size(); ++i)
    program.set_input(static_cast<std::uint32_t>(i), bytes_of(inputs[i]));
  program.submit();
  const auto count = static_cast<std::size_t>(result.elements());
  if (result.dtype() == DType::f32) return widened<float>(program, count);
  if (result.dtype() == DType::i32) return widened<std::int32_t>(program, count);
  if (result.dtype() == DType::u32) return widened<std::uint32_t>(program, count);
  return widened<std::uint8_t>(program, count);
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
