# SPDX-License-Identifier: Apache-2.0
line_kernel(reduce SOURCE reduce.comp)
line_kernel(moments SOURCE moments.comp)
line_kernel(merge_moments SOURCE moments.comp DEFINES MERGE)
line_kernel(softmax SOURCE softmax.comp)
line_kernel(softmax_grad SOURCE softmax_grad.comp)
kernel(arg_reduce SOURCE arg_reduce.comp)
kernel(arg_reduce_texel SOURCE arg_reduce.comp DEFINES TEXEL)
