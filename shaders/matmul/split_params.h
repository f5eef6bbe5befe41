// SPDX-License-Identifier: Apache-2.0
// Push constants of split_reduce.comp.
#include "common/params.h"
#ifdef __cplusplus
#pragma once
#endif

PARAMS(SplitReduceParams) {
  uint count;  // results; partial sums of split s begin at s * count
  uint splits;
  uint columns;  // length of bias
}
PARAMS_END
