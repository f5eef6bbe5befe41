// SPDX-License-Identifier: Apache-2.0
// Push constants of pointwise.comp. Counts, sizes, strides and offsets are in elements.
#include "common/params.h"
#ifdef __cplusplus
#pragma once
#endif

PARAMS(PointwiseParams) {
  uint count;        // elements of the result in this dispatch
  uint sizes[6];     // of the RANK axes, the last the fastest
  uint strides[18];  // [operand][axis]; 0 repeats
  uint offsets[3];   // where each operand starts in its binding
  uint result_offset;
}
PARAMS_END
