# SPDX-License-Identifier: Apache-2.0
kernel(probe_f32 SOURCE arithmetic.comp)
kernel(probe_f16 SOURCE arithmetic.comp DEFINES F16
       REQUIRES GL_EXT_shader_explicit_arithmetic_types_float16)
kernel(probe_int8 SOURCE arithmetic.comp DEFINES INT8
       REQUIRES GL_EXT_shader_explicit_arithmetic_types_int8)
kernel(probe_dot SOURCE arithmetic.comp DEFINES DOT REQUIRES GL_EXT_spirv_intrinsics)
kernel(probe_matrix_f16 SOURCE cooperative.comp REQUIRES GL_KHR_cooperative_matrix)
kernel(probe_matrix_bf16 SOURCE cooperative.comp DEFINES BF16
       REQUIRES GL_KHR_cooperative_matrix GL_EXT_bfloat16)
kernel(probe_matrix_int8 SOURCE cooperative.comp DEFINES INT8 REQUIRES GL_KHR_cooperative_matrix)
kernel(probe_copy SOURCE copy.comp)
kernel(probe_copy_texel SOURCE copy.comp DEFINES TEXEL)
kernel(probe_read SOURCE read.comp)
kernel(probe_read_texel SOURCE read.comp DEFINES TEXEL)
kernel(probe_empty SOURCE empty.comp)
