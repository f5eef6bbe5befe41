// SPDX-License-Identifier: Apache-2.0
// Sum (of squares), largest or smallest of every line, or of every strip of a line (a second
// dispatch then reduces the strips). The order of additions is fixed, and chains are short, as the
// error bound wants: four running sums a block of 128, blocks one after another.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common/reduce.glsl"

const uint SUM = 0, MAX = 1, MIN = 2, SUM_SQUARES = 3;  // MODE; min x is -max -x
const bool ADDS = MODE == SUM || MODE == SUM_SQUARES;
const uint BLOCK = 128;

LINE_INPUT(0, x)
layout(binding = 1) writeonly buffer Y { LINE_VALUE y[]; };

VALUE combine(VALUE a, VALUE b) { return ADDS ? a + b : larger(a, b); }
VALUE term(uint at) {
  VALUE value = x(at);
  return MODE == SUM_SQUARES ? value * value : MODE == MIN ? -value : value;
}

VALUE reduce_block(uint from, uint to) {
  VALUE none = VALUE(ADDS ? 0.0 : -INFINITY);
  VALUE a = none, b = none, c = none, d = none;
  uint i = from, stride = step_ * inner, at = base + from * inner;
  for (; i + 3 * step_ < to; i += 4 * step_, at += 4 * stride) {
    a = combine(a, term(at));
    b = combine(b, term(at + stride));
    c = combine(c, term(at + 2 * stride));
    d = combine(d, term(at + 3 * stride));
  }
  for (; i < to; i += step_, at += stride) a = combine(a, term(at));
  return combine(combine(a, b), combine(c, d));
}

void main() {
  uint turns = params.lines_per_group, y_base = params.y_base;
  float scale = params.scale;
  for (uint turn = 0; turn < turns; ++turn) {
    bool inside = next_line(turn);
    if (!inside) end = 0;  // all of a group meet in line_sum
    VALUE total = VALUE(ADDS ? 0.0 : -INFINITY);
    for (uint from = first; from < end; from += BLOCK * step_)
      total = combine(total, reduce_block(from, min(end, from + BLOCK * step_)));
    LINE_VALUE result = ADDS ? line_sum(total) * scale : line_max(total);
    if (MODE == MIN) result = -result;
    if (inside && IS_WRITER) y[y_base + line] = result;
  }
}
