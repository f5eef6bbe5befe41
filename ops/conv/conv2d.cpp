// SPDX-License-Identifier: Apache-2.0
// conv2d: y from x and w.
#include "ops/conv/conv.h"
#include "ops/conv/geometry.h"
#include "runtime/graph/trace.h"

namespace lemnos {
namespace {

TensorType shape(const Problem& p) {
  check_conv(p);
  const auto attrs = p.attrs.as<ConvAttrs>();
  const Shape &x = p.in(0), &w = p.in(1);
  if (x[3] % attrs.groups != 0 || w[0] % attrs.groups != 0)
    p.fail("{} groups divide neither {} input nor {} output channels evenly", attrs.groups, x[3],
           w[0]);
  if (w[3] * attrs.groups != x[3])
    p.fail("the images have {} channels, the weights {} expect {}{}", x[3], w, w[3] * attrs.groups,
           x[1] * attrs.groups == w[3] ? "\n  help: images are [N, H, W, C], channels last" : "");
  const std::int64_t height = conv_out_size(x[1], w[1], attrs);
  const std::int64_t width = conv_out_size(x[2], w[2], attrs);
  if (height < 1 || width < 1)
    p.fail("the kernel {}x{} (dilation {}) is larger than the image {}x{} with pad {}", w[1], w[2],
           attrs.dilation, x[1], x[2], attrs.pad);
  return {Shape{x[0], height, width, w[0]}};
}

ConvGeometry geometry(const Problem& p) {
  return conv_geometry(p.in(0), p.in(1), p.out(), p.attrs.as<ConvAttrs>());
}

std::vector<Tensor> gradient(const Adjoint& d) {
  const auto attrs = d.attrs.as<ConvAttrs>();
  return {conv_transpose2d_to(d.dresult, d.in(1), d.in(0).shape(), attrs),
          conv2d_weights(d.dresult, d.in(0), d.in(1).shape(), attrs)};
}

Lowering lower(const Problem& p, const gpu::Caps& caps) {
  return lower_conv(p, geometry(p), false, caps);
}

std::uint32_t choices(const Problem& p, const gpu::Caps& caps) {
  return conv_choices(p, geometry(p), false, caps);
}

void reference(const Problem& p, std::span<const Values> in, Values& out) {
  std::fill(out.begin(), out.end(), 0.0);
  geometry(p).for_each_product(
      [&](std::size_t x, std::size_t w, std::size_t y) { out[y] += in[0][x] * in[1][w]; });
}

double terms(const Problem& p) { return static_cast<double>(p.in(1).elements() / p.in(1)[0]); }

std::vector<Sample> samples() {
  const auto sample = [](Shape x, Shape w, ConvAttrs attrs, bool gradient = true) {
    return Sample{.inputs = {{.shape = x}, {.shape = w}}, .attrs = attrs, .gradient = gradient};
  };
  std::vector<Sample> all{
      sample({1, 1, 1, 1}, {1, 1, 1, 1}, {}),
      sample({2, 5, 4, 3}, {2, 3, 3, 3}, {.pad = 1}),
      sample({1, 7, 6, 2}, {3, 3, 2, 2}, {.stride = 2, .pad = 1}),
      sample({1, 7, 8, 2}, {2, 3, 3, 2}, {.pad = 2, .dilation = 2}),
      sample({1, 9, 9, 1}, {2, 2, 2, 1}, {.stride = 2, .dilation = 3}),
      sample({2, 5, 5, 4}, {6, 3, 3, 2}, {.stride = 2, .pad = 1, .groups = 2}),
      sample({1, 5, 5, 3}, {3, 3, 3, 1}, {.pad = 1, .groups = 3}),
      sample({1, 6, 7, 8}, {8, 2, 3, 1}, {.stride = 2, .pad = 1, .groups = 8}),
      sample({2, 13, 11, 12}, {12, 5, 5, 1}, {.pad = 2, .dilation = 2, .groups = 12}, false),
      sample({1, 11, 17, 5}, {5, 3, 3, 1}, {.stride = 3, .pad = 2, .groups = 5}, false),
      sample({1, 17, 17, 4}, {4, 3, 3, 1}, {.stride = 5, .dilation = 3, .groups = 4}, false),
      sample({2, 9, 9, 34}, {48, 3, 3, 17}, {.stride = 2, .pad = 1, .groups = 2}, false),
      sample({1, 7, 6, 60}, {48, 3, 3, 20}, {.pad = 1, .groups = 3}, false),
      sample({3, 28, 28, 1}, {32, 3, 3, 1}, {.pad = 1}, false),
      sample({2, 14, 14, 32}, {32, 3, 3, 32}, {.pad = 1}, false),
      sample({1, 13, 11, 17}, {19, 3, 3, 17}, {.pad = 1}, false),
      sample({2, 9, 9, 64}, {70, 3, 3, 64}, {.stride = 2, .pad = 1}, false),
      sample({2, 8, 14, 32}, {1, 3, 3, 32}, {.pad = 1}, false),
      sample({2, 8, 13, 8}, {3, 3, 3, 8}, {.stride = 2, .pad = 1}, false),
      sample({4, 6, 6, 16}, {24, 1, 1, 16}, {}, false),
      sample({1, 3, 3, 8192}, {4, 3, 3, 8192}, {.pad = 1}, false)};
  for (const DType type : {DType::f16, DType::bf16})
    for (const Sample& each :
         {sample({2, 9, 9, 34}, {48, 3, 3, 17}, {.stride = 2, .pad = 1, .groups = 2}),
          sample({2, 14, 14, 32}, {32, 3, 3, 32}, {.pad = 1}),
          sample({2, 9, 9, 64}, {70, 3, 3, 64}, {.stride = 2, .pad = 1})})
      all.push_back(each.stored_as(type));
  return all;
}

}  // namespace

extern const OpDef conv2d_op;
const OpDef conv2d_op{.name = "conv2d",
                      .shape = shape,
                      .gradient = gradient,
                      .lower = lower,
                      .choices = choices,
                      .fits = conv_fits,
                      .reference = reference,
                      .samples = samples,
                      .flops = [](const Problem& p) { return conv_flops(p.in(1), p.out()); },
                      .scale = Scale::inputs,
                      .terms = terms,
                      .epilogues = Epilogues::all,
                      .half = HalfOperands::wants,
                      .narrows = conv_narrows};

Tensor conv2d_from(const Tensor& x, const Tensor& w, ConvAttrs attrs) {
  attrs.height = attrs.width = 0;
  return record(conv2d_op, {x, w}, attrs);
}

Tensor conv2d(const Operand& x, const Operand& weight, Conv2dOptions o) {
  return record(
      conv2d_op, {x, weight},
      ConvAttrs{.stride = o.stride, .pad = o.pad, .dilation = o.dilation, .groups = o.groups});
}

}  // namespace lemnos
