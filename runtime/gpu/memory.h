// SPDX-License-Identifier: Apache-2.0
// Device memory: a few large blocks, cut into buffers. Private to runtime/gpu.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

#include "runtime/gpu/buffer.h"
#include "runtime/gpu/device.h"
#include "runtime/gpu/vk.h"

namespace lemnos::gpu {

// The memory type for buffers of a kind among those a buffer allows (bit i: type i); nullopt when
// there is none. Device memory that the CPU can map is taken where it is the device's main memory,
// not where it is a small window to it.
std::optional<std::uint32_t> find_memory_type(const VkPhysicalDeviceMemoryProperties& memory,
                                              Memory where, std::uint32_t allowed);

// A Vulkan memory object; buffers are cut from its holes.
struct Block {
  VkDeviceMemory memory = VK_NULL_HANDLE;
  std::uint32_t type = 0;
  std::uint64_t bytes = 0;
  std::byte* mapped = nullptr;
  std::map<std::uint64_t, std::uint64_t> holes;  // offset -> bytes, never adjacent

  // The offset of `wanted` bytes cut from the first hole that has them; nullopt: none has.
  // Offsets are aligned to a power of two.
  std::optional<std::uint64_t> take(std::uint64_t wanted, std::uint64_t alignment);
  void give_back(std::uint64_t offset, std::uint64_t wanted);
  bool empty() const;
};

struct Allocation {
  VkBuffer buffer = VK_NULL_HANDLE;
  Block* block = nullptr;
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;         // taken from the block
  std::uint64_t buffer_bytes = 0;  // of the VkBuffer
  std::byte* mapped = nullptr;
  bool cached = false;
};

// Thread safe.
class Allocator {
 public:
  explicit Allocator(Device& device);
  ~Allocator();
  Allocator(const Allocator&) = delete;
  Allocator& operator=(const Allocator&) = delete;

  std::unique_ptr<Allocation> allocate(std::uint64_t bytes, Memory where, std::string_view name);
  void free(Allocation& allocation) noexcept;
  MemoryUse use() const;

 private:
  VkBuffer make_buffer(std::uint64_t bytes, std::string_view name);
  void place(Allocation& allocation, const VkMemoryRequirements& needs, Memory where,
             std::string_view name);
  Block& make_block(std::uint64_t wanted, std::uint32_t type, std::string_view name);
  VkDeviceMemory take_memory(std::uint64_t bytes, std::uint32_t type);
  std::uint64_t block_bytes(std::uint32_t type) const;
  [[noreturn]] void fail_full(std::uint64_t wanted, std::uint32_t type,
                              std::string_view name) const;
  void drop_block(Block& block) noexcept;

  Device& device_;
  VkPhysicalDeviceMemoryProperties memory_{};
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<Block>> blocks_;
  MemoryUse use_;
};

}  // namespace lemnos::gpu
