// SPDX-License-Identifier: Apache-2.0
// Sum, largest or smallest of every line, or of every strip of a line (a second dispatch then
// reduces the strips). The order of additions is fixed, and chains are short, as the error bound
// wants: four running sums a block of 128, blocks one after another.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/reduce.glsl"

const uint SUM = 0, MAX = 1, MIN = 2;  // MODE; the smallest is minus the largest of -x
const uint BLOCK = 128;

LINE_INPUT(0, x)
layout(binding = 1) writeonly buffer Y { LINE_VALUE y[]; };

VALUE combine(VALUE a, VALUE b) { return MODE == SUM ? a + b : larger(a, b); }
VALUE signed_x(uint at) { return MODE == MIN ? -x(at) : x(at); }

VALUE reduce_block(uint from, uint to) {
  VALUE none = VALUE(MODE == SUM ? 0.0 : -INFINITY);
  VALUE a = none, b = none, c = none, d = none;
  uint i = from, stride = step_ * inner, at = base + from * inner;
  for (; i + 3 * step_ < to; i += 4 * step_, at += 4 * stride) {
    a = combine(a, signed_x(at));
    b = combine(b, signed_x(at + stride));
    c = combine(c, signed_x(at + 2 * stride));
    d = combine(d, signed_x(at + 3 * stride));
  }
  for (; i < to; i += step_, at += stride) a = combine(a, signed_x(at));
  return combine(combine(a, b), combine(c, d));
}

void main() {
  uint turns = params.lines_per_group;
  for (uint turn = 0; turn < turns; ++turn) {
    bool inside = next_line(turn);
    if (!inside) end = 0;  // all of a group meet in line_sum
    VALUE total = VALUE(MODE == SUM ? 0.0 : -INFINITY);
    for (uint from = first; from < end; from += BLOCK * step_)
      total = combine(total, reduce_block(from, min(end, from + BLOCK * step_)));
    LINE_VALUE result = MODE == SUM ? line_sum(total) * params.scale : line_max(total);
    if (MODE == MIN) result = -result;
    if (inside && IS_WRITER) y[params.y_base + line] = result;
  }
}
