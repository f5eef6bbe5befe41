// SPDX-License-Identifier: Apache-2.0
#include "ops/recurrent/cell.h"

#include <algorithm>
#include <cmath>

#include "ops/matmul/matmul.h"
#include "ops/pointwise/pointwise.h"
#include "ops/reduce/reduce.h"
#include "ops/shape/shape.h"
#include "runtime/graph/trace.h"

namespace lemnos {
namespace {

// The inputs are as many as the cell takes, and each but the lengths is f32 of the given shape.
void check_inputs(const Problem& p, std::span<const std::pair<const char*, Shape>> expected) {
  const bool lengths = p.attrs.as<RecurrentAttrs>().lengths != 0;
  if (p.inputs.size() != expected.size() + (lengths ? 1 : 0))
    p.fail("takes {} operands, not {}", expected.size() + (lengths ? 1 : 0), p.inputs.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const auto& [name, shape] = expected[i];
    if (p.inputs[i].dtype != DType::f32)
      p.fail("{} must be f32, not {}", name, name_of(p.inputs[i].dtype));
    if (!(p.inputs[i].shape == shape))
      p.fail("{} is {}, where {} is {} it must be {}", name, p.inputs[i].shape, expected[0].first,
             p.in(0), shape);
  }
  const Shape rows{expected.back().second[0]};
  if (lengths && !(p.inputs.back() == TensorType{rows, DType::i32}))
    p.fail("lengths must be i32 of {}, not {} of {}", rows, name_of(p.inputs.back().dtype),
           p.inputs.back().shape);
}

}  // namespace

std::vector<TensorType> forward_parts(const Problem& p, const Cell& cell) {
  const Shape x = p.inputs.empty() ? Shape{} : p.in(0);
  if (x.rank() != 3 || x[2] % cell.gates != 0)
    p.fail("x must be [B, T, {}H], not {}", cell.gates, x);
  const std::int64_t rows = x[0], steps = x[1], hidden = x[2] / cell.gates;
  std::vector<std::pair<const char*, Shape>> inputs{{"x", x}, {"w", {cell.gates * hidden, hidden}}};
  if (cell.apart) inputs.push_back({"b", {cell.gates * hidden}});
  inputs.push_back({"h0", {rows, hidden}});
  if (cell.second_state) inputs.push_back({"c0", {rows, hidden}});
  check_inputs(p, inputs);

  const TensorType sequence{{rows, steps, hidden}}, state{{rows, hidden}};
  std::vector<TensorType> parts{sequence, state};
  if (cell.second_state) parts.push_back(state);
  parts.push_back({{rows, steps, cell.saved, hidden}});
  parts.push_back(sequence);
  if (cell.second_state) parts.push_back(sequence);
  return parts;
}

std::vector<TensorType> backward_parts(const Problem& p, const Cell& cell) {
  const Shape w = p.inputs.size() < 5 ? Shape{} : p.in(0);
  if (w.rank() != 2 || w[0] != cell.gates * w[1] || p.in(1).rank() != 4)
    p.fail("w must be [{}H, H], not {}", cell.gates, w);
  const std::int64_t rows = p.in(1)[0], steps = p.in(1)[1], hidden = w[1];
  const Shape sequence{rows, steps, hidden}, state{rows, hidden};
  std::vector<std::pair<const char*, Shape>> inputs{{"w", w},
                                                    {"saved", {rows, steps, cell.saved, hidden}},
                                                    {"before", sequence},
                                                    {"dh", sequence},
                                                    {"dh_n", state}};
  if (cell.second_state) inputs.push_back({"dc_n", state});
  check_inputs(p, inputs);

  const TensorType dx{{rows, steps, cell.gates * hidden}};
  std::vector<TensorType> parts{dx};
  if (cell.apart) parts.push_back(dx);
  parts.push_back({state});
  if (cell.second_state) parts.push_back({state});
  return parts;
}

// dw = d sums^T h, summed over rows and steps, where h is what stood before each step.
std::vector<Tensor> recurrent_gradient(const Adjoint& d, const Cell& cell) {
  const auto attrs = d.attrs.as<RecurrentAttrs>();
  const std::size_t results = cell.second_state ? 3 : 2;
  const Tensor& h_before = d.parts[results + 1];
  std::vector<Operand> operands{d.in(1), d.parts[results], d.parts.back()};
  for (std::size_t i = 0; i < results; ++i)
    operands.emplace_back(d.dparts[i] ? d.dparts[i] : fill(d.parts[i].shape(), 0.0));
  if (attrs.lengths != 0) operands.emplace_back(d.inputs.back());
  const auto parts = record_parts(*cell.backward_op, operands, attrs);

  const Tensor& dsums = parts[cell.apart ? 1 : 0];
  const std::int64_t steps = h_before.size(0) * h_before.size(1);
  const Tensor dw = matmul(reshape(dsums, {steps, dsums.size(2)}),
                           reshape(h_before, {steps, h_before.size(2)}), {.transpose_a = true});
  std::vector<Tensor> gradients{parts[0], dw};
  if (cell.apart) gradients.push_back(sum(dsums, {0, 1}));
  gradients.insert(gradients.end(), parts.begin() + (cell.apart ? 2 : 1), parts.end());
  gradients.resize(d.inputs.size());  // none to the lengths
  return gradients;
}

std::vector<Tensor> record_recurrent(const OpDef& op, std::vector<Operand> operands,
                                     const RecurrentOptions& options, bool relu) {
  if (options.lengths) operands.emplace_back(options.lengths);
  return record_parts(
      op, operands,
      RecurrentAttrs{.reverse = options.reverse, .lengths = bool(options.lengths), .relu = relu});
}

void part_magnitude(const Problem& p, std::span<const Values> in, Values& out) {
  p.op->reference(p, in, out);
  const auto types = p.op->parts(p);
  for (std::size_t i = 0; i < types.size(); ++i) {
    const auto part = std::span(out).subspan(static_cast<std::size_t>(pack_offset(types, i)),
                                             static_cast<std::size_t>(types[i].shape.elements()));
    double largest = 1;
    for (const double value : part) largest = std::max(largest, std::abs(value));
    std::ranges::fill(part, largest);
  }
}

double forward_terms(const Problem& p) {
  return static_cast<double>(p.in(0)[1] * p.inputs[1].shape[1]);
}
double recurrent_flops(const Shape& steps, const Shape& w) {
  return 2.0 * static_cast<double>(steps[0] * steps[1] * w.elements());
}

double backward_terms(const Problem& p) {
  return static_cast<double>(p.in(1)[1] * p.inputs[0].shape[0]);
}

}  // namespace lemnos
