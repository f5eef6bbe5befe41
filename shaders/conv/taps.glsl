// SPDX-License-Identifier: Apache-2.0
// Along one axis: which taps of the kernel reach an output, and where they read. Forward, all taps
// do. Backward through stride s, only the outputs o with (o + pad - tap * dilation) % s == 0 do, and
// these taps are the same for all o of one residue: a phase.
struct Taps {
  uint first;   // kernel index of the first tap
  uint step;    // from one tap to the next
  uint count;
  int advance;  // of the source coordinate from one tap to the next
};

Taps forward_taps(uint kernel, uint dilation) { return Taps(0, 1, kernel, int(dilation)); }

uint greatest_common_divisor(uint a, uint b) {
  while (b != 0) {
    uint rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

Taps backward_taps(uint phase, uint kernel, uint stride, uint pad, uint dilation) {
  uint common_factor = greatest_common_divisor(dilation, stride);
  uint step = stride / common_factor;
  uint first = 0;
  while (first < step && (phase + pad + first * (stride - dilation % stride)) % stride != 0) ++first;
  uint count = first < step && first < kernel ? (kernel - first + step - 1) / step : 0;
  return Taps(first, step, count, -int(dilation / common_factor));
}
