// SPDX-License-Identifier: Apache-2.0
// A read-only operand, by scalar or by vec4 (index / 4), and a result, as f32 or as 16-bit floats:
// the constant 24 + slot says how it is stored (common/half.glsl), and the executor sets it.
// Mesa 22 gathers texel fetches and loops over the lanes of a storage buffer. The host binds an
// R32F view where a kernel reads scalars, and views of half floats where f16 is stored; a texel of
// bf16 is seen as f32 bits, two elements in each.
#ifndef OPERAND_GLSL
#define OPERAND_GLSL
#include "common/half.glsl"

#ifdef TEXEL
#define OPERAND(slot, name)                                                           \
  layout(constant_id = 24 + slot) const uint name##_stored = STORED_F32;              \
  layout(binding = slot) uniform samplerBuffer name##_texels;                         \
  vec4 name##_vector(uint index) {                                                    \
    vec4 v = texelFetch(name##_texels, int(index));                                   \
    if (name##_stored != STORED_BF16) return v;                                       \
    return unpacked_halves(floatBitsToUint(v.xy), STORED_BF16);                       \
  }                                                                                   \
  float name##_scalar(uint index) {                                                   \
    if (name##_stored != STORED_BF16) return texelFetch(name##_texels, int(index)).x; \
    uint word = floatBitsToUint(texelFetch(name##_texels, int(index / 2)).x);         \
    return unpacked_half(word, index, STORED_BF16);                                   \
  }
#else
#define OPERAND(slot, name)                                                              \
  layout(constant_id = 24 + slot) const uint name##_stored = STORED_F32;                 \
  layout(binding = slot) readonly buffer name##_as_vectors { vec4 name##_vectors[]; };   \
  layout(binding = slot) readonly buffer name##_as_scalars { float name##_scalars[]; };  \
  layout(binding = slot) readonly buffer name##_as_pairs { uvec2 name##_pairs[]; };      \
  layout(binding = slot) readonly buffer name##_as_words { uint name##_words[]; };       \
  vec4 name##_vector(uint index) {                                                       \
    if (name##_stored == STORED_F32) return name##_vectors[index];                       \
    return unpacked_halves(name##_pairs[index], name##_stored);                          \
  }                                                                                      \
  float name##_scalar(uint index) {                                                      \
    if (name##_stored == STORED_F32) return name##_scalars[index];                       \
    return unpacked_half(name##_words[index / 2], index, name##_stored);                 \
  }
#endif

// NAME_put(index, value) writes a scalar, which is stored as f32; NAME_put(index / 4, value) of a
// vec4 also 16-bit floats.
#define RESULT(slot, name)                                                            \
  layout(constant_id = 24 + slot) const uint name##_stored = STORED_F32;              \
  layout(binding = slot) writeonly buffer name##_as_vectors { vec4 name##_vectors[]; }; \
  layout(binding = slot) writeonly buffer name##_as_scalars { float name##_scalars[]; }; \
  layout(binding = slot) writeonly buffer name##_as_pairs { uvec2 name##_pairs[]; };  \
  void name##_put(uint index, float value) { name##_scalars[index] = value; }         \
  void name##_put(uint index, vec4 value) {                                           \
    if (name##_stored == STORED_F32) name##_vectors[index] = value;                   \
    else name##_pairs[index] = packed_halves(half_bits(value, name##_stored));        \
  }
#endif
