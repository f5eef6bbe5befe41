// SPDX-License-Identifier: Apache-2.0
#include "runtime/gpu/memory.h"

#include <algorithm>
#include <array>

#include "runtime/base/error.h"
#include "runtime/gpu/calls.h"

namespace lemnos::gpu {
namespace {

constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20;
constexpr std::uint64_t alignment_of_all = 256;  // the most any driver may ask of a binding

std::uint64_t round_up(std::uint64_t value, std::uint64_t to) { return (value + to - 1) / to * to; }

// The device-local heap that holds most: the device's own memory.
std::uint32_t main_heap(const VkPhysicalDeviceMemoryProperties& memory) {
  std::uint32_t best = 0;
  std::uint64_t most = 0;
  for (std::uint32_t i = 0; i < memory.memoryHeapCount; ++i) {
    const VkMemoryHeap& heap = memory.memoryHeaps[i];
    if ((heap.flags & VK_MEMORY_HEAP_DEVICE_LOCAL_BIT) != 0 && heap.size > most) {
      best = i;
      most = heap.size;
    }
  }
  return best;
}

// How much a memory type suits a kind of buffer; below 0: not at all.
int suitability(const VkMemoryType& type, Memory where, std::uint32_t main) {
  const auto has = [&](VkMemoryPropertyFlags flag) { return (type.propertyFlags & flag) == flag; };
  const bool mapped =
      has(VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT);
  const bool local = has(VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT);
  const bool cached = has(VK_MEMORY_PROPERTY_HOST_CACHED_BIT);
  // Lazily allocated, protected or uncached-by-the-device memory is slow or of no use to compute.
  const VkMemoryPropertyFlags odd =
      VK_MEMORY_PROPERTY_LAZILY_ALLOCATED_BIT | VK_MEMORY_PROPERTY_PROTECTED_BIT |
      VK_MEMORY_PROPERTY_DEVICE_COHERENT_BIT_AMD | VK_MEMORY_PROPERTY_DEVICE_UNCACHED_BIT_AMD;
  if ((type.propertyFlags & odd) != 0) return -1;
  switch (where) {
    case Memory::device:
      return (local ? 8 : 0) + (local && type.heapIndex == main ? 4 : 0) + (mapped ? 2 : 0) +
             (mapped && cached ? 1 : 0);
    case Memory::upload:
      return mapped ? 4 - (local ? 2 : 0) - (cached ? 1 : 0) : -1;
    case Memory::readback:
      return mapped ? 2 + (cached ? 2 : 0) - (local ? 1 : 0) : -1;
  }
  return -1;
}

std::string bytes_text(std::uint64_t bytes) {
  if (bytes < mebibyte) return fmt::format("{} bytes", bytes);
  if (bytes < 1024 * mebibyte)
    return fmt::format("{:.1f} MiB", static_cast<double>(bytes) / static_cast<double>(mebibyte));
  return fmt::format("{:.2f} GiB",
                     static_cast<double>(bytes) / static_cast<double>(1024 * mebibyte));
}

}  // namespace

std::optional<std::uint32_t> find_memory_type(const VkPhysicalDeviceMemoryProperties& memory,
                                              Memory where, std::uint32_t allowed) {
  const std::uint32_t main = main_heap(memory);
  std::optional<std::uint32_t> best;
  int best_suits = -1;
  for (std::uint32_t i = 0; i < memory.memoryTypeCount; ++i) {
    if ((allowed & (std::uint32_t{1} << i)) == 0) continue;
    const int suits = suitability(memory.memoryTypes[i], where, main);
    if (suits > best_suits) {
      best = i;
      best_suits = suits;
    }
  }
  return best;
}

std::optional<std::uint64_t> Block::take(std::uint64_t wanted, std::uint64_t alignment) {
  for (auto hole = holes.begin(); hole != holes.end(); ++hole) {
    const auto [start, size] = *hole;
    const std::uint64_t offset = round_up(start, alignment);
    if (offset + wanted > start + size) continue;
    holes.erase(hole);
    if (offset > start) holes[start] = offset - start;
    if (offset + wanted < start + size) holes[offset + wanted] = start + size - offset - wanted;
    return offset;
  }
  return std::nullopt;
}

void Block::give_back(std::uint64_t offset, std::uint64_t wanted) {
  auto hole = holes.emplace(offset, wanted).first;
  if (const auto next = std::next(hole);
      next != holes.end() && hole->first + hole->second == next->first) {
    hole->second += next->second;
    holes.erase(next);
  }
  if (hole != holes.begin()) {
    const auto before = std::prev(hole);
    if (before->first + before->second == hole->first) {
      before->second += hole->second;
      holes.erase(hole);
    }
  }
}

bool Block::empty() const { return holes.size() == 1 && holes.begin()->second == bytes; }

Allocator::Allocator(Device& device) : device_(device) {
  device_.calls().vkGetPhysicalDeviceMemoryProperties(device_.physical(), &memory_);
}

Allocator::~Allocator() {
  for (const auto& block : blocks_)
    device_.calls().vkFreeMemory(device_.handle(), block->memory, nullptr);
}

std::unique_ptr<Allocation> Allocator::allocate(std::uint64_t bytes, Memory where,
                                                std::string_view name) {
  check(bytes > 0, "buffer '{}': a buffer needs at least one byte", name);
  const std::uint64_t most = device_.caps().max_allocation;
  if (bytes > most)
    throw Error(fmt::format("buffer '{}' needs {}; {} allows at most {} in one allocation\n"
                            "  help: a smaller --batch or model, or another --device",
                            name, bytes_text(bytes), device_.caps().name, bytes_text(most)),
                ErrorKind::out_of_memory);
  auto allocation = std::make_unique<Allocation>();
  allocation->buffer_bytes = round_up(bytes, alignment_of_all);
  allocation->buffer = make_buffer(allocation->buffer_bytes, name);
  try {
    VkMemoryRequirements needs{};
    device_.calls().vkGetBufferMemoryRequirements(device_.handle(), allocation->buffer, &needs);
    place(*allocation, needs, where, name);
  } catch (...) {
    device_.calls().vkDestroyBuffer(device_.handle(), allocation->buffer, nullptr);
    throw;
  }
  return allocation;
}

VkBuffer Allocator::make_buffer(std::uint64_t bytes, std::string_view name) {
  auto info = structure<VkBufferCreateInfo>(VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO);
  info.size = bytes;
  info.usage = VK_BUFFER_USAGE_STORAGE_BUFFER_BIT | VK_BUFFER_USAGE_UNIFORM_TEXEL_BUFFER_BIT |
               VK_BUFFER_USAGE_UNIFORM_BUFFER_BIT | VK_BUFFER_USAGE_INDIRECT_BUFFER_BIT |
               VK_BUFFER_USAGE_TRANSFER_SRC_BIT | VK_BUFFER_USAGE_TRANSFER_DST_BIT;
  VkBuffer buffer = VK_NULL_HANDLE;
  check_result(device_.calls().vkCreateBuffer(device_.handle(), &info, nullptr, &buffer),
               "vkCreateBuffer", name);
  device_.set_name(VK_OBJECT_TYPE_BUFFER, buffer, name);
  return buffer;
}

void Allocator::place(Allocation& allocation, const VkMemoryRequirements& needs, Memory where,
                      std::string_view name) {
  const auto type = find_memory_type(memory_, where, needs.memoryTypeBits);
  check(type.has_value(), "buffer '{}': {} has no memory type for it", name, device_.caps().name);
  const std::uint64_t alignment = std::max<std::uint64_t>(needs.alignment, alignment_of_all);
  const std::lock_guard lock(mutex_);
  Block* chosen = nullptr;
  std::optional<std::uint64_t> offset;
  for (const auto& block : blocks_) {
    if (block->type != *type) continue;
    offset = block->take(needs.size, alignment);
    chosen = block.get();
    if (offset) break;
  }
  if (!offset) {
    chosen = &make_block(needs.size, *type, name);
    offset = chosen->take(needs.size, alignment);
  }
  allocation.block = chosen;
  allocation.offset = *offset;
  allocation.bytes = needs.size;
  allocation.mapped = chosen->mapped == nullptr ? nullptr : chosen->mapped + *offset;
  allocation.cached =
      (memory_.memoryTypes[*type].propertyFlags & VK_MEMORY_PROPERTY_HOST_CACHED_BIT) != 0;
  const VkResult bound = device_.calls().vkBindBufferMemory(device_.handle(), allocation.buffer,
                                                            chosen->memory, *offset);
  if (bound != VK_SUCCESS) chosen->give_back(*offset, needs.size);
  check_result(bound, "vkBindBufferMemory", name);
  use_.buffer_bytes += needs.size;
}

// 64 MiB, twice as much for each block there is, up to 256 MiB; less on a small heap.
std::uint64_t Allocator::block_bytes(std::uint32_t type) const {
  const auto same = std::count_if(blocks_.begin(), blocks_.end(),
                                  [&](const auto& block) { return block->type == type; });
  const std::uint64_t grown = 64 * mebibyte << std::min<std::int64_t>(same, 2);
  const std::uint64_t heap = memory_.memoryHeaps[memory_.memoryTypes[type].heapIndex].size;
  return std::min({grown, std::max(heap / 8, mebibyte), device_.caps().max_allocation});
}

Block& Allocator::make_block(std::uint64_t wanted, std::uint32_t type, std::string_view name) {
  // A buffer that would fill most of a block gets one of its own, so blocks are not left half full.
  const std::uint64_t usual = block_bytes(type);
  std::uint64_t bytes = wanted > usual / 2 ? wanted : usual;
  VkDeviceMemory memory = take_memory(bytes, type);
  if (memory == VK_NULL_HANDLE && bytes > wanted) memory = take_memory(bytes = wanted, type);
  if (memory == VK_NULL_HANDLE) fail_full(wanted, type, name);

  auto block = std::make_unique<Block>();
  block->memory = memory;
  block->type = type;
  block->bytes = bytes;
  block->holes = {{0, bytes}};
  if ((memory_.memoryTypes[type].propertyFlags & VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT) != 0) {
    void* mapped = nullptr;
    const VkResult result =
        device_.calls().vkMapMemory(device_.handle(), memory, 0, VK_WHOLE_SIZE, 0, &mapped);
    if (result != VK_SUCCESS) device_.calls().vkFreeMemory(device_.handle(), memory, nullptr);
    check_result(result, "vkMapMemory", name);
    block->mapped = static_cast<std::byte*>(mapped);
  }
  use_.block_bytes += bytes;
  blocks_.push_back(std::move(block));
  return *blocks_.back();
}

// Null when the device has no room.
VkDeviceMemory Allocator::take_memory(std::uint64_t bytes, std::uint32_t type) {
  auto info = structure<VkMemoryAllocateInfo>(VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO);
  info.allocationSize = bytes;
  info.memoryTypeIndex = type;
  VkDeviceMemory memory = VK_NULL_HANDLE;
  const VkResult result =
      device_.calls().vkAllocateMemory(device_.handle(), &info, nullptr, &memory);
  if (result == VK_ERROR_OUT_OF_DEVICE_MEMORY || result == VK_ERROR_OUT_OF_HOST_MEMORY)
    return VK_NULL_HANDLE;
  check_result(result, "vkAllocateMemory");
  return memory;
}

void Allocator::fail_full(std::uint64_t wanted, std::uint32_t type, std::string_view name) const {
  const VkMemoryHeap& heap = memory_.memoryHeaps[memory_.memoryTypes[type].heapIndex];
  throw Error(
      fmt::format("out of memory on {}: buffer '{}' needs {}; Lemnos has {} in use, in {} taken "
                  "from the driver; the heap holds {}\n"
                  "  help: a smaller --batch, fewer programs on the device, or another --device",
                  device_.caps().name, name, bytes_text(wanted), bytes_text(use_.buffer_bytes),
                  bytes_text(use_.block_bytes), bytes_text(heap.size)),
      ErrorKind::out_of_memory);
}

void Allocator::free(Allocation& allocation) noexcept {
  device_.calls().vkDestroyBuffer(device_.handle(), allocation.buffer, nullptr);
  const std::lock_guard lock(mutex_);
  allocation.block->give_back(allocation.offset, allocation.bytes);
  use_.buffer_bytes -= allocation.bytes;
  if (allocation.block->empty()) drop_block(*allocation.block);
}

void Allocator::drop_block(Block& block) noexcept {
  device_.calls().vkFreeMemory(device_.handle(), block.memory, nullptr);
  use_.block_bytes -= block.bytes;
  std::erase_if(blocks_, [&](const auto& other) { return other.get() == &block; });
}

MemoryUse Allocator::use() const {
  const std::lock_guard lock(mutex_);
  return use_;
}

}  // namespace lemnos::gpu
