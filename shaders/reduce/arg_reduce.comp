// SPDX-License-Identifier: Apache-2.0
// Position of the first largest (or smallest) element of every line. Not a line kernel: its partial
// results are pairs, for which subgroups have no operation. LANES invocations share a line, and a
// workgroup of 64 has 64 / LANES lines; neighbouring invocations read neighbouring elements.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "reduce/arg_params.h"

layout(local_size_x = 64) in;
layout(constant_id = 0) const uint LANES = 1;  // a power of two, at most 64
layout(constant_id = 1) const bool SMALLEST = false;
const uint LINES = 64 / LANES;

layout(binding = 0) readonly buffer X { float x[]; };
layout(binding = 1) writeonly buffer Y { uint y[]; };

shared float values[64];
shared uint places[64];

void main() {
  uint self = gl_LocalInvocationID.x, lane = self % LANES;
  uint lines = params.lines, length = params.line_length, inner = params.inner;
  for (uint turn = 0; turn < params.lines_per_group; ++turn) {
    uint line = (gl_WorkGroupID.x * params.lines_per_group + turn) * LINES + self / LANES;
    uint base = params.x_base + line / inner * length * inner + line % inner;
    float best = 0;
    uint place = length;  // none yet
    for (uint i = lane; i < length && line < lines; i += LANES) {
      float value = x[base + i * inner];
      if (SMALLEST) value = -value;
      bool nan = (floatBitsToUint(value) & 0x7fffffffu) > 0x7f800000u;
      if (!nan && (place == length || value > best)) {
        best = value;
        place = i;
      }
    }
    for (uint width = LANES / 2; width > 0; width /= 2) {
      barrier();
      values[self] = best;
      places[self] = place;
      barrier();
      uint other = (self + width) % 64;
      if (lane < width && places[other] < length &&
          (place == length || values[other] > best ||
           (values[other] == best && places[other] < place))) {
        best = values[other];
        place = places[other];
      }
    }
    if (lane == 0 && line < lines) y[params.y_base + line] = place == length ? 0 : place;
  }
}
