// SPDX-License-Identifier: Apache-2.0
#include "viewer/window/painter.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "runtime/base/error.h"
#include "runtime/tensor/storage.h"
#include "viewer/window/picture_params.h"

namespace lemnos::viewer {

using gpu::check_result;
using gpu::structure;

namespace {

constexpr std::uint32_t sets_in_pool = 64;
constexpr VkShaderStageFlags both = VK_SHADER_STAGE_VERTEX_BIT | VK_SHADER_STAGE_FRAGMENT_BIT;

constexpr std::uint32_t vertex_words[] = {
#include "viewer/picture.vert.inc"
};
constexpr std::uint32_t fragment_words[] = {
#include "viewer/picture.frag.inc"
};

std::int64_t elements_of(const Picture& picture) {
  return picture.count * picture.height * picture.width * picture.channels;
}

kernels::DrawPicture params_of(const PictureDraw& draw, VkExtent2D screen, std::uint32_t first) {
  const PictureStyle& style = draw.style;
  const Picture& picture = *draw.picture;
  const auto count = [](std::int64_t n) { return static_cast<std::uint32_t>(n); };
  return {
      .screen_width = static_cast<float>(screen.width),
      .screen_height = static_cast<float>(screen.height),
      .left = draw.at.x,
      .top = draw.at.y,
      .width = draw.layout.size.x,
      .height = draw.layout.size.y,
      .cell_width = draw.layout.cell_width,
      .cell_height = draw.layout.cell_height,
      .gap = style.gap,
      .from_x = style.x,
      .from_y = style.y,
      .zoom = style.zoom,
      .columns = count(draw.layout.columns),
      .first = first,
      .first_image = count(std::clamp<std::int64_t>(style.image, 0, picture.count - 1)),
      .images = style.image >= 0 ? 1 : count(picture.count),
      .image_height = count(picture.height),
      .image_width = count(picture.width),
      .channels = count(picture.channels),
      .colors = static_cast<std::uint32_t>(style.colors),
      .low = style.low,
      .high = style.high,
  };
}

// The part of a clip rectangle that is on the screen.
VkRect2D scissor_of(ImVec4 clip, VkExtent2D screen) {
  const auto inside = [](float value, std::uint32_t size) {
    return std::clamp(value, 0.0f, static_cast<float>(size));
  };
  const float left = std::floor(inside(clip.x, screen.width));
  const float top = std::floor(inside(clip.y, screen.height));
  const float right = std::max(left, inside(clip.z, screen.width));
  const float bottom = std::max(top, inside(clip.w, screen.height));
  return {{static_cast<std::int32_t>(left), static_cast<std::int32_t>(top)},
          {static_cast<std::uint32_t>(right - left), static_cast<std::uint32_t>(bottom - top)}};
}

}  // namespace

Painter::Painter(std::shared_ptr<gpu::Device> device, const DrawCalls& calls,
                 const RenderPass& pass)
    : device_(std::move(device)), calls_(calls) {
  try {
    make_pipeline(pass);
  } catch (...) {
    destroy();
    throw;
  }
}

Painter::~Painter() { destroy(); }

void Painter::destroy() {
  const gpu::Calls& calls = device_->calls();
  calls.vkDestroyPipeline(device_->handle(), pipeline_, nullptr);
  calls.vkDestroyPipelineLayout(device_->handle(), layout_, nullptr);
  calls.vkDestroyDescriptorSetLayout(device_->handle(), set_layout_, nullptr);
  calls.vkDestroyShaderModule(device_->handle(), vertex_, nullptr);
  calls.vkDestroyShaderModule(device_->handle(), fragment_, nullptr);
}

VkShaderModule Painter::make_module(std::span<const std::uint32_t> words) {
  auto info = structure<VkShaderModuleCreateInfo>(VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO);
  info.codeSize = words.size_bytes();
  info.pCode = words.data();
  VkShaderModule module = VK_NULL_HANDLE;
  check_result(device_->calls().vkCreateShaderModule(device_->handle(), &info, nullptr, &module),
               "vkCreateShaderModule", "pictures");
  return module;
}

void Painter::make_pipeline(const RenderPass& pass) {
  const gpu::Calls& calls = device_->calls();
  vertex_ = make_module(vertex_words);
  fragment_ = make_module(fragment_words);

  VkDescriptorSetLayoutBinding binding{};
  binding.descriptorType = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
  binding.descriptorCount = 1;
  binding.stageFlags = VK_SHADER_STAGE_FRAGMENT_BIT;
  auto set = structure<VkDescriptorSetLayoutCreateInfo>(
      VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO);
  set.bindingCount = 1;
  set.pBindings = &binding;
  check_result(calls.vkCreateDescriptorSetLayout(device_->handle(), &set, nullptr, &set_layout_),
               "vkCreateDescriptorSetLayout", "pictures");
  const VkPushConstantRange push{both, 0, sizeof(kernels::DrawPicture)};
  auto layout =
      structure<VkPipelineLayoutCreateInfo>(VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO);
  layout.setLayoutCount = 1;
  layout.pSetLayouts = &set_layout_;
  layout.pushConstantRangeCount = 1;
  layout.pPushConstantRanges = &push;
  check_result(calls.vkCreatePipelineLayout(device_->handle(), &layout, nullptr, &layout_),
               "vkCreatePipelineLayout", "pictures");

  std::array<VkPipelineShaderStageCreateInfo, 2> stages{};
  for (VkPipelineShaderStageCreateInfo& stage : stages) {
    stage.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO;
    stage.pName = "main";
  }
  stages[0].stage = VK_SHADER_STAGE_VERTEX_BIT;
  stages[0].module = vertex_;
  stages[1].stage = VK_SHADER_STAGE_FRAGMENT_BIT;
  stages[1].module = fragment_;
  const auto vertices = structure<VkPipelineVertexInputStateCreateInfo>(
      VK_STRUCTURE_TYPE_PIPELINE_VERTEX_INPUT_STATE_CREATE_INFO);
  auto assembly = structure<VkPipelineInputAssemblyStateCreateInfo>(
      VK_STRUCTURE_TYPE_PIPELINE_INPUT_ASSEMBLY_STATE_CREATE_INFO);
  assembly.topology = VK_PRIMITIVE_TOPOLOGY_TRIANGLE_STRIP;
  auto viewport = structure<VkPipelineViewportStateCreateInfo>(
      VK_STRUCTURE_TYPE_PIPELINE_VIEWPORT_STATE_CREATE_INFO);
  viewport.viewportCount = 1;
  viewport.scissorCount = 1;
  auto raster = structure<VkPipelineRasterizationStateCreateInfo>(
      VK_STRUCTURE_TYPE_PIPELINE_RASTERIZATION_STATE_CREATE_INFO);
  raster.lineWidth = 1;
  auto samples = structure<VkPipelineMultisampleStateCreateInfo>(
      VK_STRUCTURE_TYPE_PIPELINE_MULTISAMPLE_STATE_CREATE_INFO);
  samples.rasterizationSamples = VK_SAMPLE_COUNT_1_BIT;
  VkPipelineColorBlendAttachmentState opaque{};
  opaque.colorWriteMask = VK_COLOR_COMPONENT_R_BIT | VK_COLOR_COMPONENT_G_BIT |
                          VK_COLOR_COMPONENT_B_BIT | VK_COLOR_COMPONENT_A_BIT;
  auto blend = structure<VkPipelineColorBlendStateCreateInfo>(
      VK_STRUCTURE_TYPE_PIPELINE_COLOR_BLEND_STATE_CREATE_INFO);
  blend.attachmentCount = 1;
  blend.pAttachments = &opaque;
  const std::array dynamic{VK_DYNAMIC_STATE_VIEWPORT, VK_DYNAMIC_STATE_SCISSOR};
  auto changing = structure<VkPipelineDynamicStateCreateInfo>(
      VK_STRUCTURE_TYPE_PIPELINE_DYNAMIC_STATE_CREATE_INFO);
  changing.dynamicStateCount = static_cast<std::uint32_t>(dynamic.size());
  changing.pDynamicStates = dynamic.data();

  auto info =
      structure<VkGraphicsPipelineCreateInfo>(VK_STRUCTURE_TYPE_GRAPHICS_PIPELINE_CREATE_INFO);
  info.stageCount = static_cast<std::uint32_t>(stages.size());
  info.pStages = stages.data();
  info.pVertexInputState = &vertices;
  info.pInputAssemblyState = &assembly;
  info.pViewportState = &viewport;
  info.pRasterizationState = &raster;
  info.pMultisampleState = &samples;
  info.pColorBlendState = &blend;
  info.pDynamicState = &changing;
  info.layout = layout_;
  info.renderPass = pass.handle();
  check_result(calls_.vkCreateGraphicsPipelines(device_->handle(), VK_NULL_HANDLE, 1, &info,
                                                nullptr, &pipeline_),
               "vkCreateGraphicsPipelines", "pictures");
}

// The host's pixels as f32, once for each picture. Memory that the CPU writes and the GPU reads
// serves: pictures are small, and a copy would have to wait for the training that was submitted.
std::shared_ptr<const gpu::Buffer> Painter::upload(const PicturePtr& picture) {
  Uploaded& entry = uploaded_[picture.get()];
  if (entry.picture.lock() == picture) return entry.buffer;
  const data::Array& pixels = picture->pixels;
  const auto elements = static_cast<std::size_t>(elements_of(*picture));
  auto buffer = std::make_shared<gpu::Buffer>(
      device_->allocate(elements * sizeof(float), gpu::Memory::upload, "picture"));
  auto* values = reinterpret_cast<float*>(buffer->data());
  if (pixels.dtype == DType::u8) {
    std::ranges::transform(pixels.as<std::uint8_t>(), values,
                           [](std::uint8_t value) { return static_cast<float>(value) / 255; });
  } else {
    std::ranges::copy(pixels.as<float>(), values);
  }
  entry = {.picture = picture, .buffer = std::move(buffer)};
  return entry.buffer;
}

Painter::Source Painter::source_of(const PicturePtr& picture, FramePictures& frame) {
  const auto elements = static_cast<std::uint64_t>(elements_of(*picture));
  Source source{.bytes = elements * sizeof(float)};
  if (picture->device == nullptr) {
    auto buffer = upload(picture);
    source.buffer = buffer.get();
    frame.kept.push_back(std::move(buffer));
  } else {
    source.buffer = &picture->device->on(device_);
    const std::uint64_t first = static_cast<std::uint64_t>(picture->first) * sizeof(float);
    check(picture->device->dtype() == DType::f32 && picture->first >= 0 &&
              first + source.bytes <= picture->device->bytes(),
          "a picture of {} values at {} does not fit into {}, {} of {}", elements, picture->first,
          picture->device->name(), picture->device->elements(), name_of(picture->device->dtype()));
    source.offset = first - first % device_->caps().storage_offset_alignment;
    source.first = static_cast<std::uint32_t>((first - source.offset) / sizeof(float));
    source.bytes += first - source.offset;
    frame.kept.push_back(picture->device);
  }
  check(source.bytes <= device_->caps().max_storage_buffer_range,
        "a picture of {} bytes is larger than {} can bind ({})", source.bytes, device_->caps().name,
        device_->caps().max_storage_buffer_range);
  return source;
}

VkDescriptorSet Painter::make_set(FramePictures& frame, const Source& source) {
  const gpu::Calls& calls = device_->calls();
  if (frame.pools.empty() || frame.sets == sets_in_pool) {
    const VkDescriptorPoolSize size{VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, sets_in_pool};
    auto info =
        structure<VkDescriptorPoolCreateInfo>(VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO);
    info.maxSets = sets_in_pool;
    info.poolSizeCount = 1;
    info.pPoolSizes = &size;
    VkDescriptorPool pool = VK_NULL_HANDLE;
    check_result(calls.vkCreateDescriptorPool(device_->handle(), &info, nullptr, &pool),
                 "vkCreateDescriptorPool", "pictures");
    frame.pools.push_back(pool);
    frame.sets = 0;
  }
  auto info =
      structure<VkDescriptorSetAllocateInfo>(VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO);
  info.descriptorPool = frame.pools.back();
  info.descriptorSetCount = 1;
  info.pSetLayouts = &set_layout_;
  VkDescriptorSet set = VK_NULL_HANDLE;
  check_result(calls.vkAllocateDescriptorSets(device_->handle(), &info, &set),
               "vkAllocateDescriptorSets", "pictures");
  ++frame.sets;

  const VkDescriptorBufferInfo buffer{source.buffer->handle(), source.offset, source.bytes};
  auto write = structure<VkWriteDescriptorSet>(VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET);
  write.dstSet = set;
  write.descriptorCount = 1;
  write.descriptorType = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
  write.pBufferInfo = &buffer;
  calls.vkUpdateDescriptorSets(device_->handle(), 1, &write, 0, nullptr);
  return set;
}

void Painter::paint(VkCommandBuffer commands, VkExtent2D screen, FramePictures& frame,
                    const PictureDraw& draw) {
  const VkRect2D scissor = scissor_of(draw.clip, screen);
  if (scissor.extent.width == 0 || scissor.extent.height == 0) return;
  if (draw.picture->device == nullptr && draw.picture->pixels.empty()) return;
  const Source source = source_of(draw.picture, frame);
  const VkDescriptorSet set = make_set(frame, source);
  const kernels::DrawPicture params = params_of(draw, screen, source.first);
  const VkViewport viewport{
      0, 0, static_cast<float>(screen.width), static_cast<float>(screen.height), 0, 1};

  const gpu::Calls& calls = device_->calls();
  calls.vkCmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_GRAPHICS, pipeline_);
  calls.vkCmdBindDescriptorSets(commands, VK_PIPELINE_BIND_POINT_GRAPHICS, layout_, 0, 1, &set, 0,
                                nullptr);
  calls.vkCmdPushConstants(commands, layout_, both, 0, sizeof(params), &params);
  calls_.vkCmdSetViewport(commands, 0, 1, &viewport);
  calls_.vkCmdSetScissor(commands, 0, 1, &scissor);
  calls_.vkCmdDraw(commands, 4, 1, 0, 0);
}

void Painter::recycle(FramePictures& frame) {
  frame.kept.clear();
  std::erase_if(uploaded_, [](const auto& entry) { return entry.second.picture.expired(); });
  while (frame.pools.size() > 1) {  // rarely more: one is enough for most frames
    device_->calls().vkDestroyDescriptorPool(device_->handle(), frame.pools.back(), nullptr);
    frame.pools.pop_back();
  }
  for (VkDescriptorPool pool : frame.pools)
    check_result(calls_.vkResetDescriptorPool(device_->handle(), pool, 0), "vkResetDescriptorPool",
                 "pictures");
  frame.sets = 0;
}

void Painter::release(FramePictures& frame) {
  frame.kept.clear();
  for (VkDescriptorPool pool : frame.pools)
    device_->calls().vkDestroyDescriptorPool(device_->handle(), pool, nullptr);
  frame.pools.clear();
}

}  // namespace lemnos::viewer
