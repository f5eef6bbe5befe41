// SPDX-License-Identifier: Apache-2.0
#include "runtime/gpu/memory.h"

#include <doctest/doctest.h>

#include "runtime/gpu/calls.h"
#include "tests/runtime/gpu/fixture.h"

using namespace lemnos;
using namespace lemnos::gpu;
using namespace lemnos::test;

namespace {

constexpr VkMemoryPropertyFlags local = VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT;
constexpr VkMemoryPropertyFlags host =
    VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;
constexpr VkMemoryPropertyFlags cached = VK_MEMORY_PROPERTY_HOST_CACHED_BIT;
constexpr std::uint64_t gib = std::uint64_t{1} << 30;

// A discrete GPU: 0 own memory, 1 upload, 2 readback, 3 own memory the CPU can map, in heap
// `window`.
VkPhysicalDeviceMemoryProperties discrete(std::uint32_t window) {
  VkPhysicalDeviceMemoryProperties memory{};
  memory.memoryHeapCount = 3;
  memory.memoryHeaps[0] = {8 * gib, VK_MEMORY_HEAP_DEVICE_LOCAL_BIT};
  memory.memoryHeaps[1] = {32 * gib, 0};
  memory.memoryHeaps[2] = {gib / 4, VK_MEMORY_HEAP_DEVICE_LOCAL_BIT};
  memory.memoryTypeCount = 4;
  memory.memoryTypes[0] = {local, 0};
  memory.memoryTypes[1] = {host, 1};
  memory.memoryTypes[2] = {host | cached, 1};
  memory.memoryTypes[3] = {local | host, window};
  return memory;
}

}  // namespace

TEST_CASE("memory: a small window into a discrete GPU's memory is not used for its buffers") {
  const auto memory = discrete(2);
  CHECK(find_memory_type(memory, Memory::device, 0xf) == 0);
  CHECK(find_memory_type(memory, Memory::upload, 0xf) == 1);
  CHECK(find_memory_type(memory, Memory::readback, 0xf) == 2);
}

TEST_CASE("memory: a discrete GPU whose whole memory can be mapped needs no staging") {
  CHECK(find_memory_type(discrete(0), Memory::device, 0xf) == 3);
}

TEST_CASE("memory: the types a buffer does not allow are not used") {
  CHECK(find_memory_type(discrete(0), Memory::device, 0x1) == 0);
  CHECK(find_memory_type(discrete(0), Memory::readback, 0x2) == 1);
  CHECK_FALSE(find_memory_type(discrete(0), Memory::upload, 0x1).has_value());
}

TEST_CASE("memory: the one type of a CPU driver serves all") {
  VkPhysicalDeviceMemoryProperties memory{};
  memory.memoryHeapCount = 1;
  memory.memoryHeaps[0] = {2 * gib, VK_MEMORY_HEAP_DEVICE_LOCAL_BIT};
  memory.memoryTypeCount = 1;
  memory.memoryTypes[0] = {local | host | cached, 0};
  for (const Memory where : {Memory::device, Memory::upload, Memory::readback})
    CHECK(find_memory_type(memory, where, 0x1) == 0);
}

TEST_CASE("memory: holes of a block are cut, aligned and joined again") {
  Block block;
  block.bytes = 4096;
  block.holes = {{0, 4096}};
  CHECK(block.take(100, 256) == 0);
  CHECK(block.take(1000, 256) == 256);
  CHECK(block.take(512, 1024) == 2048);
  CHECK_FALSE(block.take(4096, 256).has_value());
  CHECK(block.take(500, 256) == 1280);  // before the aligned one
  block.give_back(256, 1000);
  block.give_back(2048, 512);
  block.give_back(0, 100);
  CHECK_FALSE(block.empty());
  block.give_back(1280, 500);
  CHECK(block.empty());
}

TEST_CASE("memory: small buffers share a block, and freed ones leave nothing behind") {
  const OpenDevice device;
  if (!device) return;
  static int calls = 0;
  static PFN_vkAllocateMemory real = nullptr;
  calls = 0;
  real = device->calls().vkAllocateMemory;
  device->calls().vkAllocateMemory = [](VkDevice handle, const VkMemoryAllocateInfo* info,
                                        const VkAllocationCallbacks* callbacks,
                                        VkDeviceMemory* memory) {
    ++calls;
    return real(handle, info, callbacks, memory);
  };
  std::vector<Buffer> buffers;
  for (int i = 0; i < 50; ++i) buffers.push_back(device->allocate(1000, Memory::device, "small"));
  CHECK(calls == 1);
  CHECK(device->counters().allocations == 50);
  buffers.erase(buffers.begin() + 10, buffers.begin() + 40);
  CHECK(device->memory_use().buffer_bytes >= 20 * 1000);
  buffers.clear();
  CHECK(device->memory_use().buffer_bytes == 0);
  CHECK(device->memory_use().block_bytes == 0);
}

TEST_CASE("memory: a device without room is an error that says what is in use and what to do") {
  const OpenDevice device;
  if (!device) return;
  const Buffer held = device->allocate(1 << 20, Memory::device, "held");
  const auto real = device->calls().vkAllocateMemory;
  device->calls().vkAllocateMemory = [](VkDevice, const VkMemoryAllocateInfo*,
                                        const VkAllocationCallbacks*,
                                        VkDeviceMemory*) { return VK_ERROR_OUT_OF_DEVICE_MEMORY; };
  ErrorKind kind{};
  const auto text =
      error_of([&] { device->allocate(300 << 20, Memory::device, "weights"); }, &kind);
  CHECK(kind == ErrorKind::out_of_memory);
  CHECK(contains(text, "'weights' needs 300.0 MiB"));
  CHECK(contains(text, "1.0 MiB in use"));
  CHECK(contains(text, "--batch"));
  // The failure leaves the device usable.
  device->calls().vkAllocateMemory = real;
  CHECK(device->allocate(300 << 20, Memory::device, "weights").size() == 300 << 20);
}

TEST_CASE("memory: a buffer beyond the largest allocation is an error before the driver sees it") {
  const OpenDevice device;
  if (!device) return;
  ErrorKind kind{};
  const std::uint64_t huge = std::uint64_t{1} << 60;
  const auto text = error_of([&] { device->allocate(huge, Memory::device, "huge"); }, &kind);
  CHECK(kind == ErrorKind::out_of_memory);
  CHECK(contains(text, "'huge'"));
  CHECK(contains(error_of([&] { device->allocate(0, Memory::device, "none"); }), "'none'"));
}
