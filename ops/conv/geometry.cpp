// SPDX-License-Identifier: Apache-2.0
#include "ops/conv/geometry.h"

#include <numeric>

#include "ops/grid.h"

namespace lemnos {

ConvGeometry conv_geometry(const Shape& x, const Shape& w, const Shape& y, const ConvAttrs& attrs) {
  return {.n = x[0],
          .h = x[1],
          .w = x[2],
          .c = x[3],
          .p = y[1],
          .q = y[2],
          .k = y[3],
          .r = w[1],
          .s = w[2],
          .attrs = attrs};
}

kernels::ConvParams ConvGeometry::params() const {
  const auto u = [](std::int64_t value) { return static_cast<std::uint32_t>(value); };
  const auto stride = u(attrs.stride), pad = u(attrs.pad), dilation = u(attrs.dilation);
  const std::uint32_t step = stride / std::gcd(stride, dilation);
  return {.images = u(n),
          .height = u(h),
          .width = u(w),
          .channels = u(c),
          .out_height = u(p),
          .out_width = u(q),
          .out_channels = u(k),
          .kernel_height = u(r),
          .kernel_width = u(s),
          .stride_height = stride,
          .stride_width = stride,
          .pad_height = pad,
          .pad_width = pad,
          .dilation_height = dilation,
          .dilation_width = dilation,
          .tap_step_height = step,
          .tap_step_width = step,
          .groups = u(attrs.groups),
          .first_row = 0,
          .split_pixels = 0};
}

ConvStrip::ConvStrip(const ConvGeometry& g, bool backward, std::int64_t count) : pixels(count) {
  const std::int64_t stride = g.attrs.stride, reach = (g.s - 1) * g.attrs.dilation;
  window = (pixels - 1) * stride + reach + 1;
  if (!backward) return;
  const std::int64_t behind = reach - g.attrs.pad;
  first = behind < 0 ? ceil_div(-behind, stride) : -(behind / stride);
  window = (pixels - 1 + g.attrs.pad) / stride - first + 1;
}

std::int64_t conv_out_size(std::int64_t size, std::int64_t kernel, const ConvAttrs& attrs) {
  const std::int64_t room = size + 2 * attrs.pad - attrs.dilation * (kernel - 1) - 1;
  return room < 0 ? 0 : room / attrs.stride + 1;
}

double conv_flops(const Shape& w, const Shape& y) {
  return 2.0 * static_cast<double>(y.elements() * (w.elements() / w[0]));
}

void check_conv(const Problem& p) {
  for (const TensorType& type : p.inputs)
    if (!is_real(type.dtype))
      p.fail("operands must be f32, f16 or bf16, not {}", name_of(type.dtype));
  if (p.in(0).rank() != 4 || p.in(1).rank() != 4)
    p.fail(
        "needs four axes, images [N, H, W, C] and weights [out, kernel, kernel, in]; they are {} "
        "and {}",
        p.in(0), p.in(1));
  const auto a = p.attrs.as<ConvAttrs>();
  if (a.stride < 1 || a.dilation < 1 || a.groups < 1 || a.pad < 0)
    p.fail("stride {}, dilation {} and groups {} must be at least 1, pad {} at least 0", a.stride,
           a.dilation, a.groups, a.pad);
}

}  // namespace lemnos
