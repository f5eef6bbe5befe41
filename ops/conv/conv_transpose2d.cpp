// SPDX-License-Identifier: Apache-2.0
// conv_transpose2d: x from y and w. In the geometry's letters its input is y, its result x.
#include "ops/conv/conv.h"
#include "ops/conv/geometry.h"
#include "runtime/graph/trace.h"

namespace lemnos {
namespace {

TensorType shape(const Problem& p) {
  check_conv(p);
  const auto attrs = p.attrs.as<ConvAttrs>();
  const Shape &y = p.in(0), &w = p.in(1);
  if (w[0] != y[3])
    p.fail("the images have {} channels, the weights {} expect {}{}", y[3], w, w[0],
           w[3] == y[3] ? "\n  help: weights are [in, kernel, kernel, out / groups]" : "");
  if (w[0] % attrs.groups != 0)
    p.fail("{} groups do not divide {} input channels", attrs.groups, w[0]);
  if (attrs.height < 1 || attrs.width < 1)
    p.fail("the result would be {}x{} pixels", attrs.height, attrs.width);
  if (conv_out_size(attrs.height, w[1], attrs) != y[1] ||
      conv_out_size(attrs.width, w[2], attrs) != y[2])
    p.fail(
        "a result of {}x{} does not belong to an input of {}x{}: output_pad must be below stride "
        "or dilation",
        attrs.height, attrs.width, y[1], y[2]);
  return {Shape{y[0], attrs.height, attrs.width, w[3] * attrs.groups}};
}

ConvGeometry geometry(const Problem& p) {
  return conv_geometry(p.out(), p.in(1), p.in(0), p.attrs.as<ConvAttrs>());
}

std::vector<Tensor> gradient(const Adjoint& d) {
  const auto attrs = d.attrs.as<ConvAttrs>();
  return {conv2d_from(d.dresult, d.in(1), attrs),
          conv2d_weights(d.in(0), d.dresult, d.in(1).shape(), attrs)};
}

Lowering lower(const Problem& p, const gpu::Caps& caps) {
  return lower_conv(p, geometry(p), true, caps);
}

std::uint32_t choices(const Problem& p, const gpu::Caps& caps) {
  return conv_choices(p, geometry(p), true, caps);
}

void reference(const Problem& p, std::span<const Values> in, Values& out) {
  std::fill(out.begin(), out.end(), 0.0);
  geometry(p).for_each_product(
      [&](std::size_t x, std::size_t w, std::size_t y) { out[x] += in[0][y] * in[1][w]; });
}

double terms(const Problem& p) { return static_cast<double>(p.in(1).elements() / p.in(1)[3]); }

std::vector<Sample> samples() {
  const auto sample = [](Shape y, Shape w, ConvAttrs attrs, bool gradient = true) {
    return Sample{.inputs = {{.shape = y}, {.shape = w}}, .attrs = attrs, .gradient = gradient};
  };
  std::vector<Sample> all{
      sample({1, 1, 1, 1}, {1, 1, 1, 1}, {.height = 1, .width = 1}),
      sample({2, 3, 4, 3}, {3, 3, 3, 2}, {.pad = 1, .height = 3, .width = 4}),
      sample({1, 3, 4, 2}, {2, 3, 3, 3}, {.stride = 2, .pad = 1, .height = 6, .width = 8}),
      sample({1, 2, 3, 2}, {2, 3, 3, 2}, {.stride = 3, .dilation = 2, .height = 8, .width = 11}),
      sample({1, 3, 3, 4}, {4, 3, 3, 3},
             {.stride = 2, .pad = 1, .groups = 2, .height = 5, .width = 6}),
      sample({1, 4, 5, 3}, {3, 3, 3, 1}, {.pad = 1, .groups = 3, .height = 4, .width = 5}),
      sample({1, 3, 4, 8}, {8, 2, 3, 1},
             {.stride = 2, .pad = 1, .groups = 8, .height = 4, .width = 7}),
      sample({2, 9, 7, 12}, {12, 5, 5, 1},
             {.pad = 2, .dilation = 2, .groups = 12, .height = 13, .width = 11}, false),
      sample({1, 5, 7, 5}, {5, 3, 3, 1},
             {.stride = 3, .pad = 2, .groups = 5, .height = 11, .width = 17}, false),
      sample({1, 3, 3, 4}, {4, 3, 3, 1},
             {.stride = 5, .dilation = 3, .groups = 4, .height = 17, .width = 17}, false),
      sample({2, 5, 5, 48}, {48, 3, 3, 17},
             {.stride = 2, .pad = 1, .groups = 2, .height = 9, .width = 9}, false),
      sample({1, 7, 6, 48}, {48, 3, 3, 20}, {.pad = 1, .groups = 3, .height = 7, .width = 6},
             false),
      sample({2, 7, 7, 32}, {32, 3, 3, 32}, {.stride = 2, .pad = 1, .height = 14, .width = 14},
             false),
      sample({2, 28, 28, 32}, {32, 3, 3, 1}, {.pad = 1, .height = 28, .width = 28}, false),
      sample({2, 7, 14, 16}, {16, 4, 4, 1}, {.stride = 2, .pad = 1, .height = 14, .width = 28},
             false),
      sample({1, 5, 6, 8}, {8, 5, 5, 3}, {.stride = 3, .pad = 2, .height = 14, .width = 16}, false),
      sample({1, 11, 13, 17}, {17, 3, 3, 19}, {.pad = 1, .height = 11, .width = 13}, false),
      sample({2, 5, 5, 64}, {64, 3, 3, 70}, {.stride = 2, .pad = 1, .height = 9, .width = 9},
             false),
      sample({1, 3, 3, 8192}, {8192, 3, 3, 4}, {.pad = 1, .height = 3, .width = 3}, false)};
  for (const DType type : {DType::f16, DType::bf16})
    for (const Sample& each :
         {sample({2, 5, 5, 48}, {48, 3, 3, 17},
                 {.stride = 2, .pad = 1, .groups = 2, .height = 9, .width = 9}),
          sample({2, 7, 7, 32}, {32, 3, 3, 32}, {.stride = 2, .pad = 1, .height = 14, .width = 14}),
          sample({1, 11, 13, 17}, {17, 3, 3, 19}, {.pad = 1, .height = 11, .width = 13})})
      all.push_back(each.stored_as(type));
  return all;
}

}  // namespace

extern const OpDef conv_transpose2d_op;
const OpDef conv_transpose2d_op{
    .name = "conv_transpose2d",
    .shape = shape,
    .gradient = gradient,
    .lower = lower,
    .choices = choices,
    .fits = conv_fits,
    .reference = reference,
    .samples = samples,
    .flops = [](const Problem& p) { return conv_flops(p.in(1), p.in(0)); },
    .scale = Scale::inputs,
    .terms = terms,
    .epilogues = Epilogues::all,
    .half = HalfOperands::wants,
    .narrows = conv_narrows};

Tensor conv_transpose2d_to(const Tensor& y, const Tensor& w, const Shape& x, ConvAttrs attrs) {
  attrs.height = static_cast<std::int32_t>(x[1]);
  attrs.width = static_cast<std::int32_t>(x[2]);
  return record(conv_transpose2d_op, {y, w}, attrs);
}

Tensor conv_transpose2d(const Operand& x, const Operand& weight, ConvTranspose2dOptions o) {
  ConvAttrs attrs{.stride = o.stride, .pad = o.pad, .dilation = o.dilation, .groups = o.groups};
  const Shape from = x.tensor().shape(), kernel = weight.tensor().shape();
  const auto size = [&](int axis) {  // where the ranks are wrong the shape rule says so
    if (from.rank() != 4 || kernel.rank() != 4) return 1;
    return static_cast<std::int32_t>((from[axis] - 1) * o.stride - 2 * o.pad +
                                     o.dilation * (kernel[axis] - 1) + o.output_pad + 1);
  };
  attrs.height = size(1);
  attrs.width = size(2);
  return record(conv_transpose2d_op, {x, weight}, attrs);
}

}  // namespace lemnos
