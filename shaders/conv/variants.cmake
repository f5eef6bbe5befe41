# SPDX-License-Identifier: Apache-2.0
# Everything else about these kernels is a specialisation constant, named in their sources.
kernel(conv_registers SOURCE conv_registers.comp)
kernel(conv_registers_texel SOURCE conv_registers.comp DEFINES TEXEL)
kernel(conv_weights_registers SOURCE conv_weights_registers.comp)
kernel(conv_weights_registers_texel SOURCE conv_weights_registers.comp DEFINES TEXEL)
kernel(conv_direct SOURCE conv_direct.comp)
kernel(conv_weights_direct SOURCE conv_weights_direct.comp)
product_kernel(conv_tile SOURCE conv_tile.comp)
product_kernel(conv_weights_tile SOURCE conv_weights_tile.comp)
kernel(conv_narrow SOURCE conv_narrow.comp)
kernel(conv_narrow_texel SOURCE conv_narrow.comp DEFINES TEXEL)
image_kernel(conv_depthwise SOURCE conv_depthwise.comp)
image_kernel(conv_weights_depthwise SOURCE conv_weights_depthwise.comp)
