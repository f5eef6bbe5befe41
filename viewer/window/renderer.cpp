// SPDX-License-Identifier: Apache-2.0
#include "viewer/window/renderer.h"

#include <imgui/backends/imgui_impl_vulkan.h>
#include <imgui/imgui.h>

#include <algorithm>

#include "runtime/base/error.h"
#include "runtime/base/log.h"
#include "runtime/gpu/instance.h"
#include "runtime/gpu/queue.h"

// What ImGui's backend is linked with.
extern "C" PFN_vkVoidFunction vkGetInstanceProcAddr(VkInstance instance, const char* name);

namespace lemnos::viewer {

using gpu::check_result;
using gpu::structure;

namespace {

constexpr std::uint64_t forever = UINT64_MAX;

void check_drawing(const gpu::Device& device, const gpu::Calls& calls) {
  check(device.can_draw(),
        "{} computes on a queue that cannot draw: the viewer cannot show it\n"
        "  help: choose another --device, or train with `lemnos`",
        device.caps().name);
  check(calls.vkGetInstanceProcAddr == ::vkGetInstanceProcAddr,
        "the viewer draws through libvulkan.so.1, and LEMNOS_VULKAN_LIBRARY names another loader\n"
        "  help: unset LEMNOS_VULKAN_LIBRARY");
}

void check_imgui(VkResult result) { check_result(result, "drawing the user interface"); }

}  // namespace

Renderer::Renderer(std::shared_ptr<gpu::Device> device, const MakeSurface& make_surface)
    : device_(std::move(device)) {
  check_drawing(*device_, device_->calls());
  calls_ = load_draw_calls(*device_);
  try {
    start(make_surface);
  } catch (...) {
    stop();
    throw;
  }
}

Renderer::~Renderer() { stop(); }

void Renderer::start(const MakeSurface& make_surface) {
  VkFormat format = VK_FORMAT_R8G8B8A8_UNORM;
  if (make_surface) {
    start_surface(make_surface);
    const VkSurfaceFormatKHR chosen = choose_format(*device_, calls_, surface_);
    swapchain_ = std::make_unique<Swapchain>(*device_, calls_, surface_, chosen);
    format = chosen.format;
  }
  pass_ = std::make_unique<RenderPass>(*device_, calls_, format);
  painter_ = std::make_unique<Painter>(device_, calls_, *pass_);
  start_frames();
  render_pictures_with([this](const PictureDraw& draw) {
    Frame& frame = frames_[current_];
    painter_->paint(frame.commands, canvas_->size(), frame.pictures, draw);
  });
}

void Renderer::start_surface(const MakeSurface& make_surface) {
  check(device_->can_present(),
        "{} was opened without what a window needs: its driver, or this machine's Vulkan loader, "
        "cannot show windows\n  help: --screenshot FILE draws without one; choose another --device",
        device_->caps().name);
  surface_ = make_surface(device_->instance().handle());
  VkBool32 supported = VK_FALSE;
  check_result(calls_.vkGetPhysicalDeviceSurfaceSupportKHR(
                   device_->physical(), device_->queue_family(), surface_, &supported),
               "vkGetPhysicalDeviceSurfaceSupportKHR", device_->caps().name);
  check(supported == VK_TRUE,
        "{} cannot show windows on this display\n"
        "  help: choose another --device, or --screenshot FILE, which draws without a window",
        device_->caps().name);
}

void Renderer::start_frames() {
  const gpu::Calls& calls = device_->calls();
  VkDevice device = device_->handle();
  auto pool = structure<VkCommandPoolCreateInfo>(VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO);
  pool.flags = VK_COMMAND_POOL_CREATE_RESET_COMMAND_BUFFER_BIT;
  pool.queueFamilyIndex = device_->queue_family();
  check_result(calls.vkCreateCommandPool(device, &pool, nullptr, &pool_), "vkCreateCommandPool",
               "the window");
  auto commands =
      structure<VkCommandBufferAllocateInfo>(VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO);
  commands.commandPool = pool_;
  commands.level = VK_COMMAND_BUFFER_LEVEL_PRIMARY;
  commands.commandBufferCount = 1;
  auto fence = structure<VkFenceCreateInfo>(VK_STRUCTURE_TYPE_FENCE_CREATE_INFO);
  fence.flags = VK_FENCE_CREATE_SIGNALED_BIT;
  const auto semaphore = structure<VkSemaphoreCreateInfo>(VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO);
  for (Frame* frame : {&frames_[0], &frames_[1], &once_}) {
    check_result(calls.vkAllocateCommandBuffers(device, &commands, &frame->commands),
                 "vkAllocateCommandBuffers", "the window");
    check_result(calls_.vkCreateFence(device, &fence, nullptr, &frame->done), "vkCreateFence",
                 "the window");
    check_result(calls.vkCreateSemaphore(device, &semaphore, nullptr, &frame->acquired),
                 "vkCreateSemaphore", "the window");
  }
}

void Renderer::start_imgui() {
  const VkDescriptorPoolSize size{VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER, 1};
  auto pool = structure<VkDescriptorPoolCreateInfo>(VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO);
  pool.maxSets = 1;
  pool.poolSizeCount = 1;
  pool.pPoolSizes = &size;
  check_result(
      device_->calls().vkCreateDescriptorPool(device_->handle(), &pool, nullptr, &imgui_sets_),
      "vkCreateDescriptorPool", "the user interface");
  ImGui_ImplVulkan_InitInfo info{};
  info.Instance = device_->instance().handle();
  info.PhysicalDevice = device_->physical();
  info.Device = device_->handle();
  info.QueueFamily = device_->queue_family();
  device_->queue().locked([&](VkQueue queue) { info.Queue = queue; });
  info.DescriptorPool = imgui_sets_;
  info.MinImageCount = static_cast<std::uint32_t>(frames_.size());
  info.ImageCount = info.MinImageCount;
  info.CheckVkResultFn = check_imgui;
  ImGui_ImplVulkan_Init(&info, pass_->handle());
  imgui_ = true;
}

void Renderer::stop_imgui() {
  if (imgui_) ImGui_ImplVulkan_Shutdown();
  imgui_ = false;
  device_->calls().vkDestroyDescriptorPool(device_->handle(), imgui_sets_, nullptr);
  imgui_sets_ = VK_NULL_HANDLE;
}

void Renderer::stop() noexcept {
  render_pictures_with(nullptr);
  forget_pictures();
  // The display may still read what was presented; only an idle queue says that it does not.
  const VkResult idle =
      device_->queue().locked([&](VkQueue queue) { return calls_.vkQueueWaitIdle(queue); });
  if (idle < 0) log::warn("closing the window: {}", gpu::result_text(idle));
  stop_imgui();
  const gpu::Calls& calls = device_->calls();
  for (Frame* frame : {&frames_[0], &frames_[1], &once_}) {
    if (painter_) painter_->release(frame->pictures);
    calls_.vkDestroyFence(device_->handle(), frame->done, nullptr);
    calls.vkDestroySemaphore(device_->handle(), frame->acquired, nullptr);
  }
  calls.vkDestroyCommandPool(device_->handle(), pool_, nullptr);
  painter_.reset();
  canvas_.reset();
  pass_.reset();
  swapchain_.reset();
  if (surface_ != VK_NULL_HANDLE)
    calls_.vkDestroySurfaceKHR(device_->instance().handle(), surface_, nullptr);
}

void Renderer::wait(const Frame& frame) {
  check_result(calls_.vkWaitForFences(device_->handle(), 1, &frame.done, VK_TRUE, forever),
               "vkWaitForFences", device_->caps().name);
}

void Renderer::wait_all() {
  for (const Frame& frame : frames_) wait(frame);
}

void Renderer::open(VkCommandBuffer commands) {
  check_result(calls_.vkResetCommandBuffer(commands, 0), "vkResetCommandBuffer", "the window");
  auto begin = structure<VkCommandBufferBeginInfo>(VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO);
  begin.flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT;
  check_result(device_->calls().vkBeginCommandBuffer(commands, &begin), "vkBeginCommandBuffer",
               "the window");
}

void Renderer::submit(const Frame& frame, VkSemaphore wait_for, VkSemaphore signal) {
  check_result(device_->calls().vkEndCommandBuffer(frame.commands), "vkEndCommandBuffer",
               "the window");
  check_result(calls_.vkResetFences(device_->handle(), 1, &frame.done), "vkResetFences",
               "the window");
  const VkPipelineStageFlags copies = VK_PIPELINE_STAGE_TRANSFER_BIT;
  auto info = structure<VkSubmitInfo>(VK_STRUCTURE_TYPE_SUBMIT_INFO);
  info.commandBufferCount = 1;
  info.pCommandBuffers = &frame.commands;
  if (wait_for != VK_NULL_HANDLE) {
    info.waitSemaphoreCount = 1;
    info.pWaitSemaphores = &wait_for;
    info.pWaitDstStageMask = &copies;
  }
  if (signal != VK_NULL_HANDLE) {
    info.signalSemaphoreCount = 1;
    info.pSignalSemaphores = &signal;
  }
  const VkResult result = device_->queue().locked(
      [&](VkQueue queue) { return device_->calls().vkQueueSubmit(queue, 1, &info, frame.done); });
  check_result(result, "vkQueueSubmit", device_->caps().name);
}

void Renderer::run_now(const std::function<void(VkCommandBuffer)>& record) {
  open(once_.commands);
  record(once_.commands);
  submit(once_, VK_NULL_HANDLE, VK_NULL_HANDLE);
  wait(once_);
}

void Renderer::load_fonts() {
  wait_all();
  stop_imgui();  // ImGui 1.86 can replace its font texture in no other way
  start_imgui();
  run_now([](VkCommandBuffer commands) { ImGui_ImplVulkan_CreateFontsTexture(commands); });
  ImGui_ImplVulkan_DestroyFontUploadObjects();
}

void Renderer::begin() {
  current_ = (current_ + 1) % frames_.size();
  Frame& frame = frames_[current_];
  wait(frame);
  painter_->recycle(frame.pictures);
  if (swapchain_) swapchain_->frame_done();
  forget_pictures();
  ImGui_ImplVulkan_NewFrame();
}

void Renderer::render(ImDrawData& data, VkExtent2D size, const float (&background)[3]) {
  if (canvas_ == nullptr || canvas_->size().width != size.width ||
      canvas_->size().height != size.height) {
    wait_all();
    canvas_.reset();
    canvas_ = std::make_unique<Canvas>(*device_, calls_, *pass_, size);
  }
  Frame& frame = frames_[current_];
  record(data, background);
  std::optional<std::uint32_t> image;
  if (swapchain_) image = swapchain_->acquire(size, frame.acquired);
  if (!image) return submit(frame, VK_NULL_HANDLE, VK_NULL_HANDLE);
  copy_to(*image);
  submit(frame, frame.acquired, swapchain_->copied(*image));
  // A CPU driver presents only when it has drawn, and would keep the queue locked for as long:
  // training could not go on. So it is waited for outside of the lock.
  if (device_->caps().type == gpu::DeviceType::cpu) wait(frame);
  swapchain_->present(*image);
}

void Renderer::record(ImDrawData& data, const float (&background)[3]) {
  VkCommandBuffer commands = frames_[current_].commands;
  open(commands);
  canvas_->begin(commands, background);
  ImGui_ImplVulkan_RenderDrawData(&data, commands);
  canvas_->end(commands);
}

void Renderer::copy_to(std::uint32_t index) {
  const gpu::Calls& calls = device_->calls();
  VkCommandBuffer commands = frames_[current_].commands;
  const VkImageSubresourceLayers color{VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1};
  auto barrier = structure<VkImageMemoryBarrier>(VK_STRUCTURE_TYPE_IMAGE_MEMORY_BARRIER);
  barrier.dstAccessMask = VK_ACCESS_TRANSFER_WRITE_BIT;
  barrier.oldLayout = VK_IMAGE_LAYOUT_UNDEFINED;
  barrier.newLayout = VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL;
  barrier.srcQueueFamilyIndex = barrier.dstQueueFamilyIndex = VK_QUEUE_FAMILY_IGNORED;
  barrier.image = swapchain_->image(index);
  barrier.subresourceRange = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1};
  calls.vkCmdPipelineBarrier(commands, VK_PIPELINE_STAGE_TRANSFER_BIT,
                             VK_PIPELINE_STAGE_TRANSFER_BIT, 0, 0, nullptr, 0, nullptr, 1,
                             &barrier);
  VkImageCopy region{};  // the window may have changed since the frame was begun
  region.srcSubresource = region.dstSubresource = color;
  region.extent = {std::min(canvas_->size().width, swapchain_->size().width),
                   std::min(canvas_->size().height, swapchain_->size().height), 1};
  calls_.vkCmdCopyImage(commands, canvas_->image(), VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL,
                        barrier.image, VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL, 1, &region);
  barrier.srcAccessMask = VK_ACCESS_TRANSFER_WRITE_BIT;
  barrier.dstAccessMask = 0;
  barrier.oldLayout = VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL;
  barrier.newLayout = VK_IMAGE_LAYOUT_PRESENT_SRC_KHR;
  calls.vkCmdPipelineBarrier(commands, VK_PIPELINE_STAGE_TRANSFER_BIT,
                             VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, 0, 0, nullptr, 0, nullptr, 1,
                             &barrier);
}

