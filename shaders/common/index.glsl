// SPDX-License-Identifier: Apache-2.0
// The coordinates of element `index` of a row-major grid of `rank` axes. Axes beyond the rank get
// 0. `rank` should be a specialisation constant: the loop then unrolls.
#extension GL_EXT_control_flow_attributes : require
#include "common/divide.glsl"

void coordinates_of(uint index, uint sizes[6], uint rank, out uint coordinates[6]) {
  [[unroll]] for (uint axis = 0; axis < 6; ++axis) coordinates[axis] = 0;
  [[unroll]] for (uint left = 6; left > 0; --left) {
    uint axis = left - 1;
    if (axis < rank) {
      uint rest = divide(index, sizes[axis]);
      coordinates[axis] = index - rest * sizes[axis];
      index = rest;
    }
  }
}
