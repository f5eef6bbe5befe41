// SPDX-License-Identifier: Apache-2.0
// Division of integers that CPU drivers do for all lanes at once: their own is a loop over lanes.
// Worth it where a short kernel begins with a dozen divisions.

// uint(x) for 0 <= x < 2^31: Mesa's lavapipe 26 converts lane by lane as well.
uint whole(float x) {
  uint bits = floatBitsToUint(x), digits = (bits & 0x7fffffu) | 0x800000u;
  int exponent = int(bits >> 23) - 150;
  return digits >> min(uint(max(-exponent, 0)), 31) << uint(max(exponent, 0));
}

// a / b, exact for a and b < 2^31.
uint divide(uint a, uint b) {
  // Less than 1 / b by more than what a division and the products may be wrong: quotients are never
  // too large, the first less than a 2^18th too small, both together by less than 1.
  float inverse = 0.99999904632568359375 / float(int(b));
  uint quotient = whole(float(int(a)) * inverse);
  uint rest = a - quotient * b;
  uint more = whole(float(int(rest)) * inverse);
  rest -= more * b;
  return quotient + more + (rest >= b ? 1 : 0);
}

uint remainder(uint a, uint b) { return a - divide(a, b) * b; }
