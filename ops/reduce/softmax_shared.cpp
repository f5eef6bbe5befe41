// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "ops/reduce/softmax.h"
#include "ops/shape/shape.h"
#include "runtime/graph/trace.h"

namespace lemnos {

TensorType softmax_shape(const Problem& p) {
  for (const TensorType& type : p.inputs) {
    if (type.dtype != DType::f32) p.fail("works on f32, not {}; cast first", name_of(type.dtype));
    if (!(type.shape == p.in(0))) p.fail("shapes differ: {} and {}", p.in(0), type.shape);
  }
  const int axis = p.attrs.as<SoftmaxAttrs>().axis;
  if (axis < 0 || axis >= p.in(0).rank()) p.fail("axis {} of a tensor of shape {}", axis, p.in(0));
  return p.inputs[0];
}

Lines softmax_lines(const Problem& p) {
  return lines_along(p.in(0), p.attrs.as<SoftmaxAttrs>().axis);
}

double softmax_length(const Problem& p) { return static_cast<double>(softmax_lines(p).length); }

Lowering lower_softmax(const Problem& p, const gpu::Caps& caps, SoftmaxMode mode) {
  Lowering lowering;
  append_lines(lowering, caps,
               {.kernel = LINE_KERNEL(softmax),
                .lines = softmax_lines(p),
                .mode = static_cast<std::uint32_t>(mode),
                .walks = 3,
                .keeps = true,
                .operands = {{input(0)}, {result()}}});
  return lowering;
}

Lowering lower_softmax_grad(const Problem& p, const gpu::Caps& caps, SoftmaxMode mode) {
  Lowering lowering;
  append_lines(lowering, caps,
               {.kernel = LINE_KERNEL(softmax_grad),
                .lines = softmax_lines(p),
                .mode = static_cast<std::uint32_t>(mode),
                .walks = 2,
                .operands = {{input(0)}, {input(1)}, {result()}}});
  return lowering;
}

const char* fits_softmax(const Problem& p, const gpu::Caps& caps) {
  return fits_lines(caps, softmax_lines(p), 3);
}

std::vector<Sample> softmax_samples() {
  return {{.inputs = {{.shape = {1}}}, .attrs = SoftmaxAttrs{0}},
          {.inputs = {{.shape = {3, 7}, .low = -9, .high = 9}}, .attrs = SoftmaxAttrs{1}},
          {.inputs = {{.shape = {2, 3, 4}}}, .attrs = SoftmaxAttrs{1}},
          {.inputs = {{.shape = {2, 5, 3}}}, .attrs = SoftmaxAttrs{0}},
          {.inputs = {{.shape = {2, 97}}}, .attrs = SoftmaxAttrs{1}},
          {.inputs = {{.shape = {5, 128}, .low = -40, .high = 40}}, .attrs = SoftmaxAttrs{1}},
          {.inputs = {{.shape = {1000, 68}}}, .attrs = SoftmaxAttrs{1}, .gradient = false},
          {.inputs = {{.shape = {5, 1024}}}, .attrs = SoftmaxAttrs{1}, .gradient = false},
          {.inputs = {{.shape = {3, 2020}}}, .attrs = SoftmaxAttrs{1}, .gradient = false},
          {.inputs = {{.shape = {2, 70000}}}, .attrs = SoftmaxAttrs{1}, .gradient = false},
          {.inputs = {{.shape = {70001}}}, .attrs = SoftmaxAttrs{0}, .gradient = false}};
}

std::vector<Sample> softmax_grad_samples() {
  std::vector<Sample> samples = softmax_samples();
  for (Sample& sample : samples) {
    sample.inputs[0].low = -2;
    sample.inputs[0].high = 2;
    sample.inputs.push_back(sample.inputs[0]);
  }
  return samples;
}

Tensor along_axis(const OpDef& op, const Operand& x, int axis) {
  const auto mask = axis_mask(op.name, x, axis);
  const int along = static_cast<int>(std::find(mask.begin(), mask.end(), true) - mask.begin());
  const Shape shape = x.shape();
  const Lines lines = lines_along(shape, along);
  if (lines.inner == 1 || lines.length <= 1024) return record(op, {x}, SoftmaxAttrs{along});
  const auto size = [](std::uint64_t n) { return static_cast<std::int64_t>(n); };
  const Shape flat{size(lines.outer), size(lines.length), size(lines.inner)};
  const auto swapped = [&](const Tensor& t) {
    return Operand(transpose(Operand(t, x.at()), {0, 2, 1}), x.at());
  };
  const Tensor y = record(op, {swapped(reshape(x, flat))}, SoftmaxAttrs{2});
  return reshape(swapped(y), shape);
}

}  // namespace lemnos
