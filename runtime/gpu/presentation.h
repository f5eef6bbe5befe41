// SPDX-License-Identifier: Apache-2.0
// What showing a window needs of Vulkan besides what computing does.
#pragma once

#include <string>
#include <vector>

namespace lemnos::gpu {

// For the whole process, and before the first device is opened: devices opened from here on can
// show what they draw in a window. Takes the names that the window system gives
// (glfwGetRequiredInstanceExtensions). Those that the loader lacks are left out, and a device
// without swapchains opens all the same: Device::can_present() then says no. Never called in a
// program without windows.
void request_presentation(std::vector<std::string> instance_extensions);

std::vector<std::string> requested_presentation();  // empty: no window was asked for

}  // namespace lemnos::gpu
