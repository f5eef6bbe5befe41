// SPDX-License-Identifier: Apache-2.0
// Convolution (x -> y), or BACKWARD through x (y -> x, also the transposed convolution), one result
// an invocation: for groups, and wherever no faster form fits. Neighbouring invocations own
// neighbouring channels of one pixel. D = activation(sum + bias).
#version 450
#extension GL_GOOGLE_include_directive : require
#include "conv/params.h"
#include "conv/taps.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint LANES = 64;
layout(constant_id = 1) const bool HAS_BIAS = false;
layout(constant_id = 2) const uint ACTIVATION = 0;  // common/activation.glsl
layout(constant_id = 3) const bool BACKWARD = false;

#include "common/operand.glsl"

OPERAND(0, source)
OPERAND(1, weight)
OPERAND(2, extra)  // a bias or a mask
layout(binding = 3) writeonly buffer D { float d[]; };

#include "common/activation.glsl"

void main() {
  uint group = gl_WorkGroupID.x + gl_WorkGroupID.y * gl_NumWorkGroups.x;
  uint i = group * LANES + gl_LocalInvocationID.x;
  uvec3 target_size = uvec3(params.out_channels, params.out_width, params.out_height);
  uvec3 source_size = uvec3(params.channels, params.width, params.height);
  if (BACKWARD) {
    uvec3 swapped = target_size;
    target_size = source_size;
    source_size = swapped;
  }
  if (i >= params.images * target_size.x * target_size.y * target_size.z) return;
  uvec2 pad = uvec2(params.pad_width, params.pad_height);
  uvec2 stride = uvec2(params.stride_width, params.stride_height);
  uvec2 dilation = uvec2(params.dilation_width, params.dilation_height);
  uvec2 kernel = uvec2(params.kernel_width, params.kernel_height);
  uint group_inputs = divide(params.channels, params.groups);
  uint group_outputs = divide(params.out_channels, params.groups);

  uint pixel = divide(i, target_size.x);
  uint channel = i - pixel * target_size.x;
  uint line = divide(pixel, target_size.y);
  uint image = divide(line, target_size.z);
  uvec2 at = uvec2(pixel - line * target_size.y, line - image * target_size.z);

  Taps across, down;
  uvec2 origin;  // what the first taps read; wraps if negative
  if (BACKWARD) {
    uvec2 cell = uvec2(divide(at.x, stride.x), divide(at.y, stride.y));
    uvec2 phase = at - cell * stride;
    across = backward_taps(phase.x, kernel.x, stride.x, pad.x, dilation.x, params.tap_step_width);
    down = backward_taps(phase.y, kernel.y, stride.y, pad.y, dilation.y, params.tap_step_height);
    ivec2 reach = ivec2(phase + pad - uvec2(across.first, down.first) * dilation);
    origin = cell + uvec2(reach / ivec2(stride));
  } else {
    across = forward_taps(kernel.x, dilation.x);
    down = forward_taps(kernel.y, dilation.y);
    origin = at * stride - pad;
  }

  // A weight is [output][tap][input of its group]: forward the inputs run, backward the outputs.
  uint group_targets = BACKWARD ? group_inputs : group_outputs;
  uint group_sources = BACKWARD ? group_outputs : group_inputs;
  uint channel_group = divide(channel, group_targets);
  uint first_source = channel_group * group_sources;
  uint weight_row = kernel.x * kernel.y * group_inputs;
  uint weight_step = BACKWARD ? weight_row : 1;
  uint weight_base = BACKWARD
                         ? first_source * weight_row + channel - channel_group * group_targets
                         : channel * weight_row;
  float sum = 0;
  for (uint r = 0; r < down.count; ++r) {
    uint y = origin.y + uint(int(r) * down.advance);
    for (uint s = 0; s < across.count; ++s) {
      uint x = origin.x + uint(int(s) * across.advance);
      if (y >= source_size.z || x >= source_size.y) continue;
      uint tap = (down.first + r * down.step) * kernel.x + across.first + s * across.step;
      uint from = ((image * source_size.z + y) * source_size.y + x) * source_size.x + first_source;
      uint with = weight_base + tap * group_inputs;
      for (uint c = 0; c < group_sources; ++c)
        sum += source_scalar(from + c) * weight_scalar(with + c * weight_step);
    }
  }
  if (HAS_BIAS) sum += extra_scalar(channel);
  d[i] = activate(sum, i);
}
