// SPDX-License-Identifier: Apache-2.0
#include "viewer/window/canvas.h"

#include <array>

#include "runtime/base/error.h"

namespace lemnos::viewer {

using gpu::check_result;
using gpu::structure;

namespace {

constexpr VkPipelineStageFlags computes =
    VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT | VK_PIPELINE_STAGE_TRANSFER_BIT;
constexpr VkPipelineStageFlags draws =
    VK_PIPELINE_STAGE_FRAGMENT_SHADER_BIT | VK_PIPELINE_STAGE_COLOR_ATTACHMENT_OUTPUT_BIT;

// Frames and training share a queue. What was computed before the frame is seen by it; what is
// computed after it waits until the frame has read.
std::array<VkSubpassDependency, 2> order_in_queue() {
  VkSubpassDependency before{};
  before.srcSubpass = VK_SUBPASS_EXTERNAL;
  before.srcStageMask = computes | draws;
  before.dstStageMask = draws;
  before.srcAccessMask = VK_ACCESS_SHADER_WRITE_BIT | VK_ACCESS_TRANSFER_WRITE_BIT |
                         VK_ACCESS_COLOR_ATTACHMENT_WRITE_BIT;
  before.dstAccessMask = VK_ACCESS_SHADER_READ_BIT | VK_ACCESS_COLOR_ATTACHMENT_READ_BIT |
                         VK_ACCESS_COLOR_ATTACHMENT_WRITE_BIT;
  VkSubpassDependency after{};
  after.dstSubpass = VK_SUBPASS_EXTERNAL;
  after.srcStageMask = draws;
  after.dstStageMask = computes;
  after.srcAccessMask = VK_ACCESS_COLOR_ATTACHMENT_WRITE_BIT;
  after.dstAccessMask = VK_ACCESS_TRANSFER_READ_BIT;
  return {before, after};
}

std::uint32_t local_memory(const gpu::Device& device, gpu::Calls& calls, std::uint32_t allowed) {
  VkPhysicalDeviceMemoryProperties memory{};
  calls.vkGetPhysicalDeviceMemoryProperties(device.physical(), &memory);
  std::uint32_t any = memory.memoryTypeCount;
  for (std::uint32_t i = 0; i < memory.memoryTypeCount; ++i) {
    if ((allowed >> i & 1) == 0) continue;
    if ((memory.memoryTypes[i].propertyFlags & VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT) != 0) return i;
    any = i;
  }
  check(any < memory.memoryTypeCount, "{} has no memory for images", device.caps().name);
  return any;
}

}  // namespace

RenderPass::RenderPass(gpu::Device& device, const DrawCalls& calls, VkFormat format)
    : device_(device), calls_(calls), format_(format) {
  VkAttachmentDescription target{};
  target.format = format;
  target.samples = VK_SAMPLE_COUNT_1_BIT;
  target.loadOp = VK_ATTACHMENT_LOAD_OP_CLEAR;
  target.storeOp = VK_ATTACHMENT_STORE_OP_STORE;
  target.stencilLoadOp = VK_ATTACHMENT_LOAD_OP_DONT_CARE;
  target.stencilStoreOp = VK_ATTACHMENT_STORE_OP_DONT_CARE;
  target.initialLayout = VK_IMAGE_LAYOUT_UNDEFINED;
  target.finalLayout = VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL;
  const VkAttachmentReference reference{0, VK_IMAGE_LAYOUT_COLOR_ATTACHMENT_OPTIMAL};
  VkSubpassDescription subpass{};
  subpass.pipelineBindPoint = VK_PIPELINE_BIND_POINT_GRAPHICS;
  subpass.colorAttachmentCount = 1;
  subpass.pColorAttachments = &reference;
  const auto order = order_in_queue();
  auto info = structure<VkRenderPassCreateInfo>(VK_STRUCTURE_TYPE_RENDER_PASS_CREATE_INFO);
  info.attachmentCount = 1;
  info.pAttachments = &target;
  info.subpassCount = 1;
  info.pSubpasses = &subpass;
  info.dependencyCount = static_cast<std::uint32_t>(order.size());
  info.pDependencies = order.data();
  check_result(calls.vkCreateRenderPass(device.handle(), &info, nullptr, &pass_),
               "vkCreateRenderPass", device.caps().name);
}

RenderPass::~RenderPass() { calls_.vkDestroyRenderPass(device_.handle(), pass_, nullptr); }

Canvas::Canvas(gpu::Device& device, const DrawCalls& calls, const RenderPass& pass, VkExtent2D size)
    : device_(device), calls_(calls), pass_(pass), size_(size) {
  try {
    allocate();
  } catch (...) {
    release();
    throw;
  }
}

Canvas::~Canvas() { release(); }

void Canvas::allocate() {
  const std::string what = fmt::format("a canvas of {} x {}", size_.width, size_.height);
  auto image = structure<VkImageCreateInfo>(VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO);
  image.imageType = VK_IMAGE_TYPE_2D;
  image.format = pass_.format();
  image.extent = {size_.width, size_.height, 1};
  image.mipLevels = 1;
  image.arrayLayers = 1;
  image.samples = VK_SAMPLE_COUNT_1_BIT;
  image.tiling = VK_IMAGE_TILING_OPTIMAL;
  image.usage = VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT | VK_IMAGE_USAGE_TRANSFER_SRC_BIT;
  check_result(calls_.vkCreateImage(device_.handle(), &image, nullptr, &image_), "vkCreateImage",
               what);

  VkMemoryRequirements needs{};
  calls_.vkGetImageMemoryRequirements(device_.handle(), image_, &needs);
  auto memory = structure<VkMemoryAllocateInfo>(VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO);
  memory.allocationSize = needs.size;
  memory.memoryTypeIndex = local_memory(device_, device_.calls(), needs.memoryTypeBits);
  check_result(device_.calls().vkAllocateMemory(device_.handle(), &memory, nullptr, &memory_),
               "vkAllocateMemory", what);
  check_result(calls_.vkBindImageMemory(device_.handle(), image_, memory_, 0), "vkBindImageMemory",
               what);

  auto view = structure<VkImageViewCreateInfo>(VK_STRUCTURE_TYPE_IMAGE_VIEW_CREATE_INFO);
  view.image = image_;
  view.viewType = VK_IMAGE_VIEW_TYPE_2D;
  view.format = pass_.format();
  view.subresourceRange = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1};
  check_result(calls_.vkCreateImageView(device_.handle(), &view, nullptr, &view_),
               "vkCreateImageView", what);

