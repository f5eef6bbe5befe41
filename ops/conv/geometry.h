// SPDX-License-Identifier: Apache-2.0
// The one geometry behind the three convolution ops. With y = conv2d(x, w), all of them relate
// x [N, H, W, C], w [K, R, S, C / groups] and y [N, P, Q, K]; each computes one from the others.
#pragma once

#include "runtime/graph/op_def.h"
#include "shaders/conv/params.h"

namespace lemnos {

struct ConvAttrs {
  std::int32_t stride = 1, pad = 0, dilation = 1, groups = 1;
  std::int32_t height = 0, width = 0;  // of what the op computes: x's (transposed), w's (weights)
};

struct ConvGeometry {
  std::int64_t n, h, w, c, p, q, k, r, s;
  ConvAttrs attrs;

  std::int64_t pixels() const { return n * p * q; }
  std::int64_t taps() const { return r * s; }
  kernels::ConvParams params() const;  // first_row and split_pixels 0
  // Calls visit(x, w, y) with the flat indices of every product x * w that y sums.
  template <class Visit>
  void for_each_product(Visit visit) const;
};

ConvGeometry conv_geometry(const Shape& x, const Shape& w, const Shape& y, const ConvAttrs& attrs);

// Neighbouring pixels of a line that an invocation makes, of y or, backward, of x, and what it
// reads for them of a line of the other.
struct ConvStrip {
  std::int64_t pixels, window;
  std::int64_t first = 0;  // backward: pixel of y at which the window of x's strip 0 begins

  ConvStrip(const ConvGeometry& g, bool backward, std::int64_t count);
};

// P for H: how many steps the kernel makes; 0 or less where it does not fit.
std::int64_t conv_out_size(std::int64_t size, std::int64_t kernel, const ConvAttrs& attrs);

// Two for each product x * w that any of the three ops sums, those with padding counted too.
double conv_flops(const Shape& w, const Shape& y);

void check_conv(const Problem& p);  // both operands real, of four axes, options in range

// Recorded by the gradient rules: each op's gradients are the other two.
Tensor conv2d_from(const Tensor& x, const Tensor& w, ConvAttrs attrs);
Tensor conv_transpose2d_to(const Tensor& y, const Tensor& w, const Shape& x, ConvAttrs attrs);
Tensor conv2d_weights(const Tensor& y, const Tensor& x, const Shape& w, ConvAttrs attrs);

// Whether each group of channels is a matrix product that tiles are worth it for.
bool tiles_groups(const ConvGeometry& g, const gpu::Caps& caps);

// The dispatches of conv2d, or, backward, of its transpose.
Lowering lower_conv(const Problem& p, const ConvGeometry& g, bool backward, const gpu::Caps& caps);
std::uint32_t conv_choices(const Problem& p, const ConvGeometry& g, bool backward,
                           const gpu::Caps& caps);
const char* conv_fits(const Problem& p, const gpu::Caps& caps);
bool conv_narrows(const Problem& p);

template <class Visit>
void ConvGeometry::for_each_product(Visit visit) const {
  const std::int64_t in_group = c / attrs.groups, out_group = k / attrs.groups;
  for (std::int64_t image = 0; image < n; ++image)
    for (std::int64_t py = 0; py < p; ++py)
      for (std::int64_t px = 0; px < q; ++px)
        for (std::int64_t ty = 0; ty < r; ++ty)
          for (std::int64_t tx = 0; tx < s; ++tx) {
            const std::int64_t row = py * attrs.stride - attrs.pad + ty * attrs.dilation;
            const std::int64_t column = px * attrs.stride - attrs.pad + tx * attrs.dilation;
            if (row < 0 || row >= h || column < 0 || column >= w) continue;
            for (std::int64_t out = 0; out < k; ++out)
              for (std::int64_t in = 0; in < in_group; ++in) {
                const std::int64_t channel = out / out_group * in_group + in;
                visit(static_cast<std::size_t>(((image * h + row) * w + column) * c + channel),
                      static_cast<std::size_t>(((out * r + ty) * s + tx) * in_group + in),
                      static_cast<std::size_t>(((image * p + py) * q + px) * k + out));
              }
          }
}

}  // namespace lemnos
