// SPDX-License-Identifier: Apache-2.0
// Convolutions of as many groups as channels, each channel with a kernel of its own: what their
// kernels share. No matrix product: every product belongs to one result. An invocation owns a VALUE
// of channels and works on STRIP neighbouring pixels of a line of y (BACKWARD: of x), for which it
// reads WINDOW pixels of the other once for all taps of the line.
#extension GL_EXT_control_flow_attributes : require
#include "common/images.glsl"
#include "common/operand.glsl"

layout(constant_id = 1) const uint TAPS = 3;  // along a line
layout(constant_id = 2) const uint STRIDE = 1;
layout(constant_id = 3) const uint DILATION = 1;
layout(constant_id = 4) const uint PAD = 0;
layout(constant_id = 5) const uint STRIP = 4;  // a multiple of STRIDE
layout(constant_id = 6) const uint WINDOW = 6;

#ifdef VECTORS
const uint UNIT = 4;
#else
const uint UNIT = 1;
#endif

// Whether the tap that lies `reach` pixels behind the first is one, and which.
bool is_tap(int reach) {
  return reach >= 0 && reach < int(TAPS * DILATION) && uint(reach) % DILATION == 0;
}
uint tap_of(int reach) { return uint(reach) / DILATION; }
