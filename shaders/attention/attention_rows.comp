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

void main() {
  for (uint turn = 0; turn < turns && next_row(turn); ++turn) {
    vec4 most = vec4(LOWEST);
    for (uint key = first; key < seen_keys; key += STEP)
      most = max(most, mix(vec4(LOWEST), scale * score(key), seen_at(key)));
    float largest = row_max(most);
    vec4 sum = vec4(0);
    for (uint key = first; key < seen_keys; key += STEP)
      sum += mix(vec4(0), math_exp(scale * score(key) - largest), seen_at(key));
    float total = subgroupAdd((sum.x + sum.y) + (sum.z + sum.w));
    float factor = total == 0.0 ? 0.0 : 1.0 / total;
    for (uint key = first; key < keys; key += STEP) {
      vec4 weight = vec4(0);
      if (key < seen_keys) {
        weight = mix(weight, math_exp(scale * score(key) - largest) * factor, seen_at(key));
        weight *= kept(row, key);
      }
      store_weights(key, weight);
    }
    if (lane == 0) lse[pair_begin + row] = total == 0.0 ? 0.0 : largest + math_log(total);
  }
}
