// SPDX-License-Identifier: Apache-2.0
// Cooperative matrices of 16-bit floats, F16 or BF16, with sums in f32: A is M x K, B K x N and the
// sums are M x N. Only the driver knows which lane of the subgroup has which element.
#extension GL_EXT_control_flow_attributes : require
#extension GL_KHR_memory_scope_semantics : require
#extension GL_KHR_cooperative_matrix : require
#extension GL_KHR_shader_subgroup_basic : require
#ifdef BF16
#extension GL_EXT_bfloat16 : require
#define VALUE bfloat16_t
#else
#extension GL_EXT_shader_explicit_arithmetic_types_float16 : require
#define VALUE float16_t
#endif

layout(constant_id = 12) const uint SUBGROUP = 32;  // lanes
layout(constant_id = 13) const uint M = 16;         // multiples of 8
layout(constant_id = 14) const uint N = 16;
layout(constant_id = 15) const uint K = 16;

#define MATRIX_A coopmat<VALUE, gl_ScopeSubgroup, M, K, gl_MatrixUseA>
#define MATRIX_B coopmat<VALUE, gl_ScopeSubgroup, K, N, gl_MatrixUseB>
#define SUMS coopmat<float, gl_ScopeSubgroup, M, N, gl_MatrixUseAccumulator>
