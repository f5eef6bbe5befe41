// SPDX-License-Identifier: Apache-2.0
// Which keys a query sees, and which probabilities dropout keeps. Binding 0 belongs to it.
#include "common/divide.glsl"
#include "common/random.glsl"
#include "attention/params.h"

layout(constant_id = 5) const bool CAUSAL = false;
layout(constant_id = 6) const bool LENGTHS = false;
layout(constant_id = 7) const bool DROPOUT = false;
layout(constant_id = 8) const bool VECTORS = false;  // what is read lies in rows of whole vec4s

// With DROPOUT the clock; with LENGTHS after that the lengths, i32.
layout(binding = 0) readonly buffer Control { uint control[]; };
const uint CLOCK_WORDS = 64;

// Copies of the push constants: inside a loop old CPU drivers fetch those lane by lane.
uint rows = params.rows, queries = params.queries, keys = params.keys, depth = params.depth;
uint key_heads = params.key_heads, first_pair = params.first_pair;
uint stream = params.stream, threshold = params.threshold;
float scale = params.scale, kept_scale = params.kept;

uint pair_row;  // the pair's first row, of all
uint length;    // its batch's keys
uvec2 step_words, seed;

void set_pair(uint pair) {
  uint whole = first_pair + pair;
  pair_row = whole * rows;
  uint batch = divide(whole, key_heads);
  length = LENGTHS ? uint(clamp(int(control[(DROPOUT ? CLOCK_WORDS : 0) + batch]), 0, int(keys)))
                   : keys;
  if (DROPOUT) {
    step_words = uvec2(control[0], control[1]);
    seed = uvec2(control[4], control[5]);
  }
}

// How many keys a query sees: those from the first on.
uint seen_by(uint query) {
  if (!CAUSAL) return length;
  return uint(clamp(int(query) + 1 + int(keys) - int(queries), 0, int(length)));
}

// The same for a row of the pair.
uint seen(uint row) { return seen_by(CAUSAL ? remainder(row, queries) : 0); }

// The most that any of the rows from `first` up to `end` sees.
uint seen_in(uint first, uint end) {
  uint query = CAUSAL ? remainder(first, queries) : 0;
  return seen_by(min(query + end - 1 - first, queries - 1));
}

// What dropout makes of a row's probabilities at four keys from `key` on: each of them times this.
// Element row * keys + key of the mask, 64 bits wide, is word element % 4 of its Philox block.
vec4 kept(uint row, uint key) {
  if (!DROPOUT) return vec4(1);
  uint high, low, carry;
  umulExtended(pair_row + row, keys, high, low);
  low = uaddCarry(low, key, carry);
  uint block = (high + carry) << 30 | low >> 2;
  uvec4 bits = philox4x32(uvec4(block, stream, step_words), seed);
  if ((low & 3u) != 0u) {
    uvec4 next = philox4x32(uvec4(block + 1, stream, step_words), seed);
    if ((low & 1u) != 0u) {
      bits = uvec4(bits.yzw, next.x);
      next = next.yzwx;
    }
    if ((low & 2u) != 0u) bits = uvec4(bits.zw, next.xy);
  }
  return mix(vec4(0), vec4(kept_scale), lessThan(bits >> 8, uvec4(threshold)));
}
