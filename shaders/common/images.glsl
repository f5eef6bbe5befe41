// SPDX-License-Identifier: Apache-2.0
// What kernels over images share: a walk over a grid [images, rows, columns, channels], a VALUE at
// a time. The family's params.h (count, rows, columns, channels, turns) is included before, and
// EACH_ELEMENT calls its prepare(), then element(at, its place) for every element.
// TEXEL reads through texel buffers, which some CPU drivers gather and storage buffers not.
#include "common/divide.glsl"
#include "common/operand.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const uint LANES = 64;

#ifdef VECTORS
#define VALUE vec4
#else
#define VALUE float
#endif

#ifdef VECTORS
#define IMAGES(slot, name) \
  OPERAND(slot, name)      \
  vec4 name(uint i) { return name##_vector(i); }
#else
#define IMAGES(slot, name) \
  OPERAND(slot, name)      \
  float name(uint i) { return name##_scalar(i); }
#endif

// Copies of the push constants: inside a loop old CPU drivers fetch those lane by lane.
uint rows, columns, channels;

struct Place {
  uint image, row, column, channel;
};
Place place_of(uint at) {
  uint pixel = divide(at, channels), line = divide(pixel, columns), image = divide(line, rows);
  return Place(image, line - image * rows, pixel - line * columns, at - pixel * channels);
}

// The place as far behind `place` as `step_` is behind the first one: a walk without divisions.
Place moved(Place place, Place step_) {
  uint channel = place.channel + step_.channel, column = place.column + step_.column;
  uint row = place.row + step_.row, image = place.image + step_.image;
  if (channel >= channels) channel -= channels, ++column;
  if (column >= columns) column -= columns, ++row;
  if (row >= rows) row -= rows, ++image;
  return Place(image, row, column, channel);
}

#define EACH_ELEMENT                                                             \
  void main() {                                                                  \
    uint turns = params.turns, count = params.count;                             \
    rows = params.rows, columns = params.columns, channels = params.channels;    \
    prepare();                                                                   \
    uint at = gl_WorkGroupID.x * turns * LANES + gl_LocalInvocationID.x;         \
    Place place = place_of(at), step_ = place_of(LANES);                         \
    for (uint turn = 0; turn < turns && at < count; ++turn, at += LANES) {       \
      element(at, place);                                                        \
      place = moved(place, step_);                                               \
    }                                                                            \
  }
