// SPDX-License-Identifier: Apache-2.0
// Push constants of pack.comp. Strides count floats of the operand.
#include "common/params.h"
#ifdef __cplusplus
#pragma once
#endif

PARAMS(MatmulPackParams) {
  uint lines;  // rows of A or columns of B
  uint depth;  // K
  uint line_stride;
  uint k_stride;
  uint batch_stride;
  uint steps;   // of a block along K: a vector of A, a k of B
  uint turns;   // those of one workgroup
  uint blocks;  // of rows or panels
}
PARAMS_END
