// SPDX-License-Identifier: Apache-2.0
// The gradient of a relu before the pool, as an epilogue: dx where the IMAGES called mask is
// above 0, else 0.
layout(constant_id = 6) const bool MASKED = false;

#ifdef VECTORS
#define ABOVE_ZERO(x) greaterThan(x, vec4(0))
#else
#define ABOVE_ZERO(x) (x > 0.0)
#endif

VALUE masked(VALUE dx, uint at) {
  return MASKED ? mix(VALUE(0), dx, ABOVE_ZERO(mask(at))) : dx;
}
