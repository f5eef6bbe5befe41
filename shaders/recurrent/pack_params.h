// SPDX-License-Identifier: Apache-2.0
// Push constants of pack.comp. Counts, strides and offsets are in floats.
#include "common/params.h"
#ifdef __cplusplus
#pragma once
#endif

PARAMS(RecurrentPackParams) {
  uint count;       // of the result
  uint sizes[3];    // of the result's axes, the last the fastest
  uint inside[3];   // how many along each axis are the source's; beyond are zeros
  uint strides[3];  // in the source
  uint result_offset;
}
PARAMS_END
