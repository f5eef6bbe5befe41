// SPDX-License-Identifier: Apache-2.0
// Runs a recorded function by the reference, in double, and on the device.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "runtime/exec/options.h"
#include "runtime/graph/trace.h"

namespace lemnos::test {

struct Given {
  Shape shape;
  Values values;
  DType dtype = DType::f32;
};

using Body = std::function<Tensor(std::span<const Tensor>)>;

// The function's result in double.
Values by_reference(std::span<const Given> inputs, const Body& body);

// The same on the device; nothing, after skip(), where there is none.
std::optional<Values> on_device(std::span<const Given> inputs, const Body& body,
                                ExecOptions options = {});

// Checks that both give `expected`, up to 1e-5 of each value on the device; NaN equals NaN.
void check_both(const std::vector<Given>& inputs, const Values& expected, const Body& body);

// The message of the error that `record` throws in a trace with these inputs; "" without one.
std::string error_of(const std::vector<Given>& inputs, const Body& record);

}  // namespace lemnos::test
