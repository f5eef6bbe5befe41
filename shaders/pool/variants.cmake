# SPDX-License-Identifier: Apache-2.0
foreach(name pool max_pool_grad max_pool_grad_apart avg_pool_grad)
  image_kernel(${name} SOURCE ${name}.comp)
endforeach()
