// SPDX-License-Identifier: Apache-2.0
#include "viewer/window/swapchain.h"

#include <algorithm>
#include <utility>

#include "runtime/base/error.h"
#include "runtime/gpu/instance.h"
#include "runtime/gpu/queue.h"

namespace lemnos::viewer {

using gpu::check_result;
using gpu::enumerate;
using gpu::structure;

namespace {

constexpr std::uint64_t patience = 100'000'000;  // nanoseconds that a frame waits to be shown
constexpr int frames_in_flight = 2;

VkCompositeAlphaFlagBitsKHR choose_alpha(VkCompositeAlphaFlagsKHR offered) {
  for (const auto alpha : {VK_COMPOSITE_ALPHA_OPAQUE_BIT_KHR, VK_COMPOSITE_ALPHA_INHERIT_BIT_KHR,
                           VK_COMPOSITE_ALPHA_POST_MULTIPLIED_BIT_KHR})
    if ((offered & alpha) != 0) return alpha;
  return VK_COMPOSITE_ALPHA_PRE_MULTIPLIED_BIT_KHR;
}

// The surface's own size where it has one; else the window's, within what is allowed.
VkExtent2D choose_size(const VkSurfaceCapabilitiesKHR& surface, VkExtent2D wanted) {
  if (surface.currentExtent.width != UINT32_MAX) return surface.currentExtent;
  return {std::clamp(wanted.width, surface.minImageExtent.width, surface.maxImageExtent.width),
          std::clamp(wanted.height, surface.minImageExtent.height, surface.maxImageExtent.height)};
}

}  // namespace

VkSurfaceFormatKHR choose_format(gpu::Device& device, const DrawCalls& calls,
                                 VkSurfaceKHR surface) {
  const auto formats = enumerate<VkSurfaceFormatKHR>(
      "vkGetPhysicalDeviceSurfaceFormatsKHR", [&](std::uint32_t* count, VkSurfaceFormatKHR* items) {
        return calls.vkGetPhysicalDeviceSurfaceFormatsKHR(device.physical(), surface, count, items);
      });
  // Colours are written as the display takes them, so no format that converts (…_SRGB).
  for (const VkFormat wanted : {VK_FORMAT_B8G8R8A8_UNORM, VK_FORMAT_R8G8B8A8_UNORM})
    for (const VkSurfaceFormatKHR& format : formats)
      if (format.format == wanted) return format;
  fail(
      "{} shows windows in none of the formats that the viewer draws (8 bits a channel)\n"
      "  help: --screenshot FILE draws without a window",
      device.caps().name);
}

Swapchain::Swapchain(gpu::Device& device, const DrawCalls& calls, VkSurfaceKHR surface,
                     VkSurfaceFormatKHR format)
    : device_(device), calls_(calls), surface_(surface), format_(format) {}

Swapchain::~Swapchain() {
  for (const Retired& retired : retired_) destroy(retired);
  destroy({chain_, copied_, 0});
}

void Swapchain::destroy(const Retired& retired) {
  for (VkSemaphore semaphore : retired.semaphores)
    device_.calls().vkDestroySemaphore(device_.handle(), semaphore, nullptr);
  calls_.vkDestroySwapchainKHR(device_.handle(), retired.chain, nullptr);
}

void Swapchain::frame_done() {
  for (Retired& retired : retired_)
    if (--retired.frames_left <= 0) destroy(retired);
  std::erase_if(retired_, [](const Retired& retired) { return retired.frames_left <= 0; });
}

bool Swapchain::make(VkExtent2D wanted) {
  VkSurfaceCapabilitiesKHR surface{};
  check_result(
      calls_.vkGetPhysicalDeviceSurfaceCapabilitiesKHR(device_.physical(), surface_, &surface),
      "vkGetPhysicalDeviceSurfaceCapabilitiesKHR", "the window");
  check((surface.supportedUsageFlags & VK_IMAGE_USAGE_TRANSFER_DST_BIT) != 0,
        "{} cannot copy images into a window\n  help: --screenshot FILE draws without one",
        device_.caps().name);
  const VkExtent2D size = choose_size(surface, wanted);
  if (size.width == 0 || size.height == 0) return false;

  auto info = structure<VkSwapchainCreateInfoKHR>(VK_STRUCTURE_TYPE_SWAPCHAIN_CREATE_INFO_KHR);
  info.surface = surface_;
  info.minImageCount = std::max(surface.minImageCount + 1, 3u);
  if (surface.maxImageCount != 0)
    info.minImageCount = std::min(info.minImageCount, surface.maxImageCount);
  info.imageFormat = format_.format;
  info.imageColorSpace = format_.colorSpace;
  info.imageExtent = size;
  info.imageArrayLayers = 1;
  info.imageUsage = VK_IMAGE_USAGE_TRANSFER_DST_BIT;
  info.imageSharingMode = VK_SHARING_MODE_EXCLUSIVE;
  info.preTransform = surface.currentTransform;
  info.compositeAlpha = choose_alpha(surface.supportedCompositeAlpha);
  info.presentMode = VK_PRESENT_MODE_FIFO_KHR;  // at the display's rate; every driver has it
  info.clipped = VK_TRUE;
  info.oldSwapchain = chain_;
  VkSwapchainKHR chain = VK_NULL_HANDLE;
  check_result(calls_.vkCreateSwapchainKHR(device_.handle(), &info, nullptr, &chain),
               "vkCreateSwapchainKHR", fmt::format("a window of {} x {}", size.width, size.height));
  // Frames in flight, and the display, may still use the old one.
  if (chain_ != VK_NULL_HANDLE)
    retired_.push_back({chain_, std::exchange(copied_, {}), frames_in_flight + 1});
  chain_ = chain;
  size_ = size;
  wanted_ = wanted;
  images_ =
      enumerate<VkImage>("vkGetSwapchainImagesKHR", [&](std::uint32_t* count, VkImage* items) {
        return calls_.vkGetSwapchainImagesKHR(device_.handle(), chain_, count, items);
      });
  const auto semaphore = structure<VkSemaphoreCreateInfo>(VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO);
  copied_.resize(images_.size(), VK_NULL_HANDLE);
  for (VkSemaphore& made : copied_)
    check_result(device_.calls().vkCreateSemaphore(device_.handle(), &semaphore, nullptr, &made),
                 "vkCreateSemaphore", "the window");
  stale_ = false;
  return true;
}

std::optional<std::uint32_t> Swapchain::acquire(VkExtent2D wanted, VkSemaphore acquired) {
  if (wanted.width != wanted_.width || wanted.height != wanted_.height) stale_ = true;
  for (int attempt = 0; attempt < 3; ++attempt) {  // the window may change again in between
    if (stale_ && !make(wanted)) return std::nullopt;
    std::uint32_t index = 0;
    const VkResult result = calls_.vkAcquireNextImageKHR(device_.handle(), chain_, patience,
                                                         acquired, VK_NULL_HANDLE, &index);
    if (result == VK_ERROR_OUT_OF_DATE_KHR) {
      stale_ = true;
      continue;
    }
    check_result(result, "vkAcquireNextImageKHR", "the window");
    if (result == VK_TIMEOUT || result == VK_NOT_READY) return std::nullopt;
    if (result == VK_SUBOPTIMAL_KHR) stale_ = true;  // shown once more, then replaced
    return index;
  }
  return std::nullopt;
}

void Swapchain::present(std::uint32_t index) {
  auto info = structure<VkPresentInfoKHR>(VK_STRUCTURE_TYPE_PRESENT_INFO_KHR);
  info.waitSemaphoreCount = 1;
  info.pWaitSemaphores = &copied_.at(index);
  info.swapchainCount = 1;
  info.pSwapchains = &chain_;
  info.pImageIndices = &index;
  const VkResult result =
      device_.queue().locked([&](VkQueue queue) { return calls_.vkQueuePresentKHR(queue, &info); });
  if (result == VK_SUBOPTIMAL_KHR || result == VK_ERROR_OUT_OF_DATE_KHR) {
    stale_ = true;
    return;
  }
  check_result(result, "vkQueuePresentKHR", "the window");
}

}  // namespace lemnos::viewer
