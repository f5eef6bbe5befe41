// SPDX-License-Identifier: Apache-2.0
#include "nn/layers/linear.h"

#include <algorithm>

#include "nn/init.h"
#include "nn/tap.h"
#include "ops/matmul/matmul.h"
#include "ops/pointwise/pointwise.h"
#include "ops/shape/shape.h"
#include "runtime/base/error.h"

namespace lemnos::nn {
namespace {

std::string_view part_of(std::string_view name) { return name.substr(name.rfind('.') + 1); }

// W [out, in] becomes W + B A, and B [out, r] zeros; A is [r, in].
void add_change(State& weight, const State& lora_a, State& lora_b) {
  std::vector<float> w = weight.values();
  const std::vector<float> a = lora_a.values(), b = lora_b.values();
  const auto rank = static_cast<std::size_t>(lora_a.shape[0]);
  const auto in = static_cast<std::size_t>(lora_a.shape[1]);
  for (std::size_t i = 0; i < w.size(); ++i) {
    double sum = w[i];
    for (std::size_t r = 0; r < rank; ++r)
      sum += static_cast<double>(b[i / in * rank + r]) * static_cast<double>(a[r * in + i % in]);
    w[i] = static_cast<float>(sum);
  }
  weight.set_values(w);
  lora_b.set_values(std::vector<float>(b.size()));
}

}  // namespace

Linear::Linear(Options o) {
  if (o.in < 1 || o.out < 1)
    fail_usage("linear: .in and .out must be at least 1, not {} and {}", o.in, o.out);
  weight = init::layer_default({o.out, o.in}, o.in);
  if (o.bias) bias = init::layer_default({o.out}, o.in);
  if (o.lora_rank < 0 || o.lora_rank > std::min(o.in, o.out))
    fail_usage("linear: a rank of {} for a weight [{}, {}]", o.lora_rank, o.out, o.in);
  if (o.lora_rank == 0) return;
  lora_a = init::layer_default({o.lora_rank, o.in}, o.in);
  lora_b = init::zeros({o.out, o.lora_rank});
}

Tensor Linear::operator()(const Operand& x) const {
  const Shape shape = x.shape();
  const std::int64_t in = weight.size(1);
  if (shape.rank() < 1 || shape[-1] != in)
    fail_at(x.at(), "linear: takes [..., {}], x is {}", in, shape);
  const bool matrix = shape.rank() == 2;
  const Operand rows = matrix ? x : Operand(reshape(x, Shape{shape.elements() / in, in}), x.at());
  Tensor y = matmul(rows, weight, {.transpose_b = true});
  if (bias) y = y + bias;
  if (lora_a)
    y = y + matmul(matmul(rows, lora_a, {.transpose_b = true}), lora_b, {.transpose_b = true});
  return offered("linear", weight, matrix ? y : reshape(y, shape.with(-1, weight.size(0))));
}

bool is_lora(std::string_view parameter) {
  const std::string_view part = part_of(parameter);
  return part == "lora_a" || part == "lora_b";
}

std::vector<Parameter> merge_lora(std::vector<Parameter> parameters) {
  const auto state = [&](const std::string& name) -> State& {
    const auto found = std::ranges::find(parameters, name, &Parameter::name);
    check(found != parameters.end(), "merge_lora: there is no parameter '{}'", name);
    return *found->tensor.state();
  };
  for (const Parameter& each : parameters) {
    if (part_of(each.name) != "lora_b") continue;
    const std::string layer = each.name.substr(0, each.name.size() - part_of(each.name).size());
    add_change(state(layer + "weight"), state(layer + "lora_a"), state(each.name));
  }
  std::erase_if(parameters, [](const Parameter& each) { return is_lora(each.name); });
  return parameters;
}

}  // namespace lemnos::nn
