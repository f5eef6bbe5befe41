// SPDX-License-Identifier: Apache-2.0
// Everything of a window that is Vulkan: frames are drawn into the canvas, and copied to the
// surface where there is one. Used by one thread.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include "data/array.h"
#include "viewer/window/canvas.h"
#include "viewer/window/painter.h"
#include "viewer/window/swapchain.h"

struct ImDrawData;

namespace lemnos::viewer {

class Renderer {
 public:
  // Makes a surface of a window for the instance; nothing: drawn offscreen.
  using MakeSurface = std::function<VkSurfaceKHR(VkInstance)>;

  Renderer(std::shared_ptr<gpu::Device> device, const MakeSurface& make_surface);
  ~Renderer();  // waits for the queue
  Renderer(const Renderer&) = delete;
  Renderer& operator=(const Renderer&) = delete;

  // ImGui's fonts as they are now; its context is current.
  void load_fonts();
  // Before ImGui::NewFrame(). Waits until the frame before the last is done.
  void begin();
  // What ImGui drew, on a canvas of this size.
  void render(ImDrawData& data, VkExtent2D size, const float (&background)[3]);
  // This part of the last frame, red, green and blue; waits for it.
  data::Array capture(VkRect2D part);
  VkExtent2D size() const { return canvas_ ? canvas_->size() : VkExtent2D{}; }

 private:
  struct Frame {
    VkCommandBuffer commands = VK_NULL_HANDLE;
    VkFence done = VK_NULL_HANDLE;
    VkSemaphore acquired = VK_NULL_HANDLE;
    FramePictures pictures;
  };

  void start(const MakeSurface& make_surface);
  void stop() noexcept;
  void start_surface(const MakeSurface& make_surface);
  void start_frames();
  void start_imgui();
  void stop_imgui();
  void wait(const Frame& frame);
  void wait_all();
  void open(VkCommandBuffer commands);
  void submit(const Frame& frame, VkSemaphore wait_for, VkSemaphore signal);
  void copy_to(std::uint32_t image);
  void record(ImDrawData& data, const float (&background)[3]);
  void run_now(const std::function<void(VkCommandBuffer)>& record);

  std::shared_ptr<gpu::Device> device_;
  DrawCalls calls_;
  VkSurfaceKHR surface_ = VK_NULL_HANDLE;
  std::unique_ptr<Swapchain> swapchain_;
  std::unique_ptr<RenderPass> pass_;
  std::unique_ptr<Canvas> canvas_;
  std::unique_ptr<Painter> painter_;
  VkCommandPool pool_ = VK_NULL_HANDLE;
  VkDescriptorPool imgui_sets_ = VK_NULL_HANDLE;
  std::array<Frame, 2> frames_;  // in flight: one is drawn while the other is recorded
  Frame once_;                   // for work that is waited for: fonts, captures
  std::size_t current_ = 0;
  bool imgui_ = false;
};

}  // namespace lemnos::viewer
