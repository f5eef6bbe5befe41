// SPDX-License-Identifier: Apache-2.0
// What a kernel is tried with: each op of ops/list.inc with each of its own samples, with ordinary
// values and with those that drivers like to get wrong.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/graph/graph.h"
#include "runtime/graph/op_def.h"
#include "runtime/graph/trace.h"

namespace lemnos::doctor {

// The values of a case's inputs: as the sample says; or, in inputs of f32 whose range the sample
// does not limit, every fifth one below 2^-126 (denormal), or around 2^40; or, in the first such
// input, whole rows of -inf, or one NaN.
enum class Regime : std::uint8_t { plain, tiny, huge, infinite, not_a_number };
constexpr std::array<Regime, 5> all_regimes = {Regime::plain, Regime::tiny, Regime::huge,
                                               Regime::infinite, Regime::not_a_number};
std::string_view name_of(Regime regime);

struct Case {
  const OpDef* op = nullptr;
  Sample sample;
  std::string name;  // "matmul, sample 3: [7, 11] f32 [11, 13] f32"
  Regime regime = Regime::plain;
};

// Every sample of an op, with ordinary values; none of an op without a kernel.
std::vector<Case> cases_of(const OpDef& op);

// Whether the case has an input that may have such values, and then an answer.
bool allows(const Case& test_case, Regime regime);
Case with(Case test_case, Regime regime);

// The values of an input: what SampleInput says, held exactly by its type. Another `stream`,
// other values.
Values draw(const SampleInput& input, std::uint32_t stream);
std::vector<Values> draw_inputs(const Case& test_case);

std::vector<TensorType> types_of(const Sample& sample);
Problem problem_of(const Case& test_case);

// Records the op: its results, one or several.
std::vector<Tensor> record_results(const Case& test_case, std::span<const Operand> inputs);

// Where the results lie in the op's value: {first element, elements} of each.
std::vector<std::pair<std::size_t, std::size_t>> result_ranges(const Case& test_case);

// Declares the sample's inputs in the current trace.
std::vector<Operand> declare_inputs(Trace& trace, const Sample& sample);

}  // namespace lemnos::doctor
