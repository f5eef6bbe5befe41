# SPDX-License-Identifier: Apache-2.0
# A line kernel in the layouts of common/reduce.glsl. `lines` leaves out those of four lines at
# once, for kernels whose lines always lie along the last axis.
function(line_kernel name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "LAST_AXIS_ONLY" "SOURCE" "")
  kernel(${name}_lane SOURCE ${arg_SOURCE} DEFINES LANE)
  if(NOT arg_LAST_AXIS_ONLY)
    kernel(${name}_lane_vec4 SOURCE ${arg_SOURCE} DEFINES LANE VECTORS)
    kernel(${name}_lane_texel SOURCE ${arg_SOURCE} DEFINES LANE VECTORS TEXEL)
  endif()
  kernel(${name}_group SOURCE ${arg_SOURCE})
  kernel(${name}_group_vec4 SOURCE ${arg_SOURCE} DEFINES VECTORS)
  kernel(${name}_subgroup SOURCE ${arg_SOURCE} DEFINES VECTORS SUBGROUP)
  kernel(${name}_subgroup_texel SOURCE ${arg_SOURCE} DEFINES VECTORS SUBGROUP TEXEL)
endfunction()

line_kernel(reduce SOURCE reduce.comp)
line_kernel(softmax SOURCE softmax.comp)
line_kernel(softmax_grad SOURCE softmax_grad.comp)
line_kernel(cross_entropy SOURCE ../loss/cross_entropy.comp LAST_AXIS_ONLY)
line_kernel(cross_entropy_grad SOURCE ../loss/cross_entropy_grad.comp LAST_AXIS_ONLY)
kernel(arg_reduce SOURCE arg_reduce.comp)
