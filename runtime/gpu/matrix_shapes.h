// SPDX-License-Identifier: Apache-2.0
// VK_KHR_cooperative_matrix and VK_KHR_shader_bfloat16, written out here for headers older than
// them: what a driver offers of them, and how they are turned on. Private to runtime/gpu and its
// tests.
#pragma once

#include <string>
#include <vector>

#include "runtime/gpu/calls.h"
#include "runtime/gpu/caps.h"

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
// VkPhysicalDeviceCooperativeMatrixFeaturesKHR
struct MatrixFeatures {
  static constexpr auto extension = "VK_KHR_cooperative_matrix";
  VkStructureType sType = static_cast<VkStructureType>(1000506000);
  void* pNext = nullptr;
  VkBool32 matrix = VK_FALSE;
  VkBool32 robust_access = VK_FALSE;
};

// VkPhysicalDeviceShaderBfloat16FeaturesKHR
struct Bfloat16Features {
  static constexpr auto extension = "VK_KHR_shader_bfloat16";
  VkStructureType sType = static_cast<VkStructureType>(1000141000);
  void* pNext = nullptr;
  VkBool32 type = VK_FALSE;
  VkBool32 dot_product = VK_FALSE;
  VkBool32 matrix = VK_FALSE;
};

using GetMatrixProperties = VkResult(VKAPI_PTR*)(VkPhysicalDevice, std::uint32_t* count,
                                                 MatrixProperties* properties);

// Empty where the driver does not tell.
std::vector<MatrixShape> matrix_shapes(const Calls& calls, VkPhysicalDevice device);

}  // namespace lemnos::gpu
