// SPDX-License-Identifier: Apache-2.0
// Which matrix products a driver's VK_KHR_cooperative_matrix offers. Private to runtime/gpu and its
// tests. The structures are written out here, for headers older than the extension.
#pragma once

#include <string>
#include <vector>

#include "runtime/gpu/calls.h"

namespace lemnos::gpu {

// VkCooperativeMatrixPropertiesKHR: C = A B + C, of M x K and K x N.
struct MatrixProperties {
  VkStructureType sType = static_cast<VkStructureType>(1000506001);
  void* pNext = nullptr;
  std::uint32_t m = 0, n = 0, k = 0;
  std::int32_t a = 0, b = 0, c = 0, result = 0;  // VkComponentTypeKHR
  VkBool32 saturating = VK_FALSE;
  std::int32_t scope = 0;  // VkScopeKHR
};
using GetMatrixProperties = VkResult(VKAPI_PTR*)(VkPhysicalDevice, std::uint32_t* count,
                                                 MatrixProperties* properties);

// "16x16x16 f16 f16 -> f32, subgroup" for each: M x N x K, the types of A, B and the result. Empty
// where the driver does not tell.
std::vector<std::string> matrix_shapes(const Calls& calls, VkPhysicalDevice device);

}  // namespace lemnos::gpu
