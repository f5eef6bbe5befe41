// SPDX-License-Identifier: Apache-2.0
#include "tests/sweeps/cases.h"

#include <cmath>

#include "runtime/base/error.h"
#include "runtime/base/os.h"
#include "runtime/base/philox.h"
#include "runtime/tensor/half.h"

namespace lemnos::test {
namespace {

std::string described(const OpDef& op, const Sample& sample, std::size_t number) {
  std::string text = fmt::format("{}, sample {}:", op.name, number);
  for (const SampleInput& input : sample.inputs)
    text += fmt::format(" {} {}", input.shape, name_of(input.dtype));
  return text;
}

// The nearest value that the type holds.
double stored(double value, DType dtype) {
  const auto narrow = static_cast<float>(value);
  if (dtype == DType::f16) return f16_value(f16_bits(narrow));
  return dtype == DType::bf16 ? bf16_value(bf16_bits(narrow)) : narrow;
}

}  // namespace

bool is_swept(const OpDef& op) {
  const std::optional<std::string> only = os::env("LEMNOS_SWEEP");
  return !only || op.name == *only;
}

std::vector<Case> all_cases() {
  std::vector<Case> cases;
  for (const OpDef* op : all_ops()) {
    if (op->samples == nullptr || !is_swept(*op)) continue;
    std::size_t number = 0;
    for (Sample& sample : op->samples()) {
      std::string name = described(*op, sample, number++);
      cases.push_back({op, std::move(sample), std::move(name)});
    }
  }
  check(!cases.empty(), "LEMNOS_SWEEP: no op '{}' has samples",
        os::env("LEMNOS_SWEEP").value_or("any"));
  return cases;
}

Values draw(const SampleInput& input, std::uint32_t stream) {
  const bool whole = input.whole || !is_real(input.dtype);
  Values values(static_cast<std::size_t>(input.shape.elements()));
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double u = unit_float(philox_word(2027, stream, 1, i));
    const double range = input.high - input.low + (whole ? 1 : 0);
    const double value = input.low + u * range;
    values[i] = whole ? std::floor(value) : stored(value, input.dtype);
  }
  return values;
}

std::vector<TensorType> types_of(const Sample& sample) {
  std::vector<TensorType> types;
  for (const SampleInput& input : sample.inputs) types.push_back({input.shape, input.dtype});
  return types;
}

Problem problem_of(const Case& test_case) {
  Problem problem{.op = test_case.op,
                  .inputs = types_of(test_case.sample),
                  .attrs = test_case.sample.attrs,
                  .result = {},
                  .at = {}};
  problem.result = test_case.op->shape(problem);
  return problem;
}

std::vector<Tensor> record_results(const Case& test_case, std::span<const Operand> inputs) {
  const auto& [op, sample, name] = test_case;
  if (op->parts != nullptr) return record_parts(*op, inputs, sample.attrs);
  return {record(*op, inputs, sample.attrs)};
}

std::vector<std::pair<std::size_t, std::size_t>> result_ranges(const Case& test_case) {
  const Problem problem = problem_of(test_case);
  const auto size = [](const Shape& shape) { return static_cast<std::size_t>(shape.elements()); };
  if (problem.op->parts == nullptr) return {{0, size(problem.out())}};
  const auto types = problem.op->parts(problem);
  std::vector<std::pair<std::size_t, std::size_t>> ranges;
  for (std::size_t i = 0; i < types.size(); ++i)
    ranges.emplace_back(static_cast<std::size_t>(pack_offset(types, i)), size(types[i].shape));
  return ranges;
}

std::vector<Operand> declare_inputs(Trace& trace, const Sample& sample) {
  std::vector<Operand> inputs;
  for (const TensorType& type : types_of(sample))
    inputs.emplace_back(trace.input(fmt::format("in{}", inputs.size()), type));
  return inputs;
}

}  // namespace lemnos::test
