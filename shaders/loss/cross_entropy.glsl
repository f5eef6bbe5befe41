// SPDX-License-Identifier: Apache-2.0
// What the cross-entropy and its gradient share: the loss of a row, the same bits in both. With
// label smoothing (Szegedy et al. 2016) the part params.scale of the target is spread evenly over
// all classes: that part of x[target] becomes the mean of x.
#ifdef VECTORS
const uint WIDTH = 4;
float component(vec4 value, uint i) { return value[i]; }
#else
const uint WIDTH = 1;
float component(float value, uint i) { return value; }
#endif

// Of what a class costs, the target's share beside those of all classes, and each of these.
float share_of_target() { return 1.0 - params.scale; }
float share_of_each() { return params.scale / float(line_length * WIDTH); }

// NaN where the target is no class. total: sum exp(x - shift); own: x[target]; below: sum
// (shift - x), or 0 without smoothing.
float loss_of_row(bool valid, float total, float shift, float own, float below, bool smoothed) {
  precise float gap = shift - own;
  if (smoothed) gap = share_of_target() * gap + share_of_each() * below;
  return valid ? math_log(total) + gap : uintBitsToFloat(0x7fc00000u);
}
