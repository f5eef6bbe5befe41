// SPDX-License-Identifier: Apache-2.0
#include "ops/conv/depthwise.h"

#include "ops/grid.h"
#include "ops/image/walk.h"
#include "shaders/conv/depthwise_params.h"

namespace lemnos {
namespace {

constexpr std::int64_t most_taps = 11, most_window = 32;  // along a line, in registers

std::uint32_t narrow(std::int64_t n) { return static_cast<std::uint32_t>(n); }

// Of few pixels; backward whole strides.
ConvStrip strip_of(const ConvGeometry& g, bool backward) {
  const std::int64_t stride = g.attrs.stride;
  return {g, backward, stride < 4 ? 4 / stride * stride : stride};
}

std::vector<std::uint32_t> constants(const ConvGeometry& g, const ConvStrip& strip) {
  return {narrow(g.s),         narrow(g.attrs.stride), narrow(g.attrs.dilation),
          narrow(g.attrs.pad), narrow(strip.pixels),   narrow(strip.window)};
}

}  // namespace

bool is_depthwise(const ConvGeometry& g) {
  return g.attrs.groups == g.c && g.k == g.c && g.s <= most_taps &&
         strip_of(g, false).window <= most_window;
}

Lowering lower_depthwise(const Problem& p, const ConvGeometry& g, bool backward,
                         const gpu::Caps& caps) {
  const ConvStrip strip = strip_of(g, backward);
  const std::int64_t height = backward ? g.h : g.p, width = backward ? g.w : g.q;
  ImageGrid grid = image_grid(p, caps, IMAGE_KERNEL(conv_depthwise),
                              {g.n, height, ceil_div(width, strip.pixels), g.c},
                              static_cast<std::uint64_t>(g.r), p.in(1).elements());
  Dispatch& dispatch = grid.dispatch;
  for (const std::uint32_t constant : constants(g, strip))
    dispatch.specialization.push_back(constant);
  for (const std::uint32_t constant :
       {std::uint32_t{p.bias}, static_cast<std::uint32_t>(p.activation), std::uint32_t{backward},
        narrow(strip.first)})
    dispatch.specialization.push_back(constant);
  dispatch.bindings = {input(0), input(1), input(p.has_extra() ? 2 : 1), result()};
  dispatch.bindings[1].scalars = grid.texel;
  dispatch.bindings[2].scalars = grid.texel && p.activation != Activation::mask;
  dispatch.push = kernels::DepthwiseParams{.count = grid.count,
                                           .rows = grid.rows,
                                           .columns = grid.columns,
                                           .channels = grid.channels,
                                           .target_width = narrow(width),
                                           .source_height = narrow(backward ? g.p : g.h),
                                           .source_width = narrow(backward ? g.q : g.w),
                                           .kernel_height = narrow(g.r),
                                           .turns = grid.turns};
  return {.dispatches = {dispatch}, .scratch_bytes = {}};
}

DepthwiseWeights depthwise_weights(const Problem& p, const ConvGeometry& g, const gpu::Caps& caps) {
  const ConvStrip strip = strip_of(g, false);
  // The grid only tells variant and lanes: an invocation is not a pixel here.
  const ImageGrid grid =
      image_grid(p, caps, IMAGE_KERNEL(conv_weights_depthwise), {1, g.r, 1, g.c}, 0);
  DepthwiseWeights made{.kernel = grid.kernel,
                        .specialization = grid.dispatch.specialization,
                        .groups = ceil_div(grid.count, grid.dispatch.specialization[0]),
                        .line_turns = ceil_div(g.q, strip.pixels) + 1};
  for (const std::uint32_t constant : constants(g, strip)) made.specialization.push_back(constant);
  made.specialization.push_back(p.companion);  // GIVES_SUMS
  return made;
}

}  // namespace lemnos
