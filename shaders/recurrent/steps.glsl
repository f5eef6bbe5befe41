// SPDX-License-Identifier: Apache-2.0
// All steps of a recurrent layer in one dispatch, for a cell whose arithmetic the including kernel
// gives: a row's recurrence concerns no other row, so a workgroup owns TILE_ROWS rows and walks
// through time alone. Each turn multiplies the rows' state with the packed weights by the tiles of
// common/tile.glsl, a panel of LANES * 4 units after another; a lane has all gates of its four
// units in registers when the cell's arithmetic follows. The new state goes to the other of two
// planes in memory, where the next turn (or the next dispatch, when one cannot loop so long) finds
// it. With one turn a dispatch, the panels may be workgroups of their own.
//   FORWARD   state: h. Multiplied with w^T: the gates' sums.
//   BACKWARD  state: the gates' gradients. Multiplied with w: dh of the step before. Walks from the
//             last step to the first, and one turn more.
// No archetype serves: a product whose left side the step before has made.
#include "common/tile.glsl"
#include "recurrent/params.h"

layout(constant_id = 7) const bool VECTORS = true;  // H % 4 == 0
layout(constant_id = 8) const bool REVERSE = false;
layout(constant_id = 9) const bool HAS_LENGTHS = false;

#ifdef FORWARD
const uint FAN = GATES;     // columns of a unit; TILE_COLUMNS is four times as many
const uint STATE_GATES = 1;  // of a row's state
#else
const uint FAN = 1;
const uint STATE_GATES = GATES;
#endif

OPERAND(0, weights)  // [state gate, unit of the state][column of a unit][unit]
layout(binding = 1) coherent buffer State { vec4 state[]; };  // two planes [row][k]; carries
layout(binding = 2) buffer Result { float result[]; };
layout(binding = 2) buffer ResultVectors { vec4 result_vectors[]; };
layout(binding = 3) readonly buffer Lengths { int lengths[]; };
#ifdef FORWARD
OPERAND(4, x)
#ifdef BIAS
layout(binding = 5) readonly buffer Bias { float bias[]; };
#endif
#else
OPERAND(4, saved)
OPERAND(5, before)  // the state before the step that the cell's gradient needs
OPERAND(6, dy)
#endif

uint rows = params.rows, steps = params.steps, hidden = params.hidden, padded = params.padded;
uint units = params.units, carry = params.carry;
uint parts[6] = params.parts;
uint depth = STATE_GATES * padded;  // k's of a row
uint first_row, rows_here;
uint longest;                       // of the lengths of this group's rows
uint row_base[ROW_VECTORS];
vec4 made[TILE_ROWS * FAN];         // sums, to be indexed by a loop's counter

// Four neighbouring units of an operand whose unit 0 lies at `at`; zeros beyond the last.
#define FOUR(name)                                                        \
  vec4 name##_four(uint at, uint unit) {                                  \
    if (VECTORS) {                                                        \
      vec4 v = name##_vector((unit < hidden ? at + unit : 0) / 4);        \
      return unit < hidden ? v : vec4(0);                                 \
    }                                                                     \
    vec4 v;                                                               \
    [[unroll]] for (uint e = 0; e < 4; ++e) {                             \
      float value = name##_scalar(unit + e < hidden ? at + unit + e : 0); \
      v[e] = unit + e < hidden ? value : 0;                               \
    }                                                                     \
    return v;                                                             \
  }
#ifdef FORWARD
FOUR(x)
#else
FOUR(saved)
FOUR(before)
FOUR(dy)
#endif

void put(uint at, uint unit, vec4 v) {
  if (VECTORS) {
    result_vectors[(at + unit) / 4] = v;
  } else {
    [[unroll]] for (uint e = 0; e < 4; ++e)
      if (unit + e < hidden) result[at + unit + e] = v[e];
  }
}

uint length_of(uint row) {
  return HAS_LENGTHS ? uint(clamp(lengths[row], 0, int(steps))) : steps;
}

// Where the row's `turn`th step lies among all: reverse begins with the row's last valid one.
uint position(uint row, uint turn, uint row_length) {
  return row * steps + (REVERSE && turn < row_length ? row_length - 1 - turn : turn);
}

void find_rows() {
  rows_here = min(TILE_ROWS, rows - first_row);
  [[unroll]] for (uint g = 0; g < ROW_VECTORS; ++g) {
    uint row = g / QUADS * SHARING + (SHARING == 1 ? 0 : lane);
    row_base[g] = (first_row + min(row, rows_here - 1)) * depth + g % QUADS * 4;
  }
  longest = HAS_LENGTHS ? 0 : steps;
  if (HAS_LENGTHS)
    for (uint row = 0; row < rows_here; ++row) longest = max(longest, length_of(first_row + row));
}

void multiply_panel(uint plane, uint first_unit) {
  uint pitch = FAN * units;
  for (uint k = 0; k < depth; k += DEPTH) {
    [[unroll]] for (uint g = 0; g < ROW_VECTORS; ++g)
      row_values[g] = state[(plane + row_base[g] + k) / 4];
    [[unroll]] for (uint q = 0; q < DEPTH; ++q) {
      [[unroll]] for (uint gate = 0; gate < FAN; ++gate) {
        vec4 v = weights_vector(((k + q) * pitch + gate * units + first_unit) / 4);
        [[unroll]] for (uint e = 0; e < 4; ++e)
          column_values[q * TILE_COLUMNS + gate * 4 + e] = v[e];
      }
    }
    multiply_tile(false);
  }
}

