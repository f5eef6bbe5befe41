// SPDX-License-Identifier: Apache-2.0
#include "runtime/gpu/buffer.h"

#include <doctest/doctest.h>

#include <numeric>

#include "runtime/gpu/commands.h"
#include "runtime/gpu/instance.h"
#include "runtime/gpu/memory.h"
#include "runtime/gpu/queue.h"
#include "tests/runtime/gpu/fixture.h"

using namespace lemnos;
using namespace lemnos::gpu;
using namespace lemnos::test;

namespace {

std::vector<std::uint32_t> counting(std::size_t count) {
  std::vector<std::uint32_t> values(count);
  std::iota(values.begin(), values.end(), 1u);
  return values;
}

// A device like a discrete GPU: its own memory (type 0) is not mapped, other memory (type 1) is.
// The driver underneath still has the one type it has.
namespace discrete {

PFN_vkGetDeviceProcAddr real_lookup = nullptr;
PFN_vkAllocateMemory real_allocate = nullptr;
PFN_vkGetBufferMemoryRequirements real_requirements = nullptr;
PFN_vkGetPhysicalDeviceMemoryProperties real_properties = nullptr;
std::uint32_t real_type = 0;

VKAPI_ATTR void VKAPI_CALL properties(VkPhysicalDevice device,
                                      VkPhysicalDeviceMemoryProperties* memory) {
  VkPhysicalDeviceMemoryProperties real{};
  real_properties(device, &real);
  real_type = find_memory_type(real, Memory::readback, ~0u).value();
  *memory = {};
  memory->memoryHeapCount = 1;
  memory->memoryHeaps[0] = {real.memoryHeaps[0].size, VK_MEMORY_HEAP_DEVICE_LOCAL_BIT};
  memory->memoryTypeCount = 2;
  memory->memoryTypes[0] = {VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT, 0};
  memory->memoryTypes[1] = {
      VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT, 0};
}

VKAPI_ATTR VkResult VKAPI_CALL allocate(VkDevice device, const VkMemoryAllocateInfo* info,
                                        const VkAllocationCallbacks* callbacks,
                                        VkDeviceMemory* memory) {
  VkMemoryAllocateInfo changed = *info;
  changed.memoryTypeIndex = real_type;
  return real_allocate(device, &changed, callbacks, memory);
}

VKAPI_ATTR void VKAPI_CALL requirements(VkDevice device, VkBuffer buffer,
                                        VkMemoryRequirements* needs) {
  real_requirements(device, buffer, needs);
  needs->memoryTypeBits = 3;
}

VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL lookup(VkDevice device, const char* name) {
  const auto real = real_lookup(device, name);
  if (std::strcmp(name, "vkAllocateMemory") == 0) {
    real_allocate = reinterpret_cast<PFN_vkAllocateMemory>(real);
    return reinterpret_cast<PFN_vkVoidFunction>(allocate);
  }
  if (std::strcmp(name, "vkGetBufferMemoryRequirements") == 0) {
    real_requirements = reinterpret_cast<PFN_vkGetBufferMemoryRequirements>(real);
    return reinterpret_cast<PFN_vkVoidFunction>(requirements);
  }
  return real;
}

// Devices opened while this lives are such devices.
class Pretence {
 public:
  explicit Pretence(Calls& calls) : calls_(calls), before_(calls) {
    real_lookup = calls.vkGetDeviceProcAddr;
    real_properties = calls.vkGetPhysicalDeviceMemoryProperties;
    calls.vkGetDeviceProcAddr = lookup;
    calls.vkGetPhysicalDeviceMemoryProperties = properties;
  }
  ~Pretence() { calls_ = before_; }
  Pretence(const Pretence&) = delete;
  Pretence& operator=(const Pretence&) = delete;

