# SPDX-License-Identifier: Apache-2.0
foreach(name pool max_pool_grad max_pool_grad_apart avg_pool_grad)
  kernel(${name} SOURCE ${name}.comp)
  kernel(${name}_vec4 SOURCE ${name}.comp DEFINES VECTORS)
  kernel(${name}_texel SOURCE ${name}.comp DEFINES VECTORS TEXEL)
endforeach()
