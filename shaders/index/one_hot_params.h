// SPDX-License-Identifier: Apache-2.0
// Push constants of one_hot, for GLSL and C++.
#include "common/params.h"

PARAMS(OneHotParams) {
  uint count;  // elements of the result
  uint classes;
  uint turns;  // elements of one invocation
}
PARAMS_END
