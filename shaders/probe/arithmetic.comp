// SPDX-License-Identifier: Apache-2.0
// How fast the device multiplies and adds: 12 chains that do not depend on one another, and no
// memory but for one number an invocation at the end, without which nothing would be computed.
// VALUE is what a chain holds. A probe of the device, not a kernel of an op.
#version 450
#extension GL_GOOGLE_include_directive : require
#ifdef F16
#extension GL_EXT_shader_explicit_arithmetic_types_float16 : require
#define VALUE f16vec2
#define MULTIPLY_ADD(x) fma(x, scale, shift)
#elif defined(INT8)
#extension GL_EXT_shader_explicit_arithmetic_types_int8 : require
#define VALUE i8vec4
#define MULTIPLY_ADD(x) (x * scale + shift)
#elif defined(DOT)
#extension GL_EXT_spirv_intrinsics : require
// OpSDotKHR of two words of four 8-bit integers: compilers of GLSL that do not know
// GL_EXT_integer_dot_product can write it so.
spirv_instruction(extensions = ["SPV_KHR_integer_dot_product"], capabilities = [ 6018, 6019 ],
                  id = 4450)
int dot_of_fours(int a, int b, spirv_literal int format);
#define VALUE int
#define MULTIPLY_ADD(x) (dot_of_fours(x, scale, 0) + shift)
#else
#define VALUE float
#define MULTIPLY_ADD(x) fma(x, scale, shift)
#endif
#include "probe/params.h"

layout(local_size_x = 64) in;
layout(binding = 0) writeonly buffer Result { float result[]; };

#define EACH(i) c##i = MULTIPLY_ADD(c##i);
#define ROUND EACH(0) EACH(1) EACH(2) EACH(3) EACH(4) EACH(5) \
              EACH(6) EACH(7) EACH(8) EACH(9) EACH(10) EACH(11)
#define FOUR_ROUNDS ROUND ROUND ROUND ROUND

void main() {
  // CPU drivers gather a push constant that a loop reads.
  uint turns = params.turns;
  VALUE scale = VALUE(params.scale), shift = VALUE(params.shift);
  VALUE c0 = VALUE(gl_GlobalInvocationID.x % 64);
  VALUE c1 = c0 + shift, c2 = c1 + shift, c3 = c2 + shift, c4 = c3 + shift, c5 = c4 + shift;
  VALUE c6 = c5 + shift, c7 = c6 + shift, c8 = c7 + shift, c9 = c8 + shift, c10 = c9 + shift;
  VALUE c11 = c10 + shift;
  for (uint turn = 0; turn < turns; ++turn) {
    FOUR_ROUNDS FOUR_ROUNDS FOUR_ROUNDS FOUR_ROUNDS
  }
  VALUE sum = c0 + c1 + c2 + c3 + c4 + c5 + c6 + c7 + c8 + c9 + c10 + c11;
#ifdef F16
  result[gl_GlobalInvocationID.x] = float(sum.x + sum.y);
#elif defined(INT8)
  result[gl_GlobalInvocationID.x] = float(int(sum.x) + int(sum.y) + int(sum.z) + int(sum.w));
#else
  result[gl_GlobalInvocationID.x] = float(sum);
#endif
}
