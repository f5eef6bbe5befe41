// SPDX-License-Identifier: Apache-2.0
// Push constants of fill.comp and cast.comp, which see their operands as one row.
#include "common/params.h"
#ifdef __cplusplus
#pragma once
#endif

PARAMS(FlatParams) {
  uint count;   // fill: words to write; cast: elements
  float value;  // fill: what to write
}
PARAMS_END
