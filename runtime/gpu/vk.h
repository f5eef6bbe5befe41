// SPDX-License-Identifier: Apache-2.0
// The one place that includes Vulkan. Private to runtime/gpu: its public headers name handles by
// forward declaration (struct VkBuffer_T*), so users of the GPU never see vulkan_core.h.
#pragma once

#define VK_NO_PROTOTYPES  // every call goes through Calls
#include <vulkan/vulkan_core.h>

static_assert(VK_USE_64_BIT_PTR_DEFINES == 1, "Lemnos needs 64-bit pointers");

namespace lemnos::gpu {

// A zeroed Vulkan structure with its type filled in.
template <class T>
constexpr T structure(VkStructureType type) {
  T made{};
  made.sType = type;
  return made;
}

}  // namespace lemnos::gpu
