# SPDX-License-Identifier: Apache-2.0
kernel(strided_copy SOURCE strided_copy.comp)
kernel(strided_copy_texel SOURCE strided_copy.comp DEFINES TEXEL)
kernel(strided_copy_vectors SOURCE strided_copy.comp DEFINES VECTORS)
kernel(strided_copy_vectors_texel SOURCE strided_copy.comp DEFINES VECTORS TEXEL)
kernel(strided_copy_u8 SOURCE strided_copy.comp DEFINES BYTES)
