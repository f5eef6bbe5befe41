// SPDX-License-Identifier: Apache-2.0
// Where the time of one step went, as plain data: see Program::submit_timed().
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "runtime/exec/plan.h"

namespace lemnos {

struct DispatchProfile {
  std::string label;          // "matmul+add+relu [128, 512]  train_digits.cpp:31"
  std::string op;             // "matmul+add+relu"
  std::string kernel;         // name of the shader
  std::uint32_t unit = 0;     // of Plan::units; PlannedDispatch::no_unit for a copy
  std::uint32_t wave = 0;     // dispatches of one wave may run at the same time, but not here
  double begin = 0, end = 0;  // seconds after the step began
  std::uint64_t bytes = 0;    // of all it binds
  double flops = 0;           // 0 where they are not known: see flops_of()

  double seconds() const { return end - begin; }
};

// The sum over dispatches that have something in common.
struct ProfileSum {
  std::string name;
  std::uint64_t count = 0;
  double seconds = 0;
  std::uint64_t bytes = 0;
  double flops = 0;
};

struct StepProfile {
  std::string name;  // of the program
  std::string device;
  std::uint32_t waves = 0;
  std::vector<DispatchProfile> dispatches;  // as they ran

  double seconds() const;  // from the first one's begin to the last one's end
  ProfileSum total() const;
  // By op or by kernel, what took longest first.
  std::vector<ProfileSum> by_op() const;
  std::vector<ProfileSum> by_kernel() const;
};

// times: of each dispatch of the plan. work: of each too, in any unit; by it the dispatches of one
// unit share its operations.
struct Span {
  double begin = 0, end = 0;
};
StepProfile make_profile(const Plan& plan, std::span<const Span> times,
                         std::span<const std::uint64_t> work);

// One line a dispatch, as `--trace 2` prints them.
std::string describe(const StepProfile& profile);

}  // namespace lemnos
