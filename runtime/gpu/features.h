// SPDX-License-Identifier: Apache-2.0
// The Vulkan feature structures Lemnos knows, chained: filled to ask what a device has, and filled
// again to enable some of it. Private to runtime/gpu.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "runtime/gpu/calls.h"
#include "runtime/gpu/caps.h"
#include "runtime/gpu/matrix_shapes.h"

namespace lemnos::gpu {

struct Features {
  VkPhysicalDeviceFeatures2 core =
      structure<VkPhysicalDeviceFeatures2>(VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2);
  VkPhysicalDeviceVulkan11Features v11 = structure<VkPhysicalDeviceVulkan11Features>(
      VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_1_FEATURES);
  VkPhysicalDeviceVulkan12Features v12 = structure<VkPhysicalDeviceVulkan12Features>(
      VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES);
  VkPhysicalDeviceShaderAtomicFloatFeaturesEXT atomics =
      structure<VkPhysicalDeviceShaderAtomicFloatFeaturesEXT>(
          VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_ATOMIC_FLOAT_FEATURES_EXT);
  VkPhysicalDeviceSubgroupSizeControlFeatures subgroup_size =
      structure<VkPhysicalDeviceSubgroupSizeControlFeatures>(
          VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_SIZE_CONTROL_FEATURES);

  VkPhysicalDeviceShaderIntegerDotProductFeatures dot_product =
      structure<VkPhysicalDeviceShaderIntegerDotProductFeatures>(
          VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_INTEGER_DOT_PRODUCT_FEATURES);
  MatrixFeatures matrix;
  Bfloat16Features bfloat16;

  // Chains the structures; those of extensions only where `has` says that there is one.
  explicit Features(const std::function<bool(const char* extension)>& has);
  const std::vector<const char*>& extensions() const { return extensions_; }
  Features(const Features&) = delete;
  Features& operator=(const Features&) = delete;

 private:
  std::vector<const char*> extensions_;  // whose structures are in the chain
};

struct ComputeFamily {
  std::uint32_t index = 0;
  std::uint32_t timestamp_bits = 0;  // meaningful bits of a timestamp; 0: none are offered
  bool graphics = false;             // it draws too
};

// The first queue family that computes: on GPUs the one that draws as well, their main engine.
std::optional<ComputeFamily> find_compute_family(const Calls& calls, VkPhysicalDevice device);

std::vector<VkExtensionProperties> device_extensions(const Calls& calls, VkPhysicalDevice device);

}  // namespace lemnos::gpu
