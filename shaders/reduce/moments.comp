// SPDX-License-Identifier: Apache-2.0
// Mean and variance of every line or strip of one, the variance from centred values; with MERGE
// those of whole lines from those of their strips (Chan, Golub and LeVeque 1979): a line of this
// tensor is then the strips of one, each a share `scale` of it, the last what is left. The line is
// walked twice. Chains of additions are short, as those of `reduce`.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/reduce.glsl"

const uint BLOCK = 128;

LINE_INPUT(0, x)
#ifdef MERGE
LINE_INPUT(1, variances)
layout(binding = 2) writeonly buffer Mean { LINE_VALUE mean[]; };
layout(binding = 3) writeonly buffer Variance { LINE_VALUE variance[]; };
#else
layout(binding = 1) writeonly buffer Mean { LINE_VALUE mean[]; };
layout(binding = 2) writeonly buffer Variance { LINE_VALUE variance[]; };
#endif

#if defined(VECTORS) && !defined(LANE)
const uint WIDTH = 4;  // values of a line in a VALUE
#else
const uint WIDTH = 1;
#endif

VALUE of_strips(VALUE value, uint i, float share) {
  float last = 1.0 - share * float(line_length * WIDTH - 1);
  VALUE shares = VALUE(share);
#if defined(VECTORS) && !defined(LANE)
  if (i + 1 == line_length) shares.w = last;
#else
  if (i + 1 == line_length) shares = VALUE(last);
#endif
  return value * shares;
}

// What this invocation adds to a moment around `centre`: of x - centre, or of its square.
VALUE added(uint i, uint at, LINE_VALUE centre, bool square, float share) {
  VALUE distance = x(at) - centre;
#ifdef MERGE
  return of_strips(square ? distance * distance + variances(at) : distance, i, share);
#else
  return square ? distance * distance : distance;
#endif
}

LINE_VALUE moment(LINE_VALUE centre, bool square, float share) {
  VALUE total = VALUE(0);
  for (uint from = first; from < end; from += BLOCK * step_) {
    VALUE sum = VALUE(0);
    uint to = min(end, from + BLOCK * step_);
    for (uint i = from, at = base + from * inner; i < to; i += step_, at += step_ * inner)
      sum += added(i, at, centre, square, share);
    total += sum;
  }
  return line_sum(total);
}

void main() {
  uint turns = params.lines_per_group, y_base = params.y_base;
  for (uint turn = 0; turn < turns; ++turn) {
    bool inside = next_line(turn);
#ifdef MERGE
    float share = params.scale, scale = 1.0;
#else
#ifdef LANE
    uint begin = first;
#else
    uint begin = first - gl_LocalInvocationID.x;
#endif
    float share = 0.0, scale = 1.0 / float((end - begin) * WIDTH);
#endif
    if (!inside) end = 0;  // all of a group meet in line_sum
    LINE_VALUE centre = moment(LINE_VALUE(0), false, share) * scale;
    LINE_VALUE spread = moment(centre, true, share) * scale;
    if (inside && IS_WRITER) {
      mean[y_base + line] = centre;
      variance[y_base + line] = spread;
    }
  }
}
