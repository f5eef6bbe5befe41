// SPDX-License-Identifier: Apache-2.0
// Push constants of the attention kernels. Query heads that share a key head lie side by side: a
// "pair" is one key head of one batch, its rows are the queries of all its query heads.
#include "common/params.h"
#ifdef __cplusplus
#pragma once
#endif

PARAMS(AttentionParams) {
  uint pairs;    // in this dispatch
  uint rows;     // of a pair
  uint queries;  // of a head: row r is query r % queries
  uint keys;
  uint depth;      // floats of a query or key
  uint key_heads;  // pairs of a batch
  uint first_pair;
  float scale;     // of the scores
  float kept;      // dropout: what the kept probabilities are multiplied with,
  uint threshold;  // which are those with random bits below this,
  uint stream;     // and the stream of these
  uint delta;      // attention_grad: where delta begins, in floats from lse on
  uint turns;      // row kernels: rows a workgroup walks
}
PARAMS_END
