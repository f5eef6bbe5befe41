// SPDX-License-Identifier: Apache-2.0
// A read-only operand, by scalar or by vec4 (index / 4). Mesa 22 gathers texel fetches and loops
// over the lanes of a storage buffer. The host binds an R32F view where a kernel reads scalars.
#ifdef TEXEL
#define OPERAND(slot, name)                                                       \
  layout(binding = slot) uniform samplerBuffer name##_texels;                     \
  vec4 name##_vector(uint index) { return texelFetch(name##_texels, int(index)); } \
  float name##_scalar(uint index) { return texelFetch(name##_texels, int(index)).x; }
#else
#define OPERAND(slot, name)                                                                  \
  layout(binding = slot) readonly buffer name##_as_vectors { vec4 name##_vectors[]; };       \
  layout(binding = slot) readonly buffer name##_as_scalars { float name##_scalars[]; };      \
  vec4 name##_vector(uint index) { return name##_vectors[index]; }                           \
  float name##_scalar(uint index) { return name##_scalars[index]; }
#endif