data::Array Renderer::capture(VkRect2D part) {
  check(canvas_ != nullptr, "nothing has been drawn yet");
  const std::uint64_t pixels = std::uint64_t{part.extent.width} * part.extent.height;
  const gpu::Buffer buffer = device_->allocate(pixels * 4, gpu::Memory::readback, "capture");
  run_now([&](VkCommandBuffer commands) {
    VkBufferImageCopy region{};
    region.imageSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1};
    region.imageOffset = {part.offset.x, part.offset.y, 0};
    region.imageExtent = {part.extent.width, part.extent.height, 1};
    calls_.vkCmdCopyImageToBuffer(commands, canvas_->image(), VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL,
                                  buffer.handle(), 1, &region);
    auto barrier = structure<VkMemoryBarrier>(VK_STRUCTURE_TYPE_MEMORY_BARRIER);
    barrier.srcAccessMask = VK_ACCESS_TRANSFER_WRITE_BIT;
    barrier.dstAccessMask = VK_ACCESS_HOST_READ_BIT;
    device_->calls().vkCmdPipelineBarrier(commands, VK_PIPELINE_STAGE_TRANSFER_BIT,
                                          VK_PIPELINE_STAGE_HOST_BIT, 0, 1, &barrier, 0, nullptr, 0,
                                          nullptr);
  });
  data::Array image =
      data::Array::zeros(DType::u8, {static_cast<std::int64_t>(part.extent.height),
                                     static_cast<std::int64_t>(part.extent.width), 3});
  const bool blue_first = pass_->format() == VK_FORMAT_B8G8R8A8_UNORM;
  const std::size_t red = blue_first ? 2 : 0;
  const auto out = image.as<std::uint8_t>();
  const auto* in = reinterpret_cast<const std::uint8_t*>(buffer.data());
  for (std::size_t i = 0; i < pixels; ++i) {
    out[i * 3] = in[i * 4 + red];
    out[i * 3 + 1] = in[i * 4 + 1];
    out[i * 3 + 2] = in[i * 4 + 2 - red];
  }
  return image;
}

}  // namespace lemnos::viewer
