// SPDX-License-Identifier: Apache-2.0
// A profile with round numbers.
#pragma once

#include <memory>

#include "runtime/exec/profile.h"

namespace lemnos::viewer::test {

// A second of matmul, convolution, relu, convolution again; 0.1, 0.4, 0.2 and 0.3 of it, in waves
// of two.
inline std::shared_ptr<StepProfile> made_profile() {
  auto profile = std::make_shared<StepProfile>();
  profile->name = "step";
  profile->device = "made";
  profile->waves = 2;
  const auto add = [&](const char* op, const char* kernel, double begin, double end,
                       std::uint64_t bytes, double flops) {
    const auto count = static_cast<std::uint32_t>(profile->dispatches.size());
    profile->dispatches.push_back({.label = std::string(op) + " [2, 3]  model.cpp:7",
                                   .op = op,
                                   .kernel = kernel,
                                   .unit = count,
                                   .wave = count / 2,
                                   .begin = begin,
                                   .end = end,
                                   .bytes = bytes,
                                   .flops = flops});
  };
  add("matmul+add", "matmul_tile", 0, 0.1, 1000, 1e9);
  add("conv2d", "conv_tile", 0.1, 0.5, 4000, 9e9);
  add("relu", "fused_relu", 0.5, 0.7, 9000, 100);
  add("conv2d", "conv_small", 0.7, 1, 2000, 1e9);
  return profile;
}

// As many dispatches as a large model has.
inline std::shared_ptr<StepProfile> large_profile(std::uint32_t count) {
  auto profile = std::make_shared<StepProfile>();
  profile->waves = count;
  for (std::uint32_t i = 0; i < count; ++i)
    profile->dispatches.push_back({.label = i % 3 == 0 ? "matmul [9]" : "mul+add [9]",
                                   .op = i % 3 == 0 ? "matmul" : "mul+add",
                                   .kernel = "kernel",
                                   .wave = i,
                                   .begin = i * 1e-5,
                                   .end = (i + 1) * 1e-5});
  return profile;
}

}  // namespace lemnos::viewer::test
