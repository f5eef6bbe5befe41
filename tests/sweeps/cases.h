// SPDX-License-Identifier: Apache-2.0
// What every sweep runs over: each op of ops/list.inc with each of its own samples.
#pragma once

#include <string>
#include <vector>

#include "runtime/graph/graph.h"
#include "runtime/graph/op_def.h"
#include "runtime/graph/trace.h"

namespace lemnos::test {

struct Case {
  const OpDef* op = nullptr;
  Sample sample;
  std::string name;  // "matmul, sample 3: [7, 11] f32, [11, 13] f32"
};

// LEMNOS_SWEEP limits the sweeps to the op of that name. False: this op is left out.
bool is_swept(const OpDef& op);

// Every sample of every op that is swept. Fails where there is none.
std::vector<Case> all_cases();

// The values of an input: what SampleInput says, held exactly by its type. Another `stream`,
// other values.
Values draw(const SampleInput& input, std::uint32_t stream);

std::vector<TensorType> types_of(const Sample& sample);
Problem problem_of(const Case& test_case);

// Records the op: its results, one or several.
std::vector<Tensor> record_results(const Case& test_case, std::span<const Operand> inputs);

// Where the results lie in the op's value: {first element, elements} of each.
std::vector<std::pair<std::size_t, std::size_t>> result_ranges(const Case& test_case);

// Declares the sample's inputs in the current trace.
std::vector<Operand> declare_inputs(Trace& trace, const Sample& sample);

}  // namespace lemnos::test
