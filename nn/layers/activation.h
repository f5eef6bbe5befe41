// SPDX-License-Identifier: Apache-2.0
// An activation chosen by name, as configurations do; in a program, relu(x) says it all.
#pragma once

#include <string_view>

#include "nn/module.h"

namespace lemnos::nn {

class Activation {
 public:
  // "relu", "leaky_relu" (slope 0.01), "elu", "gelu", "sigmoid", "silu", "softplus", "tanh" or
  // "none". Wrong usage: another name.
  explicit Activation(std::string_view name);
  Tensor operator()(const Operand& x) const { return function_(x); }
  LEMNOS_FIELDS()

 private:
  Tensor (*function_)(const Operand&);
};

}  // namespace lemnos::nn
