// SPDX-License-Identifier: Apache-2.0
// The image that frames are drawn into. With a window it is copied to the one that is shown, so
// that drawing, and taking pictures of what was drawn, are the same with and without a display.
#pragma once

#include <cstdint>
#include <memory>

#include "runtime/gpu/device.h"
#include "viewer/window/calls.h"

namespace lemnos::viewer {

// How a frame is drawn: one pass that clears the canvas, draws, and leaves it to be copied from.
class RenderPass {
 public:
  RenderPass(gpu::Device& device, const DrawCalls& calls, VkFormat format);
  ~RenderPass();
  RenderPass(const RenderPass&) = delete;
  RenderPass& operator=(const RenderPass&) = delete;

  VkRenderPass handle() const { return pass_; }
  VkFormat format() const { return format_; }

 private:
  gpu::Device& device_;
  const DrawCalls& calls_;
  VkFormat format_;
  VkRenderPass pass_ = VK_NULL_HANDLE;
};

class Canvas {
 public:
  Canvas(gpu::Device& device, const DrawCalls& calls, const RenderPass& pass, VkExtent2D size);
  ~Canvas();
  Canvas(const Canvas&) = delete;
  Canvas& operator=(const Canvas&) = delete;

  VkExtent2D size() const { return size_; }
  VkImage image() const { return image_; }
  // Cleared to the colour, red, green, blue.
  void begin(VkCommandBuffer commands, const float (&color)[3]) const;
  void end(VkCommandBuffer commands) const;

 private:
  void allocate();
  void release();

  gpu::Device& device_;
  const DrawCalls& calls_;
  const RenderPass& pass_;
  VkExtent2D size_;
  VkImage image_ = VK_NULL_HANDLE;
  VkDeviceMemory memory_ = VK_NULL_HANDLE;
  VkImageView view_ = VK_NULL_HANDLE;
  VkFramebuffer framebuffer_ = VK_NULL_HANDLE;
};

}  // namespace lemnos::viewer
