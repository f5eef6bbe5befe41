// SPDX-License-Identifier: Apache-2.0
// Rows of stored scores, [pairs, rows, keys], each walked by one subgroup, four keys a lane.
#extension GL_EXT_control_flow_attributes : require
#extension GL_KHR_shader_subgroup_arithmetic : require
#include "common/operand.glsl"
#include "common/math.glsl"
#include "attention/mask.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint LANES = 8;  // = the subgroup size
layout(constant_id = 9) const uint HELD = 0;  // vectors of a row that a lane holds, if they are few
const uint STEP = 4 * LANES;
const uint ROOM = HELD > 0 ? HELD : 1;
#define SLOT(i) (HELD > 0 ? i : 0)
const float LOWEST = -3.4028235e38;

uint lane = gl_LocalInvocationID.x, first = 4 * lane;
uint all_rows = params.pairs * rows;
uint turns = params.turns;
uint row, pair_begin;  // the present row, in its pair, and the pair's first
uint begin;            // where the row's scores do
uint seen_keys;

// Moves to the turn-th row of this workgroup; false beyond the last.
bool next_row(uint turn) {
  uint whole = gl_WorkGroupID.x * turns + turn;
  if (whole >= all_rows) return false;
  uint pair = divide(whole, rows);
  pair_begin = pair * rows;
  row = whole - pair_begin;
  begin = whole * keys;
  set_pair(pair);
  seen_keys = seen(row);
  return true;
}

bvec4 seen_at(uint key) {
  if (VECTORS && !CAUSAL && !LENGTHS) return bvec4(true);
  return lessThan(uvec4(key) + uvec4(0, 1, 2, 3), uvec4(seen_keys));
}

// Four scores of the present row; what lies beyond its end repeats the last.
#define SCORES_IN(slot, name)                                                             \
  OPERAND(slot, name)                                                                     \
  vec4 name(uint key) {                                                                   \
    if (VECTORS) return name##_vector((begin + key) / 4);                                 \
    vec4 v;                                                                               \
    [[unroll]] for (uint e = 0; e < 4; ++e) v[e] = name##_scalar(begin + min(key + e, keys - 1)); \
    return v;                                                                             \
  }

#define STORE_FOUR(name, name_vectors)                                              \
  void store_##name(uint key, vec4 v) {                                             \
    if (VECTORS) {                                                                  \
      name_vectors[(begin + key) / 4] = v;                                          \
    } else {                                                                        \
      [[unroll]] for (uint e = 0; e < 4; ++e) if (key + e < keys) name[begin + key + e] = v[e]; \
    }                                                                               \
  }

float row_max(vec4 x) { return subgroupMax(max(max(x.x, x.y), max(x.z, x.w))); }
