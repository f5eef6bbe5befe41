// SPDX-License-Identifier: Apache-2.0
#include "runtime/gpu/commands.h"

#include <algorithm>

#include "runtime/base/error.h"
#include "runtime/gpu/calls.h"
#include "runtime/gpu/device.h"

namespace lemnos::gpu {
namespace {

// Every limit on uniform buffers that Vulkan allows a device to have is met by these.
constexpr std::uint64_t uniform_range = 16384;
constexpr std::uint32_t uniform_alignment = 256;

VkFormat texel_format(const BindingInfo& info, const BufferRange& range) {
  if (info.texel == TexelFormat::r32ui) return VK_FORMAT_R32_UINT;
  switch (range.stored) {
    case Stored::f16:
      return range.scalars ? VK_FORMAT_R16_SFLOAT : VK_FORMAT_R16G16B16A16_SFLOAT;
    case Stored::bf16:
      return range.scalars ? VK_FORMAT_R32_SFLOAT : VK_FORMAT_R32G32_SFLOAT;
    case Stored::f32:
      break;
  }
  return range.scalars ? VK_FORMAT_R32_SFLOAT : VK_FORMAT_R32G32B32A32_SFLOAT;
}

std::uint64_t texel_bytes(const BindingInfo& info, const BufferRange& range) {
  switch (texel_format(info, range)) {
    case VK_FORMAT_R32G32B32A32_SFLOAT:
      return 16;
    case VK_FORMAT_R16G16B16A16_SFLOAT:
    case VK_FORMAT_R32G32_SFLOAT:
      return 8;
    case VK_FORMAT_R16_SFLOAT:
      return 2;
    default:
      return 4;
  }
}

std::uint64_t whole_texels(const BindingInfo& info, const BufferRange& range) {
  const std::uint64_t texel = texel_bytes(info, range);
  return (range.bytes + texel - 1) / texel;
}

constexpr VkPipelineStageFlags work_stages =
    VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT | VK_PIPELINE_STAGE_TRANSFER_BIT;
constexpr VkAccessFlags work_writes = VK_ACCESS_SHADER_WRITE_BIT | VK_ACCESS_TRANSFER_WRITE_BIT;
constexpr VkAccessFlags work_reads =
    VK_ACCESS_SHADER_READ_BIT | VK_ACCESS_UNIFORM_READ_BIT | VK_ACCESS_TRANSFER_READ_BIT;

void global_barrier(const Calls& calls, VkCommandBuffer commands, VkPipelineStageFlags to,
                    VkAccessFlags access) {
  auto barrier = structure<VkMemoryBarrier>(VK_STRUCTURE_TYPE_MEMORY_BARRIER);
  barrier.srcAccessMask = work_writes;
  barrier.dstAccessMask = access;
  calls.vkCmdPipelineBarrier(commands, work_stages, to, 0, 1, &barrier, 0, nullptr, 0, nullptr);
}

}  // namespace

Recording::Recording(Device& device, std::string_view name)
    : device_(device.shared_from_this()), name_(name) {
  try {
    open();
  } catch (...) {
    release();
    throw;
  }
}

void Recording::open() {
  const Calls& calls = device_->calls();
  auto pool = structure<VkCommandPoolCreateInfo>(VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO);
  pool.queueFamilyIndex = device_->queue_family();
  check_result(calls.vkCreateCommandPool(device_->handle(), &pool, nullptr, &pool_),
               "vkCreateCommandPool", name_);
  auto info =
      structure<VkCommandBufferAllocateInfo>(VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO);
  info.commandPool = pool_;
  info.level = VK_COMMAND_BUFFER_LEVEL_PRIMARY;
  info.commandBufferCount = 1;
  check_result(calls.vkAllocateCommandBuffers(device_->handle(), &info, &commands_),
               "vkAllocateCommandBuffers", name_);
  device_->set_name(VK_OBJECT_TYPE_COMMAND_BUFFER, commands_, name_);
  auto begin = structure<VkCommandBufferBeginInfo>(VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO);
  begin.flags = VK_COMMAND_BUFFER_USAGE_SIMULTANEOUS_USE_BIT;
  check_result(calls.vkBeginCommandBuffer(commands_, &begin), "vkBeginCommandBuffer", name_);
  global_barrier(calls, commands_, work_stages, work_reads | work_writes);
}

Recording::~Recording() { release(); }

void Recording::release() noexcept {
  const Calls& calls = device_->calls();
  for (VkBufferView view : views_) calls.vkDestroyBufferView(device_->handle(), view, nullptr);
  for (VkDescriptorPool pool : set_pools_)
    calls.vkDestroyDescriptorPool(device_->handle(), pool, nullptr);
  calls.vkDestroyCommandPool(device_->handle(), pool_, nullptr);
}

void Recording::check_open() const {
  check(!ended_, "recording '{}': nothing can be recorded after end()", name_);
}

void Recording::check_range(const BufferRange& range, std::string_view what) const {
  check(range.buffer != nullptr && static_cast<bool>(*range.buffer), "{} of '{}': no buffer", what,
        name_);
  const std::uint64_t size = range.buffer->padded_size();
  check(range.bytes > 0 && range.offset <= size && range.bytes <= size - range.offset,
        "{} of '{}': {} bytes at {} are outside buffer '{}' of {} bytes", what, name_, range.bytes,
        range.offset, range.buffer->name(), range.buffer->size());
}

void Recording::check_binding(const Pipeline& pipeline, const BindingInfo& info,
                              const BufferRange& range) const {
  const std::string what =
      fmt::format("shader {}: binding {} '{}'", pipeline.name(), info.binding, info.name);
  check_range(range, what);
  const Caps& caps = device_->caps();
  std::uint64_t limit = caps.max_storage_buffer_range;
  std::uint32_t alignment = caps.storage_offset_alignment;
  if (info.kind == BindingKind::uniform_texel_buffer) {
    limit = caps.max_texel_elements * texel_bytes(info, range);
    alignment = caps.texel_offset_alignment;
  } else if (info.kind == BindingKind::uniform_buffer) {
    limit = uniform_range;
    alignment = uniform_alignment;
  }
  check(range.bytes <= limit, "{}: {} bytes of '{}' are too many: {} allows {} in one binding",
        what, range.bytes, range.buffer->name(), caps.name, limit);
  check(range.offset % std::max(alignment, 1u) == 0,
        "{}: offset {} into '{}' must be a multiple of {} on {}", what, range.offset,
        range.buffer->name(), alignment, caps.name);
  if (info.kind == BindingKind::uniform_texel_buffer)
    check(whole_texels(info, range) * texel_bytes(info, range) <=
              range.buffer->padded_size() - range.offset,
          "{}: the last texel is outside '{}'", what, range.buffer->name());
}

void Recording::check_dispatch(const Pipeline& pipeline, std::span<const BufferRange> bindings,
                               std::span<const std::byte> push,
                               const std::array<std::uint32_t, 3>& groups) const {
  const Reflection& shader = pipeline.reflection();
  const Caps& caps = device_->caps();
  check(bindings.size() == shader.bindings.size(), "shader {}: {} bindings given, it has {}",
        pipeline.name(), bindings.size(), shader.bindings.size());
  check(push.size() == shader.push_bytes, "shader {}: {} bytes of push constants given, it has {}",
        pipeline.name(), push.size(), shader.push_bytes);
  for (std::size_t axis = 0; axis < 3; ++axis)
    check(groups[axis] > 0 && groups[axis] <= caps.max_groups[axis],
          "shader {}: a grid of {}x{}x{} groups does not fit: {} allows 1 to {} on axis {}",
          pipeline.name(), groups[0], groups[1], groups[2], caps.name, caps.max_groups[axis], axis);
  for (std::size_t i = 0; i < bindings.size(); ++i)
    check_binding(pipeline, shader.bindings[i], bindings[i]);
}

void Recording::dispatch(const Pipeline& pipeline, std::span<const BufferRange> bindings,
                         std::span<const std::byte> push, std::array<std::uint32_t, 3> groups) {
  check_open();
  check_dispatch(pipeline, bindings, push, groups);
  const Calls& calls = device_->calls();
  if (bound_ != &pipeline) {
    calls.vkCmdBindPipeline(commands_, VK_PIPELINE_BIND_POINT_COMPUTE, pipeline.handle());
    bound_ = &pipeline;
  }
  if (!bindings.empty()) {
    VkDescriptorSet set = make_set(pipeline, bindings);
    calls.vkCmdBindDescriptorSets(commands_, VK_PIPELINE_BIND_POINT_COMPUTE, pipeline.layout(), 0,
                                  1, &set, 0, nullptr);
  }
  if (!push.empty())
    calls.vkCmdPushConstants(commands_, pipeline.layout(), VK_SHADER_STAGE_COMPUTE_BIT, 0,
                             static_cast<std::uint32_t>(push.size()), push.data());
  calls.vkCmdDispatch(commands_, groups[0], groups[1], groups[2]);
  ++dispatches_;
  device_->count_dispatch();
}

VkBufferView Recording::make_view(const BindingInfo& info, const BufferRange& range) {
  auto view = structure<VkBufferViewCreateInfo>(VK_STRUCTURE_TYPE_BUFFER_VIEW_CREATE_INFO);
  view.buffer = range.buffer->handle();
  view.format = texel_format(info, range);
  view.offset = range.offset;
  view.range = whole_texels(info, range) * texel_bytes(info, range);
  VkBufferView made = VK_NULL_HANDLE;
  check_result(device_->calls().vkCreateBufferView(device_->handle(), &view, nullptr, &made),
               "vkCreateBufferView", range.buffer->name());
  views_.push_back(made);
  return made;
}

VkDescriptorSet Recording::make_set(const Pipeline& pipeline,
                                    std::span<const BufferRange> bindings) {
  const auto& infos = pipeline.reflection().bindings;
  VkDescriptorSet set = allocate_set(pipeline);
  std::vector<VkDescriptorBufferInfo> buffers(bindings.size());
  std::vector<VkBufferView> views(bindings.size());
  std::vector<VkWriteDescriptorSet> writes(bindings.size());
  for (std::size_t i = 0; i < bindings.size(); ++i) {
    const BufferRange& range = bindings[i];
    writes[i] = structure<VkWriteDescriptorSet>(VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET);
    writes[i].dstSet = set;
    writes[i].dstBinding = infos[i].binding;
    writes[i].descriptorCount = 1;
    if (infos[i].kind == BindingKind::uniform_texel_buffer) {
      views[i] = make_view(infos[i], range);
      writes[i].descriptorType = VK_DESCRIPTOR_TYPE_UNIFORM_TEXEL_BUFFER;
      writes[i].pTexelBufferView = &views[i];
    } else {
      buffers[i] = {range.buffer->handle(), range.offset, range.bytes};
      writes[i].descriptorType = infos[i].kind == BindingKind::uniform_buffer
                                     ? VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER
                                     : VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
      writes[i].pBufferInfo = &buffers[i];
    }
  }
  device_->calls().vkUpdateDescriptorSets(
      device_->handle(), static_cast<std::uint32_t>(writes.size()), writes.data(), 0, nullptr);
  return set;
}

// Sets come from pools of equal size; the room left in the newest is counted here, since a full
// pool is an error that drivers may or may not report.
VkDescriptorSet Recording::allocate_set(const Pipeline& pipeline) {
  constexpr std::uint32_t sets_per_pool = 64;
  const auto needed = static_cast<std::uint32_t>(pipeline.reflection().bindings.size());
  if (sets_left_ == 0 || needed > bindings_left_) {
    const std::uint32_t room = std::max(needed, 6 * sets_per_pool);
    const std::array<VkDescriptorPoolSize, 3> sizes = {
        {{VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, room},
         {VK_DESCRIPTOR_TYPE_UNIFORM_TEXEL_BUFFER, room},
         {VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER, room}}};
    auto info =
        structure<VkDescriptorPoolCreateInfo>(VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO);
    info.maxSets = sets_per_pool;
    info.poolSizeCount = static_cast<std::uint32_t>(sizes.size());
    info.pPoolSizes = sizes.data();
    VkDescriptorPool pool = VK_NULL_HANDLE;
    check_result(device_->calls().vkCreateDescriptorPool(device_->handle(), &info, nullptr, &pool),
                 "vkCreateDescriptorPool", name_);
    set_pools_.push_back(pool);
    sets_left_ = sets_per_pool;
    bindings_left_ = room;
  }
  const VkDescriptorSetLayout layout = pipeline.set_layout();
  auto info =
      structure<VkDescriptorSetAllocateInfo>(VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO);
  info.descriptorPool = set_pools_.back();
  info.descriptorSetCount = 1;
  info.pSetLayouts = &layout;
  VkDescriptorSet set = VK_NULL_HANDLE;
  check_result(device_->calls().vkAllocateDescriptorSets(device_->handle(), &info, &set),
               "vkAllocateDescriptorSets", pipeline.name());
  --sets_left_;
  bindings_left_ -= needed;
  return set;
}

void Recording::barrier() {
  check_open();
  global_barrier(device_->calls(), commands_, work_stages, work_reads | work_writes);
  ++barriers_;
}

void Recording::host_barrier() {
  check_open();
  global_barrier(device_->calls(), commands_, work_stages | VK_PIPELINE_STAGE_HOST_BIT,
                 work_reads | work_writes | VK_ACCESS_HOST_READ_BIT);
  ++barriers_;
}

void Recording::copy(const BufferRange& from, const BufferRange& to) {
  check_open();
  check_range(from, "copy source");
  check_range(to, "copy target");
  check(from.bytes == to.bytes, "copy in '{}': {} bytes of '{}' into {} bytes of '{}'", name_,
        from.bytes, from.buffer->name(), to.bytes, to.buffer->name());
  check(from.buffer != to.buffer || from.offset + from.bytes <= to.offset ||
            to.offset + to.bytes <= from.offset,
        "copy in '{}': source and target overlap in '{}'", name_, from.buffer->name());
  const VkBufferCopy region{from.offset, to.offset, from.bytes};
  device_->calls().vkCmdCopyBuffer(commands_, from.buffer->handle(), to.buffer->handle(), 1,
                                   &region);
}

void Recording::fill(const BufferRange& range, std::uint32_t value) {
  check_open();
  check_range(range, "fill");
  check(range.offset % 4 == 0 && range.bytes % 4 == 0,
        "fill in '{}': {} bytes at {} of '{}' are not whole words of 4 bytes", name_, range.bytes,
        range.offset, range.buffer->name());
  device_->calls().vkCmdFillBuffer(commands_, range.buffer->handle(), range.offset, range.bytes,
                                   value);
}

void Recording::timestamp(Timestamps& timestamps, std::uint32_t index) {
  check_open();
  check(index < timestamps.count(), "timestamp {} in '{}': there are {}", index, name_,
        timestamps.count());
  const Calls& calls = device_->calls();
  calls.vkCmdResetQueryPool(commands_, timestamps.handle(), index, 1);
  calls.vkCmdWriteTimestamp(commands_, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, timestamps.handle(),
                            index);
}

void Recording::end() {
  check_open();
  check_result(device_->calls().vkEndCommandBuffer(commands_), "vkEndCommandBuffer", name_);
  ended_ = true;
}

}  // namespace lemnos::gpu
