// SPDX-License-Identifier: Apache-2.0
// Push constants of strided_copy.comp. Counts, sizes, strides and offsets are in elements.
#include "common/params.h"
#ifdef __cplusplus
#pragma once
#endif

PARAMS(StridedCopyParams) {
  uint count;              // elements in this dispatch
  uint sizes[6];           // of the RANK axes, the last the fastest
  uint strides[6];         // in the operand; 0 repeats
  uint result_strides[6];  // unused where the result is one row
  uint offset;             // where the operand starts in its binding
  uint result_offset;
  uint turns;  // elements of an invocation, words of u8
}
PARAMS_END