#ifdef FORWARD
void finish(uint row, uint slot, uint unit, uint turn, uint from_plane, uint to_plane) {
  uint row_length = length_of(row);
  bool valid = turn < row_length;
  uint at = position(row, turn, row_length);
  vec4 inputs[GATES], sums_of[GATES], saved[SAVED];
  [[unroll]] for (uint gate = 0; gate < GATES; ++gate) {
    inputs[gate] = x_four((at * GATES + gate) * hidden, unit);
    sums_of[gate] = made[slot * FAN + gate];
#ifdef BIAS
    [[unroll]] for (uint e = 0; e < 4; ++e)
      sums_of[gate][e] += unit + e < hidden ? bias[gate * hidden + unit + e] : 0;
#endif
  }
  vec4 h_before = state[(from_plane + row * padded + unit) / 4];
  uint c_at = (carry + row * padded + unit) / 4;
  vec4 c_before = vec4(0);
#ifdef SECOND_STATE
  c_before = state[c_at];
#endif
  vec4 c = c_before;
  vec4 h = forward(inputs, sums_of, h_before, c, saved);
  state[(to_plane + row * padded + unit) / 4] = h;
#ifdef SECOND_STATE
  state[c_at] = c;
#endif
  if (unit >= hidden) return;
  bool last = turn + 1 == max(row_length, 1);
  uint here = at * hidden, end = row * hidden, part = 2;
  put(parts[0] + here, unit, valid ? h : vec4(0));
  if (last) put(parts[1] + end, unit, valid ? h : h_before);
#ifdef SECOND_STATE
  if (last) put(parts[part] + end, unit, valid ? c : c_before);
  ++part;
#endif
  [[unroll]] for (uint i = 0; i < SAVED; ++i)
    put(parts[part] + (at * SAVED + i) * hidden, unit, valid ? saved[i] : vec4(0));
  put(parts[part + 1] + here, unit, valid ? h_before : vec4(0));
#ifdef SECOND_STATE
  put(parts[part + 2] + here, unit, valid ? c_before : vec4(0));
#endif
}
#else
void finish(uint row, uint slot, uint unit, uint turn, uint from_plane, uint to_plane) {
  uint dh_at = (carry + row * padded + unit) / 4;
  uint dc_at = (carry + (rows + row) * padded + unit) / 4;
  vec4 dh_by = state[dh_at], dh = made[slot] + dh_by, dc = vec4(0);
#ifdef SECOND_STATE
  dc = state[dc_at];
#endif
  uint part = 1;
#ifdef BIAS
  ++part;
#endif
  if (turn == steps) {
    if (unit < hidden) put(parts[part] + row * hidden, unit, dh);
#ifdef SECOND_STATE
    if (unit < hidden) put(parts[part + 1] + row * hidden, unit, dc);
#endif
    return;
  }
  uint row_length = length_of(row), step = steps - 1 - turn;
  bool valid = step < row_length;
  uint at = position(row, step, row_length);
  vec4 activations[SAVED], dx[GATES], dsums[GATES];
  [[unroll]] for (uint i = 0; i < SAVED; ++i)
    activations[i] = saved_four((at * SAVED + i) * hidden, unit);
  dh += dy_four(at * hidden, unit);
  vec4 by = backward(activations, before_four(at * hidden, unit), dh, dc, dx, dsums);
  if (valid) state[dh_at] = by;
#ifdef SECOND_STATE
  if (valid) state[dc_at] = dc;
#endif
  [[unroll]] for (uint gate = 0; gate < GATES; ++gate) {
    vec4 d = valid ? dsums[gate] : vec4(0);
    uint to = (at * GATES + gate) * hidden;
    state[(to_plane + row * depth + gate * padded + unit) / 4] = d;
    if (unit < hidden) put(parts[0] + to, unit, valid ? dx[gate] : vec4(0));
#ifdef BIAS
    if (unit < hidden) put(parts[1] + to, unit, d);
#endif
  }
}
#endif

void do_panel(uint first_unit, uint turn, bool multiplies) {
  uint planes = rows * depth;
  uint from_plane = turn % 2 * planes, to_plane = planes - from_plane;
  uint unit = first_unit + 4 * lane;
  clear_sums();
  if (multiplies) multiply_panel(from_plane, unit);
  [[unroll]] for (uint i = 0; i < TILE_ROWS * FAN; ++i)
    made[i] = vec4(sums[4 * i], sums[4 * i + 1], sums[4 * i + 2], sums[4 * i + 3]);
  if (unit < padded)
    for (uint row = 0; row < rows_here; ++row)
      finish(first_row + row, row, unit, turn, from_plane, to_plane);
}

void main() {
  first_row = (gl_WorkGroupID.x + gl_WorkGroupID.z * gl_NumWorkGroups.x) * TILE_ROWS;
  if (first_row >= rows) return;
  find_rows();
  uint panel = 4 * LANES;
  uint begin = gl_WorkGroupID.y * params.panels * panel;
  uint end = min(begin + params.panels * panel, units);
  uint last_turn = params.first_turn + params.turns;
  for (uint turn = params.first_turn; turn < last_turn; ++turn) {
#ifdef FORWARD
    bool multiplies = turn < longest;
#else
    bool multiplies = steps - turn < longest;  // has a step after this one been walked?
#endif
    for (uint unit = begin; unit < end; unit += panel) do_panel(unit, turn, multiplies);
    memoryBarrierBuffer();
    barrier();
  }
}
