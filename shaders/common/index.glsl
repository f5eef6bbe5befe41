// SPDX-License-Identifier: Apache-2.0
// The coordinates of element `index` of a row-major grid of `rank` axes. Axes beyond the rank get
// 0. `rank` should be a specialisation constant: the loop then unrolls. (On Mesa 22 it does not if
// it counts down, and arrays are then read and written lane by lane.)
#extension GL_EXT_control_flow_attributes : require
#include "common/divide.glsl"

void coordinates_of(uint index, uint sizes[6], uint rank, out uint coordinates[6]) {
  [[unroll]] for (uint axis = 0; axis < 6; ++axis) coordinates[axis] = 0;
  [[unroll]] for (uint back = 0; back < 6; ++back) {
    uint axis = 5 - back;
    if (axis < rank) {
      uint rest = divide(index, sizes[axis]);
      coordinates[axis] = index - rest * sizes[axis];
      index = rest;
    }
  }
}

// Moves on by the coordinates of another element, without a division: a walk in equal steps.
void add_coordinates(inout uint coordinates[6], uint step_[6], uint sizes[6], uint rank) {
  uint carry = 0;
  [[unroll]] for (uint back = 0; back < 6; ++back) {
    uint axis = 5 - back;
    if (axis < rank) {
      uint sum = coordinates[axis] + step_[axis] + carry;
      bool over = axis > 0 && sum >= sizes[axis];
      carry = over ? 1 : 0;
      coordinates[axis] = over ? sum - sizes[axis] : sum;
    }
  }
}