 private:
  Calls& calls_;
  Calls before_;
};

}  // namespace discrete

void check_transfers(Device& device, std::size_t count) {
  const auto values = counting(count);
  const Buffer buffer = device.allocate(count * 4, Memory::device, "numbers");
  write(device, buffer, values);
  CHECK(read<std::uint32_t>(device, buffer) == values);

  const std::array<std::uint32_t, 2> patch = {77, 78};
  device.write(buffer, 8, std::as_bytes(std::span(patch)));
  auto patched = values;
  patched[2] = 77;
  patched[3] = 78;
  CHECK(read<std::uint32_t>(device, buffer) == patched);

  device.clear(buffer);
  CHECK(read<std::uint32_t>(device, buffer) == std::vector<std::uint32_t>(count, 0));
}

}  // namespace

TEST_CASE("buffer: what is written is read back, at any offset, and clear makes it zero") {
  const OpenDevice device;
  if (!device) return;
  check_transfers(*device, 1000);
}

TEST_CASE("buffer: transfers go through staging, in chunks, where memory cannot be mapped") {
  if (!OpenDevice()) return;
  const discrete::Pretence pretence(Instance::get()->calls());
  const OpenDevice device;
  REQUIRE(static_cast<bool>(device));
  CHECK_FALSE(device->caps().host_visible_device_memory);
  CHECK(device->allocate(16, Memory::device, "unmapped").data() == nullptr);
  CHECK(device->allocate(16, Memory::upload, "mapped").data() != nullptr);
  check_transfers(*device, 1000);
  check_transfers(*device, (std::size_t{20} << 20) / 4 + 3);  // two chunks, the last one odd
  CHECK(device->counters().submissions > 0);
}

TEST_CASE("buffer: a transfer outside the buffer is an error that names it") {
  const OpenDevice device;
  if (!device) return;
  const Buffer buffer = device->allocate(10, Memory::device, "ten");
  std::array<std::byte, 4> bytes{};
  CHECK(contains(error_of([&] { device->write(buffer, 8, bytes); }), "'ten'"));
  CHECK(contains(error_of([&] { device->read(buffer, ~std::uint64_t{0}, bytes); }), "'ten'"));
  CHECK(contains(error_of([&] { device->read(Buffer(), 0, bytes); }), "allocated"));
}

TEST_CASE("buffer: a moved buffer keeps its contents and the old one is empty") {
  const OpenDevice device;
  if (!device) return;
  Buffer first = device->allocate(400, Memory::device, "first");
  write(*device, first, counting(100));
  const Buffer second = std::move(first);
  CHECK_FALSE(static_cast<bool>(first));
  CHECK(second.name() == "first");
  CHECK(read<std::uint32_t>(*device, second) == counting(100));
}

TEST_CASE("buffer: a buffer keeps its device alive") {
  Buffer buffer;
  {
    const OpenDevice device;
    if (!device) return;
    buffer = device->allocate(4, Memory::upload, "last");
  }
  REQUIRE(buffer.data() != nullptr);
  buffer.data()[0] = std::byte{1};
}

TEST_CASE("buffer: upload and readback memory is always mapped, and copies and fills reach it") {
  const OpenDevice device;
  if (!device) return;
  const Buffer from = device->allocate(4000, Memory::upload, "from");
  const Buffer middle = device->allocate(4000, Memory::device, "middle");
  const Buffer to = device->allocate(4000, Memory::readback, "to");
  const auto values = counting(1000);
  std::memcpy(from.data(), values.data(), 4000);
  Recording recording(*device, "through");
  recording.copy({&from, 0, 4000}, {&middle, 0, 4000});
  recording.barrier();
  recording.fill({&middle, 400, 40}, 0xabcdef01);
  recording.barrier();
  recording.copy({&middle, 0, 4000}, {&to, 0, 4000});
  recording.host_barrier();
  recording.end();
  device->queue().wait(device->queue().submit(recording));
  auto expected = values;
  std::fill_n(expected.begin() + 100, 10, 0xabcdef01u);
  std::vector<std::uint32_t> got(1000);
  std::memcpy(got.data(), to.data(), 4000);
  CHECK(got == expected);
  CHECK(recording.barriers() == 3);
}
