// SPDX-License-Identifier: Apache-2.0
// The images that the display shows, and their replacement when the window changes.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "runtime/gpu/device.h"
#include "viewer/window/calls.h"

namespace lemnos::viewer {

// A format that both the canvas and the surface can have.
VkSurfaceFormatKHR choose_format(gpu::Device& device, const DrawCalls& calls, VkSurfaceKHR surface);

class Swapchain {
 public:
  Swapchain(gpu::Device& device, const DrawCalls& calls, VkSurfaceKHR surface,
            VkSurfaceFormatKHR format);
  ~Swapchain();  // the queue is idle
  Swapchain(const Swapchain&) = delete;
  Swapchain& operator=(const Swapchain&) = delete;

  // The image to copy the next frame to; `acquired` is signalled when it may be written. None where
  // there is nothing to show on now: minimised, or hidden and not taken by the compositor.
  std::optional<std::uint32_t> acquire(VkExtent2D wanted, VkSemaphore acquired);
  VkImage image(std::uint32_t index) const { return images_.at(index); }
  VkExtent2D size() const { return size_; }
  VkSemaphore copied(std::uint32_t index) const { return copied_.at(index); }
  void present(std::uint32_t index);  // once `copied` is signalled
  // A frame was done with: replaced swapchains that no frame uses are destroyed.
  void frame_done();

 private:
  struct Retired {
    VkSwapchainKHR chain;
    std::vector<VkSemaphore> semaphores;
    int frames_left;
  };

  bool make(VkExtent2D wanted);  // false: the window has no area now
  void destroy(const Retired& retired);

  gpu::Device& device_;
  const DrawCalls& calls_;
  VkSurfaceKHR surface_;
  VkSurfaceFormatKHR format_;
  VkSwapchainKHR chain_ = VK_NULL_HANDLE;
  VkExtent2D size_{};
  VkExtent2D wanted_{};
  bool stale_ = true;
  std::vector<VkImage> images_;
  std::vector<VkSemaphore> copied_;  // of each image
  std::vector<Retired> retired_;
};

}  // namespace lemnos::viewer
