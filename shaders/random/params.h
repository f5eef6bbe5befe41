// SPDX-License-Identifier: Apache-2.0
// Push constants of random.comp.
#include "common/params.h"
#ifdef __cplusplus
#pragma once
#endif

PARAMS(RandomParams) {
  uint count;        // elements to write
  uint first_block;  // block of four elements in which the first of them lies
  uint stream;
  uint threshold;  // bernoulli: 1 where the upper 24 bits are below
}
PARAMS_END
