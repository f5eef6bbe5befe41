// SPDX-License-Identifier: Apache-2.0
// Push constants of put_batch, for GLSL and C++.
#include "common/params.h"

PARAMS(PutBatchParams) {
  uint count;   // elements of the batch
  uint stride;  // elements of a whole batch
  uint first;   // the elements bound here begin with this one,
  uint bound;   // and are so many
  uint base;    // elements before them in the binding
  uint turns;   // elements of one invocation
}
PARAMS_END
