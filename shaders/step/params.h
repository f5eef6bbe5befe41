// SPDX-License-Identifier: Apache-2.0
// Push constants of advance.comp.
#include "common/params.h"
#ifdef __cplusplus
#pragma once
#endif

PARAMS(AdvanceParams) {
  uint count;   // scalars observed
  uint slots;   // entries of the ring
  uint stride;  // elements from one observed scalar to the next
}
PARAMS_END