  auto buffer = structure<VkFramebufferCreateInfo>(VK_STRUCTURE_TYPE_FRAMEBUFFER_CREATE_INFO);
  buffer.renderPass = pass_.handle();
  buffer.attachmentCount = 1;
  buffer.pAttachments = &view_;
  buffer.width = size_.width;
  buffer.height = size_.height;
  buffer.layers = 1;
  check_result(calls_.vkCreateFramebuffer(device_.handle(), &buffer, nullptr, &framebuffer_),
               "vkCreateFramebuffer", what);
}

void Canvas::release() {
  calls_.vkDestroyFramebuffer(device_.handle(), framebuffer_, nullptr);
  calls_.vkDestroyImageView(device_.handle(), view_, nullptr);
  calls_.vkDestroyImage(device_.handle(), image_, nullptr);
  device_.calls().vkFreeMemory(device_.handle(), memory_, nullptr);
}

void Canvas::begin(VkCommandBuffer commands, const float (&color)[3]) const {
  VkClearValue clear{};
  clear.color = {{color[0], color[1], color[2], 1}};
  auto begin = structure<VkRenderPassBeginInfo>(VK_STRUCTURE_TYPE_RENDER_PASS_BEGIN_INFO);
  begin.renderPass = pass_.handle();
  begin.framebuffer = framebuffer_;
  begin.renderArea.extent = size_;
  begin.clearValueCount = 1;
  begin.pClearValues = &clear;
  calls_.vkCmdBeginRenderPass(commands, &begin, VK_SUBPASS_CONTENTS_INLINE);
}

void Canvas::end(VkCommandBuffer commands) const { calls_.vkCmdEndRenderPass(commands); }

}  // namespace lemnos::viewer
