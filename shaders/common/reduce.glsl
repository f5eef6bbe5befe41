// SPDX-License-Identifier: Apache-2.0
// The line archetype: kernels that walk the lines of an [outer, length, inner] tensor along its
// middle axis. One source serves every layout:
//   LANE     each invocation walks whole lines alone (inner > 1, or short lines), without
//            communication. With VECTORS it walks four neighbouring lines, a vec4's components.
//   (group)  the invocations of a workgroup walk one line together (inner == 1), a vec4 at a time
//            with VECTORS, and meet in line_sum and line_max: by subgroup operations with SUBGROUP
//            (a workgroup is then one subgroup), else by a tree in shared memory.
// TEXEL reads through texel buffers, which some CPU drivers gather and storage buffers not.
// A VALUE is what is read at once; a LINE_VALUE is one result for each line walked at once. Sizes
// and positions count VALUEs, so a vector variant sees a smaller tensor.
#extension GL_EXT_control_flow_attributes : require
#include "common/divide.glsl"
#include "common/operand.glsl"
#include "common/ordered.glsl"
#include "reduce/line_params.h"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint LANES = 64;  // a power of two
layout(constant_id = 1) const uint MODE = 0;    // what the kernel computes: see each kernel
layout(constant_id = 2) const uint KEPT = 0;    // values a lane keeps of a line: see EACH_KEPT
layout(constant_id = 3) const bool KEPT_WHOLE = false;  // all lanes have so many of every line

#ifdef VECTORS
#define VALUE vec4
#else
#define VALUE float
#endif
#ifdef LANE
#define LINE_VALUE VALUE
#else
#define LINE_VALUE float
#endif

#ifdef VECTORS
#define LINE_INPUT(slot, name) \
  OPERAND(slot, name)          \
  vec4 name(uint i) { return name##_vector(i); }
#else
#define LINE_INPUT(slot, name) \
  OPERAND(slot, name)          \
  float name(uint i) { return name##_scalar(i); }
#endif

// An operand that has one value for each position along a line, the same for all lines: `name(i)`.
// Four lines walked at once share it.
#ifdef LANE
#define LINE_ALONG(slot, name)                                        \
  layout(binding = slot) readonly buffer name##_B { float name##_b[]; }; \
  float name(uint i) { return name##_b[i]; }
#else
#define LINE_ALONG(slot, name) LINE_INPUT(slot, name)
#endif

#define INFINITY uintBitsToFloat(0x7f800000u)

// The larger; NaN if either is.
float larger(float a, float b) { return b > a || is_nan(b) ? b : a; }
vec4 larger(vec4 a, vec4 b) {
  return vec4(larger(a.x, b.x), larger(a.y, b.y), larger(a.z, b.z), larger(a.w, b.w));
}
float sum_of(float x) { return x; }
float sum_of(vec4 x) { return (x.x + x.y) + (x.z + x.w); }
float largest_of(float x) { return x; }
float largest_of(vec4 x) { return larger(larger(x.x, x.y), larger(x.z, x.w)); }

// The part of the present line that this invocation walks: x(base + i * inner) for i from `first`
// below `end` in steps of `step`.
uint line, base, first, end, step_;

// Copies of the push constants: inside a loop old CPU drivers fetch those lane by lane.
uint inner = params.inner, strips = params.strips, lines = params.lines;
uint line_length = params.line_length, strip_length = params.strip_length;
uint lines_per_group = params.lines_per_group, x_base = params.x_base;

#ifdef LANE
VALUE line_sum(VALUE x) { return x; }
VALUE line_max(VALUE x) { return x; }
#define IS_WRITER true
uint line_at(uint turn) {
  return (gl_WorkGroupID.x * lines_per_group + turn) * LANES + gl_LocalInvocationID.x;
}
#else
#define IS_WRITER (gl_LocalInvocationID.x == 0)
uint line_at(uint turn) { return gl_WorkGroupID.x * lines_per_group + turn; }

#ifdef SUBGROUP
#extension GL_KHR_shader_subgroup_arithmetic : require
float line_sum(VALUE x) { return subgroupAdd(sum_of(x)); }
float line_max(VALUE x) { return unordered(subgroupMax(ordered(largest_of(x)))); }
#else
shared float exchange[LANES];

#define TREE(combined)                                                   \
  uint lane = gl_LocalInvocationID.x;                                    \
  barrier(); /* everyone has read the previous result */                 \
  exchange[lane] = mine;                                                 \
  barrier();                                                             \
  for (uint width = LANES / 2; width > 0; width /= 2) {                  \
    float a = exchange[lane], b = exchange[(lane + width) & (LANES - 1)]; \
    barrier();                                                           \
    if (lane < width) exchange[lane] = combined;                         \
    barrier();                                                           \
  }                                                                      \
  return exchange[0];

float line_sum(VALUE x) {
  float mine = sum_of(x);
  TREE(a + b)
}
float line_max(VALUE x) {
  float mine = largest_of(x);
  TREE(larger(a, b))
}
#endif
#endif

// Moves to the turn-th line of this workgroup or invocation; false beyond the last: then there is
// nothing more to do, as all of a group have the same line. A line is cut into params.strips strips
// that are walked as lines of their own.
bool next_line(uint turn) {
  line = line_at(turn);
  uint rest = divide(line, inner), column = line - rest * inner;
  uint outer = divide(rest, strips), strip = rest - outer * strips;
  base = x_base + outer * line_length * inner + column;
  first = strip * strip_length;
  end = min(first + strip_length, line_length);
#ifdef LANE
  step_ = 1;
#else
  first += gl_LocalInvocationID.x;
  step_ = LANES;
#endif
  return line < lines;
}

// For each VALUE of the line that is this invocation's, at position `at` of the tensor.
#define EACH(at) \
  for (uint i = first, at = base + first * inner; i < end; i += step_, at += step_ * inner)

// The same for a line that is walked several times. One that is short enough stays in registers
// after the first walk: value k of this invocation in `VALUE kept[ROOM]` at kept[SLOT(k)], if KEPT
// is not 0; else the line is read again.
const uint ROOM = KEPT > 0 ? KEPT : 1;
#define SLOT(k) (KEPT > 0 ? k : 0)
#define EACH_KEPT(k, at)                                                                         \
  [[unroll]] for (uint k = 0, i = first, at = base + first * inner; KEPT > 0 ? k < KEPT : i < end; \
                  ++k, i += step_, at += step_ * inner) if (KEPT_WHOLE || i < end)
