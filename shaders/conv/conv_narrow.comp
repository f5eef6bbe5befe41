// SPDX-License-Identifier: Apache-2.0
// Convolution (x -> y) or BACKWARD through x (y -> x) to few channels, groups 1, dilation 1 along
// the width: a lane owns STRIP neighbouring pixels of one line and OUTPUTS channels, and reads each
// pixel of the source once for all taps of a line. In conv_registers.comp most columns of a tile
// would be empty here. D = activation(sum + bias).
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "common/operand.glsl"
#include "conv/params.h"
#include "conv/taps.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint LANES = 8;    // any number: no subgroup operations
layout(constant_id = 1) const uint STRIP = 4;
layout(constant_id = 2) const uint OUTPUTS = 1;
layout(constant_id = 3) const uint TAPS = 3;     // kernel_width
layout(constant_id = 4) const bool HAS_BIAS = false;
layout(constant_id = 5) const uint ACTIVATION = 0;  // common/activation.glsl
layout(constant_id = 6) const bool BACKWARD = false;
layout(constant_id = 7) const uint STRIDE = 1;  // along the width; BACKWARD it divides STRIP
layout(constant_id = 8) const uint PAD = 0;
layout(constant_id = 9) const int FIRST = 0;     // BACKWARD: where the window of strip 0 begins
layout(constant_id = 10) const uint WINDOW = 6;  // pixels of the source a strip reads from one line

OPERAND(0, source)  // as vectors: its channels divide by 4
OPERAND(1, weight)  // as scalars
OPERAND(2, extra)   // a bias or a mask, as scalars
layout(binding = 3) writeonly buffer D { float d[]; };

#include "common/activation.glsl"

// Whether pixel j of a strip reads tap s at all, and at which pixel of the window.
const uint BEHIND = TAPS * STRIDE;  // keeps what is divided positive
bool reads(uint j, uint s) { return !BACKWARD || (j + PAD + BEHIND - s) % STRIDE == 0; }
uint place(uint j, uint s) {
  if (!BACKWARD) return j * STRIDE + s;
  return (j + PAD + BEHIND - s) / STRIDE - TAPS - uint(FIRST);
}

void main() {
  uvec2 size = uvec2(params.width, params.height);
  uvec2 out_size = uvec2(params.out_width, params.out_height);
  uvec2 target_size = BACKWARD ? size : out_size;
  uvec2 source_size = BACKWARD ? out_size : size;
  uint channels = params.channels;
  uint outputs = BACKWARD ? channels : params.out_channels;
  uint source_channels = BACKWARD ? params.out_channels : channels;
  uint weight_row = params.kernel_height * TAPS * channels;
  uint first_output = gl_WorkGroupID.y * OUTPUTS;

  uint strips = divide(target_size.x + STRIP - 1, STRIP);
  uint i = params.first_row + gl_WorkGroupID.x * LANES + gl_LocalInvocationID.x;
  uint line = divide(i, strips);
  uint image = divide(line, target_size.y);
  if (image >= params.images) return;
  uint x = (i - line * strips) * STRIP;
  uint y = line - image * target_size.y;

  uint stride = params.stride_height, kernel_height = params.kernel_height;
  uint pad = params.pad_height, dilation = params.dilation_height;
  Taps down = forward_taps(kernel_height, dilation);
  uint from_y = y * stride - pad;
  uint from_x = BACKWARD ? x / STRIDE + uint(FIRST) : x * STRIDE - PAD;
  if (BACKWARD) {
    uint cell = divide(y, stride);
    uint phase = y - cell * stride;
    down = backward_taps(phase, kernel_height, stride, pad, dilation, params.tap_step_height);
    from_y = cell + uint(int(phase + pad - down.first * dilation) / int(stride));
  }

  float sums[STRIP * OUTPUTS];
  [[unroll]] for (uint j = 0; j < STRIP * OUTPUTS; ++j) sums[j] = 0;
  for (uint r = 0; r < down.count; ++r) {
    uint row = from_y + uint(int(r) * down.advance);
    bool in_image = row < source_size.y;
    uint tap = (down.first + r * down.step) * TAPS;
    uint at[WINDOW];
    bool inside[WINDOW];
    [[unroll]] for (uint j = 0; j < WINDOW; ++j) {
      inside[j] = in_image && from_x + j < source_size.x;
      uint pixel = (image * source_size.y + row) * source_size.x + from_x + j;
      at[j] = inside[j] ? pixel * source_channels / 4 : 0;
    }
    for (uint c = 0; c < source_channels; c += 4) {
      vec4 window[WINDOW];
      [[unroll]] for (uint j = 0; j < WINDOW; ++j) {
        vec4 v = source_vector(at[j] + c / 4);
        window[j] = inside[j] ? v : vec4(0);
      }
      [[unroll]] for (uint o = 0; o < OUTPUTS; ++o) {
        uint output_channel = min(first_output + o, outputs - 1);
        [[unroll]] for (uint s = 0; s < TAPS; ++s) {
          uint this_tap = tap + s;
          uint with = BACKWARD ? c * weight_row + this_tap * channels + output_channel
                               : output_channel * weight_row + this_tap * channels + c;
          uint step = BACKWARD ? weight_row : 1;
          [[unroll]] for (uint q = 0; q < 4; ++q) {
            float w = weight_scalar(with + q * step);
            [[unroll]] for (uint j = 0; j < STRIP; ++j)
              if (reads(j, s))
                sums[j * OUTPUTS + o] = sums[j * OUTPUTS + o] + window[place(j, s)][q] * w;
          }
        }
      }
    }
  }
  uint to = ((image * target_size.y + y) * target_size.x + x) * outputs + first_output;
  [[unroll]] for (uint o = 0; o < OUTPUTS; ++o) {
    if (first_output + o < outputs) {
      float add = HAS_BIAS ? extra_scalar(first_output + o) : 0;
      [[unroll]] for (uint j = 0; j < STRIP; ++j) {
        float sum = sums[j * OUTPUTS + o] + add;
        uint at = to + j * outputs + o;
        if (x + j < target_size.x) d[at] = activate(sum, at);
      }
    }
  }
}
