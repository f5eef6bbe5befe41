// SPDX-License-Identifier: Apache-2.0
// Push constants of split_reduce.comp.
#include "common/params.h"
#ifdef __cplusplus
#pragma once
#endif

PARAMS(SplitReduceParams) {
  uint count;   // results
  uint sums;    // results of a second kind, which follow them
  uint stride;  // from one split's partial sums to the next
  uint splits;
  uint columns;  // length of bias
}
PARAMS_END
