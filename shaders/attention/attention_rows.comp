// SPDX-License-Identifier: Apache-2.0
// Between the two products of attention where scores are stored (CPU drivers): a subgroup turns
// rows of scores into probabilities, in place, and saves the logarithm of the sum of exponentials.
// The softmax of the line archetype knows no masks, which differ from row to row.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "attention/rows.glsl"

SCORES_IN(1, score)
layout(binding = 2) writeonly buffer Weights { float weights[]; };
layout(binding = 2) writeonly buffer WeightVectors { vec4 weight_vectors[]; };
layout(binding = 3) writeonly buffer Lse { float lse[]; };
STORE_FOUR(weights, weight_vectors)

#define WALK(i, key, end)                                                                      \
  [[unroll]] for (uint i = 0, key = first; HELD > 0 ? i < HELD : key < end; ++i, key += STEP) \
    if (HELD == 0 || key < end)
#define EACH_SEEN(i, key) WALK(i, key, seen_keys)
#define EACH(i, key) WALK(i, key, keys)

vec4 exponential(vec4 scaled, float largest, uint key) {
  return mix(vec4(0), math_exp(scaled - largest), seen_at(key));
}

void main() {
  vec4 held[ROOM];  // scores, and then their exponentials
  for (uint turn = 0; turn < turns && next_row(turn); ++turn) {
    vec4 most = vec4(LOWEST);
    EACH_SEEN(i, key) {
      vec4 scaled = mix(vec4(LOWEST), scale * score(key), seen_at(key));
      held[SLOT(i)] = scaled;
      most = max(most, scaled);
    }
    float largest = row_max(most);
    vec4 sum = vec4(0);
    EACH_SEEN(i, key) {
      vec4 term = exponential(HELD > 0 ? held[SLOT(i)] : scale * score(key), largest, key);
      held[SLOT(i)] = term;
      sum += term;
    }
    float total = subgroupAdd((sum.x + sum.y) + (sum.z + sum.w));
    float factor = total == 0.0 ? 0.0 : 1.0 / total;
    EACH(i, key) {
      vec4 weight = vec4(0);
      if (key < seen_keys) {
        vec4 term = HELD > 0 ? held[SLOT(i)] : exponential(scale * score(key), largest, key);
        weight = term * factor * kept(row, key);
      }
      store_weights(key, weight);
    }
    if (lane == 0) lse[pair_begin + row] = total == 0.0 ? 0.0 : largest + math_log(total);
  }
}
