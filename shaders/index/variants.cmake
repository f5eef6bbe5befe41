# SPDX-License-Identifier: Apache-2.0
kernel(gather SOURCE gather.comp)
kernel(gather_vec4 SOURCE gather.comp DEFINES VECTORS)
kernel(gather_bytes SOURCE gather_bytes.comp)
kernel(one_hot SOURCE one_hot.comp)
kernel(zero SOURCE zero.comp)
kernel(sort_indices SOURCE sort_indices.comp)
kernel(scatter_add SOURCE scatter_add.comp)
kernel(scatter_add_vec4 SOURCE scatter_add.comp DEFINES VECTORS)
