// SPDX-License-Identifier: Apache-2.0
// Between the products of attention's gradient where scores are stored: a subgroup turns rows of
// scores and of dout v^T, in place, into probabilities as dv takes them and into ds.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "attention/rows.glsl"

SCORES_IN(1, score)
SCORES_IN(2, dscore)
layout(binding = 3) readonly buffer Lse { float lse[]; };
layout(binding = 4) readonly buffer Delta { float delta[]; };
layout(binding = 5) writeonly buffer Weights { float weights[]; };
layout(binding = 5) writeonly buffer WeightVectors { vec4 weight_vectors[]; };
layout(binding = 6) writeonly buffer Ds { float ds[]; };
layout(binding = 6) writeonly buffer DsVectors { vec4 ds_vectors[]; };
STORE_FOUR(weights, weight_vectors)
STORE_FOUR(ds, ds_vectors)

void main() {
  for (uint turn = 0; turn < turns && next_row(turn); ++turn) {
    float this_lse = lse[pair_begin + row], this_delta = delta[pair_begin + row];
    for (uint key = first; key < keys; key += STEP) {
      vec4 weight = vec4(0), dscores = vec4(0);
      if (key < seen_keys) {
        bvec4 sees = seen_at(key);
        vec4 keeps = kept(row, key);
        weight = mix(vec4(0), math_exp(scale * score(key) - this_lse), sees);
        dscores = mix(vec4(0), scale * weight * (keeps * dscore(key) - this_delta), sees);
        weight *= keeps;
      }
      store_weights(key, weight);
      store_ds(key, dscores);
    }
  }
}
