# SPDX-License-Identifier: Apache-2.0
# Everything else about these kernels is a specialisation constant, named in their sources.
kernel(matmul_registers SOURCE matmul_registers.comp)
kernel(matmul_registers_texel SOURCE matmul_registers.comp DEFINES TEXEL)
kernel(matmul_skinny SOURCE matmul_skinny.comp)
kernel(matmul_skinny_subgroup SOURCE matmul_skinny.comp DEFINES SUBGROUP)
kernel(matmul_skinny_texel SOURCE matmul_skinny.comp DEFINES SUBGROUP TEXEL)
kernel(matmul_pack SOURCE pack.comp)
kernel(matmul_pack_texel SOURCE pack.comp DEFINES TEXEL)
kernel(split_reduce SOURCE split_reduce.comp)
product_kernel(matmul_tile SOURCE matmul_tile.comp)
