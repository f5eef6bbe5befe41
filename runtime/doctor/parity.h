// SPDX-License-Identifier: Apache-2.0
// A kernel against the reference, with one tolerance for all (op_def.h):
// |got - expected| <= 2^-24 (ulp + 2 sqrt(terms)) scale. Below 2^-126, the smallest normal number,
// a device may flush to zero, what it reads and what it writes.
#pragma once

#include <memory>
#include <vector>

#include "runtime/doctor/cases.h"
#include "runtime/exec/options.h"
#include "runtime/gpu/device.h"

namespace lemnos::doctor {

// A case as a graph of its own, with its inputs. The results are its outputs.
struct Question {
  Case test_case;
  Graph graph;
  std::vector<Values> inputs;
};
Question ask(const Case& test_case);
Graph graph_of(const Case& test_case);

// What the reference says of it, by result.
struct Solution {
  std::vector<Values> expected;
  std::vector<Values> scale;  // what errors are relative to
  // What it may differ by beside, where inputs that are flushed to zero change it: NaN for any
  // value. Empty without such inputs.
  std::vector<Values> slack;
};
Solution solve(const Question& question);

// What the device says of it, by result.
std::vector<Values> answer(const Question& question, const std::shared_ptr<gpu::Device>& device,
                           const ExecOptions& options);

// The largest errors.
struct Deviation {
  double share = 0;  // of what is allowed: above 1 is wrong, infinite where only one is finite
  double ulp = 0;    // in units in the last place of an f32 as large as the scale
};
Deviation deviation(const Question& question, const Solution& solution,
                    const std::vector<Values>& got);

}  // namespace lemnos::doctor
