// SPDX-License-Identifier: Apache-2.0
// Push constants of the matmul kernels. Sizes and strides count floats.
#include "common/params.h"
#ifdef __cplusplus
#pragma once
#endif

PARAMS(MatmulParams) {
  uint rows;            // M
  uint columns;         // N
  uint depth;           // K
  uint splits;          // parts of K; the grid's z is batch * splits + split
  uint split_depth;     // k's of a part, a multiple of 4 (depth itself may be any)
  uint a_batch_stride;  // 0 repeats one matrix for all batches
  uint b_batch_stride;
  uint d_batch_stride;
  uint d_split_stride;  // from one part's sums to the next
  uint sums_offset;     // where the sums of A stand in what holds them
  uint first_row;       // of this dispatch: more rows than one grid holds need several
  uint packed_depth;    // k's of an operand that pack.comp made
}
PARAMS_END
