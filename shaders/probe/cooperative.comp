// SPDX-License-Identifier: Apache-2.0
// How fast the device multiplies cooperative matrices and adds up: a subgroup holds two of A, two
// of B and four sums, and goes on without memory. VALUE is what A and B hold, SUM what is added up.
// A probe of the device, not a kernel of an op.
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_KHR_memory_scope_semantics : require
#extension GL_KHR_cooperative_matrix : require
#ifdef BF16
#extension GL_EXT_bfloat16 : require
#define VALUE bfloat16_t
#define SUM float
#elif defined(INT8)
#extension GL_EXT_shader_explicit_arithmetic_types_int8 : require
#define VALUE int8_t
#define SUM int
#else
#extension GL_EXT_shader_explicit_arithmetic_types_float16 : require
#define VALUE float16_t
#define SUM float
#endif
#include "probe/params.h"

layout(local_size_x_id = 0) in;  // one subgroup
layout(constant_id = 1) const uint M = 16;
layout(constant_id = 2) const uint N = 16;
layout(constant_id = 3) const uint K = 16;
layout(constant_id = 4) const uint IN_A_WORD = 2;  // values

layout(binding = 0) readonly buffer Factors { uint factors[]; };  // A, A, B, B; row-major
layout(binding = 1) writeonly buffer Result { SUM result[]; };

#define MATRIX_A coopmat<VALUE, gl_ScopeSubgroup, M, K, gl_MatrixUseA>
#define MATRIX_B coopmat<VALUE, gl_ScopeSubgroup, K, N, gl_MatrixUseB>
#define MATRIX_C coopmat<SUM, gl_ScopeSubgroup, M, N, gl_MatrixUseAccumulator>

#define ROUND                           \
  c0 = coopMatMulAdd(a0, b0, c0);       \
  c1 = coopMatMulAdd(a0, b1, c1);       \
  c2 = coopMatMulAdd(a1, b0, c2);       \
  c3 = coopMatMulAdd(a1, b1, c3);
#define FOUR_ROUNDS ROUND ROUND ROUND ROUND
#define STORE(c, i) \
  coopMatStore(c, result, (4 * gl_WorkGroupID.x + i) * M * N, N, gl_CooperativeMatrixLayoutRowMajor)

void main() {
  uint turns = params.turns;
  uint row_a = K / IN_A_WORD, row_b = N / IN_A_WORD;  // words
  MATRIX_A a0, a1;
  MATRIX_B b0, b1;
  coopMatLoad(a0, factors, 0, row_a, gl_CooperativeMatrixLayoutRowMajor);
  coopMatLoad(a1, factors, M * row_a, row_a, gl_CooperativeMatrixLayoutRowMajor);
  coopMatLoad(b0, factors, 2 * M * row_a, row_b, gl_CooperativeMatrixLayoutRowMajor);
  coopMatLoad(b1, factors, 2 * M * row_a + K * row_b, row_b, gl_CooperativeMatrixLayoutRowMajor);
  MATRIX_C c0 = MATRIX_C(0), c1 = MATRIX_C(0), c2 = MATRIX_C(0), c3 = MATRIX_C(0);
  for (uint turn = 0; turn < turns; ++turn) {
    FOUR_ROUNDS FOUR_ROUNDS FOUR_ROUNDS FOUR_ROUNDS
  }
  STORE(c0, 0);
  STORE(c1, 1);
  STORE(c2, 2);
  STORE(c3, 3);
}
