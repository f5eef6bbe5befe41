// SPDX-License-Identifier: Apache-2.0
#include "runtime/doctor/cases.h"

#include <cmath>
#include <limits>

#include "runtime/base/philox.h"
#include "runtime/tensor/half.h"

namespace lemnos::doctor {
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

bool unlimited(const SampleInput& input) {
  const SampleInput any;
  return input.dtype == DType::f32 && !input.whole && input.low == any.low &&
         input.high == any.high && input.shape.elements() > 0;
}

void scale_every_fifth(Values& values, double factor) {
  for (std::size_t i = 0; i < values.size(); i += 5)
    values[i] = stored(values[i] * factor, DType::f32);
}

// Every third row, the first of them included.
void fill_rows(Values& values, const Shape& shape, double value) {
  const auto row = static_cast<std::size_t>(shape.rank() == 0 ? 1 : shape[shape.rank() - 1]);
  for (std::size_t i = 0; i < values.size(); ++i)
    if (i / row % 3 == 0) values[i] = value;
}

}  // namespace

std::string_view name_of(Regime regime) {
  constexpr std::array<std::string_view, 5> names = {"ordinary values", "denormal values",
                                                     "huge values", "rows of -inf", "a NaN"};
  return names[static_cast<std::size_t>(regime)];
}

std::vector<Case> cases_of(const OpDef& op) {
  std::vector<Case> cases;
  if (op.samples == nullptr) return cases;
  for (Sample& sample : op.samples()) {
    std::string name = described(op, sample, cases.size());
    cases.push_back({&op, std::move(sample), std::move(name)});
  }
  return cases;
}

bool allows(const Case& test_case, Regime regime) {
  if (regime == Regime::plain) return true;
  if (regime != Regime::tiny && test_case.op->finite_only) return false;
  for (const SampleInput& input : test_case.sample.inputs)
    if (unlimited(input)) return true;
  return false;
}

Case with(Case test_case, Regime regime) {
  test_case.regime = regime;
  if (regime != Regime::plain) test_case.name += fmt::format(", {}", name_of(regime));
  return test_case;
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

std::vector<Values> draw_inputs(const Case& test_case) {
  std::vector<Values> inputs;
  bool first = true;
  for (const SampleInput& input : test_case.sample.inputs) {
    Values& values = inputs.emplace_back(draw(input, static_cast<std::uint32_t>(inputs.size())));
    if (!unlimited(input)) continue;
    switch (test_case.regime) {
      case Regime::plain:
        break;
      case Regime::tiny:
        scale_every_fifth(values, 0x1p-127);
        break;
      case Regime::huge:
        scale_every_fifth(values, 0x1p40);
        break;
      case Regime::infinite:
        if (first) fill_rows(values, input.shape, -std::numeric_limits<double>::infinity());
        break;
      case Regime::not_a_number:
        if (first) values[values.size() / 2] = std::numeric_limits<double>::quiet_NaN();
        break;
    }
    first = false;
  }
  return inputs;
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
  const OpDef& op = *test_case.op;
  if (op.parts != nullptr) return record_parts(op, inputs, test_case.sample.attrs);
  return {record(op, inputs, test_case.sample.attrs)};
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

}  // namespace lemnos::doctor
