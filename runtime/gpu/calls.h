// SPDX-License-Identifier: Apache-2.0
// Every Vulkan function Lemnos uses, in one table of pointers. Each device has a table of its own;
// tests replace entries to count calls or to make them fail.
#pragma once

#include <string>
#include <string_view>

#include "runtime/gpu/vk.h"

namespace lemnos::gpu {

// clang-format off
#define LEMNOS_GLOBAL_CALLS(X) \
  X(vkEnumerateInstanceVersion) X(vkEnumerateInstanceExtensionProperties) \
  X(vkEnumerateInstanceLayerProperties) X(vkCreateInstance)

#define LEMNOS_INSTANCE_CALLS(X) \
  X(vkDestroyInstance) X(vkEnumeratePhysicalDevices) X(vkGetPhysicalDeviceProperties) \
  X(vkGetPhysicalDeviceProperties2) X(vkGetPhysicalDeviceFeatures2) \
  X(vkGetPhysicalDeviceMemoryProperties) X(vkGetPhysicalDeviceQueueFamilyProperties) \
  X(vkEnumerateDeviceExtensionProperties) X(vkCreateDevice) X(vkGetDeviceProcAddr)

// Present only with VK_EXT_debug_utils, that is under validation.
#define LEMNOS_DEBUG_CALLS(X) \
  X(vkCreateDebugUtilsMessengerEXT) X(vkDestroyDebugUtilsMessengerEXT) \
  X(vkSetDebugUtilsObjectNameEXT)

#define LEMNOS_DEVICE_CALLS(X) \
  X(vkDestroyDevice) X(vkGetDeviceQueue) X(vkQueueSubmit) \
  X(vkCreateSemaphore) X(vkDestroySemaphore) X(vkGetSemaphoreCounterValue) X(vkWaitSemaphores) \
  X(vkAllocateMemory) X(vkFreeMemory) X(vkMapMemory) \
  X(vkCreateBuffer) X(vkDestroyBuffer) X(vkGetBufferMemoryRequirements) X(vkBindBufferMemory) \
  X(vkCreateBufferView) X(vkDestroyBufferView) \
  X(vkCreateShaderModule) X(vkDestroyShaderModule) \
  X(vkCreateDescriptorSetLayout) X(vkDestroyDescriptorSetLayout) \
  X(vkCreatePipelineLayout) X(vkDestroyPipelineLayout) \
  X(vkCreateComputePipelines) X(vkDestroyPipeline) \
  X(vkCreatePipelineCache) X(vkDestroyPipelineCache) X(vkGetPipelineCacheData) \
  X(vkCreateDescriptorPool) X(vkDestroyDescriptorPool) \
  X(vkAllocateDescriptorSets) X(vkUpdateDescriptorSets) \
  X(vkCreateCommandPool) X(vkDestroyCommandPool) X(vkAllocateCommandBuffers) \
  X(vkBeginCommandBuffer) X(vkEndCommandBuffer) \
  X(vkCmdBindPipeline) X(vkCmdBindDescriptorSets) X(vkCmdPushConstants) X(vkCmdDispatch) \
  X(vkCmdPipelineBarrier) X(vkCmdCopyBuffer) X(vkCmdFillBuffer) X(vkCmdWriteTimestamp) \
  X(vkCmdResetQueryPool) \
  X(vkCreateQueryPool) X(vkDestroyQueryPool) X(vkResetQueryPool) X(vkGetQueryPoolResults)
// clang-format on

struct Calls {
#define LEMNOS_DECLARE(name) PFN_##name name = nullptr;
  PFN_vkGetInstanceProcAddr vkGetInstanceProcAddr = nullptr;
  LEMNOS_GLOBAL_CALLS(LEMNOS_DECLARE)
  LEMNOS_INSTANCE_CALLS(LEMNOS_DECLARE)
  LEMNOS_DEBUG_CALLS(LEMNOS_DECLARE)
  LEMNOS_DEVICE_CALLS(LEMNOS_DECLARE)
  // Of VK_KHR_cooperative_matrix, which headers before 1.3.255 do not know: see matrix_shapes.h.
  // Null where neither loader nor driver has it.
  PFN_vkVoidFunction vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR = nullptr;
#undef LEMNOS_DECLARE
};

// The loader of this machine: $LEMNOS_VULKAN_LIBRARY, else libvulkan.so.1. It is opened at run
// time, so that Lemnos starts, and says what to install, on a machine without it.
std::string loader_library();

// Opens the loader, which then stays open, and fills the global part. Fails when there is none.
void load_global_calls(Calls& calls, const std::string& library);
void load_instance_calls(Calls& calls, VkInstance instance);
void load_device_calls(Calls& calls, VkDevice device);

// "VK_ERROR_DEVICE_LOST (the device was lost)".
std::string result_text(VkResult result);

// Every VkResult goes through here. Errors become an Error that names the call, what it was for and
// the result in words; kind out_of_memory or device_lost where the result says so. Non-error
// results (VK_SUCCESS, VK_NOT_READY, VK_TIMEOUT, VK_INCOMPLETE) are returned.
VkResult check_result(VkResult result, std::string_view call, std::string_view about = "");

}  // namespace lemnos::gpu
