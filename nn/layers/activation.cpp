// SPDX-License-Identifier: Apache-2.0
#include "nn/layers/activation.h"

#include "ops/pointwise/pointwise.h"
#include "runtime/base/error.h"

namespace lemnos::nn {
namespace {

struct Named {
  std::string_view name;
  Tensor (*function)(const Operand&);
};
constexpr Named activations[] = {
    {"relu", relu},
    {"leaky_relu", [](const Operand& x) { return leaky_relu(x, 0.01); }},
    {"elu", elu},
    {"gelu", gelu},
    {"sigmoid", sigmoid},
    {"silu", silu},
    {"softplus", softplus},
    {"tanh", tanh},
    {"none", [](const Operand& x) { return x.tensor(); }},
};

auto activation(std::string_view name) {
  std::string known;
  for (const Named& each : activations) {
    if (each.name == name) return each.function;
    known += (known.empty() ? "" : ", ") + std::string(each.name);
  }
  fail_usage("there is no activation \"{}\"; there are {}", name, known);
}

}  // namespace

Activation::Activation(std::string_view name) : function_(activation(name)) {}

}  // namespace lemnos::nn
