// SPDX-License-Identifier: Apache-2.0
// Unsigned integers in the order of the floats they stand for: -0 below 0, every NaN above all.
bool is_nan(float x) { return (floatBitsToUint(x) & 0x7fffffffu) > 0x7f800000u; }
uint ordered(float x) {
  uint bits = is_nan(x) ? 0x7fffffffu : floatBitsToUint(x);
  return (bits & 0x80000000u) != 0u ? ~bits : bits | 0x80000000u;
}
float unordered(uint key) {
  return uintBitsToFloat((key & 0x80000000u) != 0u ? key & 0x7fffffffu : ~key);
}
