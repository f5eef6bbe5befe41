// SPDX-License-Identifier: Apache-2.0
// Backward of a convolution through its weights, one weight an invocation: for groups, and wherever
// no faster form fits. Grid z is the split of the pixels of y whose sums go to dw[split].
#version 450
#extension GL_GOOGLE_include_directive : require
#include "conv/params.h"
#include "conv/taps.glsl"
#include "common/operand.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint LANES = 64;
layout(constant_id = 1) const bool GIVES_SUMS = false;

OPERAND(0, dy)
OPERAND(1, x)
layout(binding = 2) writeonly buffer D { float d[]; };
layout(binding = 3) writeonly buffer DepthSums { float depth_sums[]; };

float row_operand(uint row, uint pixel) { return dy_scalar(pixel * params.out_channels + row); }
#include "common/depth_sums.glsl"

void main() {
  uint channels = params.channels, out_channels = params.out_channels;
  uint group_inputs = divide(channels, params.groups);
  uint kernel_width = params.kernel_width;
  uint taps = kernel_width * params.kernel_height;
  uint count = out_channels * taps * group_inputs;
  uint i = gl_WorkGroupID.x * LANES + gl_LocalInvocationID.x;
  uint begin = gl_WorkGroupID.z * params.split_pixels;
  uint end = min(begin + params.split_pixels,
                 params.images * params.out_width * params.out_height);
  if (gives_depth_sums()) {
    uint target = gl_WorkGroupID.z * params.split_stride + params.sums_offset;
    give_depth_sums(gl_WorkGroupID.x * LANES, LANES, out_channels, begin, end, target);
  }
  if (i >= count) return;

  uint column = divide(i, group_inputs);
  uint k = divide(column, taps);
  uint tap = column - k * taps;
  uint tap_y = divide(tap, kernel_width);
  uint channel_group = divide(k, divide(out_channels, params.groups));
  uint c = channel_group * group_inputs + i - column * group_inputs;
  uvec2 size = uvec2(params.width, params.height);
  uvec2 out_size = uvec2(params.out_width, params.out_height);
  uvec2 stride = uvec2(params.stride_width, params.stride_height);
  uvec2 offset = uvec2((tap - tap_y * kernel_width) * params.dilation_width - params.pad_width,
                       tap_y * params.dilation_height - params.pad_height);

  uint pixel = begin;
  uint line = divide(pixel, out_size.x);
  uint image = divide(line, out_size.y);
  uvec2 at = uvec2(pixel - line * out_size.x, line - image * out_size.y);
  float sum = 0;
  for (; pixel < end; ++pixel) {
    uvec2 from = at * stride + offset;
    uint element = ((image * size.y + from.y) * size.x + from.x) * channels + c;
    if (from.x < size.x && from.y < size.y)
      sum += dy_scalar(pixel * out_channels + k) * x_scalar(element);
    bool next_line = at.x + 1 == out_size.x;
    bool next_image = next_line && at.y + 1 == out_size.y;
    at = uvec2(next_line ? 0 : at.x + 1, next_image ? 0 : next_line ? at.y + 1 : at.y);
    image = next_image ? image + 1 : image;
  }
  d[gl_WorkGroupID.z * params.split_stride + i] = sum;
}
