// SPDX-License-Identifier: Apache-2.0
// Position of the first largest (or smallest) element of every line. Not a line kernel: its partial
// results are pairs, for which subgroups have no operation. LANES invocations share a line, and a
// workgroup of GROUP has GROUP / LANES lines; neighbouring invocations read neighbouring elements.
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "common/operand.glsl"
#include "common/ordered.glsl"
#include "reduce/arg_params.h"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint GROUP = 64;  // powers of two, both
layout(constant_id = 1) const uint LANES = 1;
layout(constant_id = 2) const bool SMALLEST = false;
layout(constant_id = 3) const bool VECTORS = false;  // lines of whole vec4s along the last axis
const uint LINES = GROUP / LANES;
const uint WIDTH = VECTORS ? 4 : 1;

OPERAND(0, x)
layout(binding = 1) writeonly buffer Y { uint y[]; };

shared float values[GROUP];
shared uint places[GROUP];

void main() {
  uint self = gl_LocalInvocationID.x, lane = self % LANES;
  uint lines = params.lines, length = params.line_length, inner = params.inner;
  for (uint turn = 0; turn < params.lines_per_group; ++turn) {
    uint line = (gl_WorkGroupID.x * params.lines_per_group + turn) * LINES + self / LANES;
    uint base = params.x_base + line / inner * length * inner + line % inner;
    float best = 0;
    uint place = length;  // none yet
    for (uint i = WIDTH * lane; i < length && line < lines; i += WIDTH * LANES) {
      vec4 v = VECTORS ? x_vector((base + i) / 4) : vec4(x_scalar(base + i * inner));
      if (SMALLEST) v = -v;
      [[unroll]] for (uint e = 0; e < WIDTH; ++e) {
        bool better = place == length ? !is_nan(v[e]) : v[e] > best;
        best = better ? v[e] : best;
        place = better ? i + e : place;
      }
    }
    for (uint width = LANES / 2; width > 0; width /= 2) {
      barrier();
      values[self] = best;
      places[self] = place;
      barrier();
      uint other = (self + width) % GROUP;
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
