// SPDX-License-Identifier: Apache-2.0
// A command buffer that is recorded once and submitted many times.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/gpu/buffer.h"
#include "runtime/gpu/pipeline.h"
#include "runtime/gpu/timestamps.h"

struct VkCommandPool_T;
struct VkCommandBuffer_T;
struct VkDescriptorPool_T;
struct VkDescriptorSet_T;
struct VkBufferView_T;

namespace lemnos::gpu {

class Device;

struct BufferRange {
  const Buffer* buffer = nullptr;
  std::uint64_t offset = 0;  // bytes
  std::uint64_t bytes = 0;
  bool scalars = false;         // a samplerBuffer binding: texels of one float (R32F), not of four
  Stored stored = Stored::f32;  // of a samplerBuffer: texels of f16, or of two bf16 in each f32
};

// Owns its descriptor sets and buffer views; the buffers and pipelines it names must outlive it,
// and the GPU must be done with it before it is destroyed. It begins with a barrier against
// everything submitted before, so consecutive recordings, and consecutive runs of one, are ordered.
// Commands between two barriers may run in any order. One thread records at a time.
class Recording {
 public:
  Recording(Device& device, std::string_view name);
  ~Recording();
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;

  // bindings: in ascending order of the shader's binding numbers. push: exactly the shader's push
  // constant block. Fails, naming the shader, on a wrong count, range, alignment or grid. A texel
  // range is rounded up to whole texels.
  void dispatch(const Pipeline& pipeline, std::span<const BufferRange> bindings,
                std::span<const std::byte> push, std::array<std::uint32_t, 3> groups);

  // Everything before it is done, and visible to every dispatch, copy and fill after it.
  void barrier();
  void copy(const BufferRange& from, const BufferRange& to);  // equal sizes
  void fill(const BufferRange& range, std::uint32_t value);   // offset and size multiples of 4
  // As barrier(), and makes what was written visible to the CPU once the submission is done.
  void host_barrier();
  // Seconds when everything before it is done go to timestamps[index].
  void timestamp(Timestamps& timestamps, std::uint32_t index);
  void end();  // no commands after it; needed before submission

  const std::string& name() const { return name_; }
  bool ended() const { return ended_; }
  std::uint32_t dispatches() const { return dispatches_; }
  std::uint32_t barriers() const { return barriers_; }  // without the one it begins with

  VkCommandBuffer_T* handle() const { return commands_; }

 private:
  void open();
  void release() noexcept;
  void check_open() const;
  void check_range(const BufferRange& range, std::string_view what) const;
  void check_dispatch(const Pipeline& pipeline, std::span<const BufferRange> bindings,
                      std::span<const std::byte> push,
                      const std::array<std::uint32_t, 3>& groups) const;
  void check_binding(const Pipeline& pipeline, const BindingInfo& info,
                     const BufferRange& range) const;
  VkDescriptorSet_T* make_set(const Pipeline& pipeline, std::span<const BufferRange> bindings);
  VkBufferView_T* make_view(const BindingInfo& info, const BufferRange& range);
  VkDescriptorSet_T* allocate_set(const Pipeline& pipeline);

  std::shared_ptr<Device> device_;
  std::string name_;
  VkCommandPool_T* pool_ = nullptr;
  VkCommandBuffer_T* commands_ = nullptr;
  std::vector<VkDescriptorPool_T*> set_pools_;
  std::uint32_t sets_left_ = 0;      // in the newest pool
  std::uint32_t bindings_left_ = 0;  // of each kind, in the newest pool
  std::vector<VkBufferView_T*> views_;
  const Pipeline* bound_ = nullptr;
  bool ended_ = false;
  std::uint32_t dispatches_ = 0;
  std::uint32_t barriers_ = 0;
};

}  // namespace lemnos::gpu
