// SPDX-License-Identifier: Apache-2.0
// a / b, exact for a < 2^31. CPU drivers divide integers lane by lane, floats all at once: worth it
// where a short kernel begins with a dozen divisions.
uint divide(uint a, uint b) {
  float inverse = 1.0 / float(b);
  int quotient = int(float(a) * inverse);
  quotient += int(float(int(a) - quotient * int(b)) * inverse);
  int rest = int(a) - quotient * int(b);
  return uint(rest < 0 ? quotient - 1 : rest >= int(b) ? quotient + 1 : quotient);
}

uint remainder(uint a, uint b) { return a - divide(a, b) * b; }
