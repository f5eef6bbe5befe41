// SPDX-License-Identifier: Apache-2.0
// Push constants of arithmetic.comp, copy.comp and read.comp.
#include "common/params.h"
#ifdef __cplusplus
#pragma once
#endif

PARAMS(ProbeParams) {
  uint turns;   // of the loop of an invocation
  uint stride;  // of read.comp: vec4s from one load to the next
  uint count;   // vec4s there are; of read.comp a power of two
  float scale;  // of arithmetic.comp
  float shift;
}
PARAMS_END
