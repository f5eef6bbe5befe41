// SPDX-License-Identifier: Apache-2.0
// The Vulkan functions that draw and present, beside those that compute (runtime/gpu/calls.h).
#pragma once

#include "runtime/gpu/calls.h"

namespace lemnos::gpu {
class Device;
}

namespace lemnos::viewer {

// clang-format off
#define LEMNOS_DRAW_CALLS(X) \
  X(vkCreateImage) X(vkDestroyImage) X(vkGetImageMemoryRequirements) X(vkBindImageMemory) \
  X(vkCreateImageView) X(vkDestroyImageView) X(vkCreateRenderPass) X(vkDestroyRenderPass) \
  X(vkCreateFramebuffer) X(vkDestroyFramebuffer) X(vkCreateGraphicsPipelines) \
  X(vkCreateFence) X(vkDestroyFence) X(vkWaitForFences) X(vkResetFences) \
  X(vkResetCommandBuffer) X(vkResetDescriptorPool) X(vkQueueWaitIdle) \
  X(vkCmdBeginRenderPass) X(vkCmdEndRenderPass) X(vkCmdSetViewport) X(vkCmdSetScissor) \
  X(vkCmdDraw) X(vkCmdCopyImage) X(vkCmdCopyImageToBuffer)

// Present only where the device can present.
#define LEMNOS_PRESENT_CALLS(X) \
  X(vkCreateSwapchainKHR) X(vkDestroySwapchainKHR) X(vkGetSwapchainImagesKHR) \
  X(vkAcquireNextImageKHR) X(vkQueuePresentKHR)

#define LEMNOS_SURFACE_CALLS(X) \
  X(vkDestroySurfaceKHR) X(vkGetPhysicalDeviceSurfaceSupportKHR) \
  X(vkGetPhysicalDeviceSurfaceCapabilitiesKHR) X(vkGetPhysicalDeviceSurfaceFormatsKHR)
// clang-format on

struct DrawCalls {
#define LEMNOS_DECLARE(name) PFN_##name name = nullptr;
  LEMNOS_DRAW_CALLS(LEMNOS_DECLARE)
  LEMNOS_PRESENT_CALLS(LEMNOS_DECLARE)
  LEMNOS_SURFACE_CALLS(LEMNOS_DECLARE)
#undef LEMNOS_DECLARE
};

// Those of the device; present calls too where it can present. Fails when the driver lacks one.
DrawCalls load_draw_calls(gpu::Device& device);

}  // namespace lemnos::viewer
