// SPDX-License-Identifier: Apache-2.0
#include "common/divide.glsl"

// Along one axis: which taps of the kernel reach an output, and where they read. Forward, all taps
// do. Backward through stride s, only the outputs o with (o + pad - tap * dilation) % s == 0 do,
// and these taps are the same for all o of one residue: a phase.
struct Taps {
  uint first;   // kernel index of the first tap
  uint step;    // from one tap to the next
  uint count;
  int advance;  // of the source coordinate from one tap to the next
};

Taps forward_taps(uint kernel, uint dilation) { return Taps(0, 1, kernel, int(dilation)); }

// `step` is stride / gcd(stride, dilation), which the host works out.
Taps backward_taps(uint phase, uint kernel, uint stride, uint pad, uint dilation, uint step) {
  uint first = 0;
  uint at = remainder(phase + pad, stride);
  uint back = remainder(dilation, stride);
  while (at != 0 && first < step) {
    at = at < back ? at + stride - back : at - back;
    ++first;
  }
  uint count = at == 0 && first < kernel ? divide(kernel - first + step - 1, step) : 0;
  return Taps(first, step, count, -int(divide(dilation * step, stride)));
}
