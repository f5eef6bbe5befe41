// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "runtime/base/log.h"
#include "runtime/gpu/calls.h"
#include "runtime/gpu/commands.h"
#include "runtime/gpu/instance.h"
#include "runtime/gpu/queue.h"
#include "tests/runtime/gpu/fixture.h"
#include "tests/validation.h"

using namespace lemnos;
using namespace lemnos::gpu;
using namespace lemnos::test;

namespace {

// A device with the validation layer on; null, and said, where that is not installed.
std::shared_ptr<Device> open_validated() {
  if (!OpenDevice()) return nullptr;
  const Env env("LEMNOS_VALIDATION", "1");
  try {
    return Device::open();
  } catch (const Error& error) {
    if (!contains(error.what(), "is not installed")) throw;
    skip(error.what());
    return nullptr;
  }
}

// At least one message since `before`; they are what the test is about, so main() forgives them.
void check_complaint(std::uint64_t before, const Device& device) {
  CHECK(device.validation_messages() > before);
  expect_validation_messages(device.validation_messages() - before);
}

constexpr const char* increment = R"(
  layout(local_size_x = 8) in;
  layout(binding = 0) buffer Values { uint values[]; };
  void main() { values[gl_GlobalInvocationID.x] += 1; })";

}  // namespace

TEST_CASE("validation: transfers, dispatches, barriers and timestamps draw no message") {
  const auto device = open_validated();
  if (!device) return;
  const auto before = device->validation_messages();
  {
    const auto words = compile_glsl(increment);
    const Pipeline& pipeline = device->pipeline({"increment", words});
    const Buffer values = device->allocate(32, Memory::device, "values");
    const Buffer out = device->allocate(32, Memory::readback, "out");
    device->clear(values);
    std::optional<Timestamps> times;
    if (device->caps().timestamp_period > 0) times.emplace(*device, 2);
    Recording recording(*device, "step");
    const BufferRange range{&values, 0, 32};
    if (times) recording.timestamp(*times, 0);
    for (int i = 0; i < 2; ++i) {
      recording.dispatch(pipeline, {&range, 1}, {}, {1, 1, 1});
      recording.barrier();
    }
    recording.copy(range, {&out, 0, 32});
    if (times) recording.timestamp(*times, 1);
    recording.host_barrier();
    recording.end();
    const std::array<const Recording*, 2> twice = {&recording, &recording};
    device->queue().wait(device->queue().submit(twice));
    if (times) times->seconds();
    CHECK(read<std::uint32_t>(*device, out) == std::vector<std::uint32_t>(8, 4));
  }
  CHECK(device->validation_messages() == before);
}

TEST_CASE("validation: a mistake against the core rules is counted") {
  const auto device = open_validated();
  if (!device) return;
  const auto before = device->validation_messages();
  log::set_level(log::Level::off);
  auto info = structure<VkBufferCreateInfo>(VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO);
  info.size = 0;  // never allowed
  info.usage = VK_BUFFER_USAGE_STORAGE_BUFFER_BIT;
  VkBuffer buffer = VK_NULL_HANDLE;
  device->calls().vkCreateBuffer(device->handle(), &info, nullptr, &buffer);
  device->calls().vkDestroyBuffer(device->handle(), buffer, nullptr);
  log::set_level(log::Level::info);
  check_complaint(before, *device);
}

TEST_CASE("validation: a missing barrier between two copies is counted") {
  const auto device = open_validated();
  if (!device) return;
  const auto before = device->validation_messages();
  const Buffer buffer = device->allocate(1024, Memory::device, "raced");
  log::set_level(log::Level::off);
  Recording recording(*device, "race");
  recording.copy({&buffer, 0, 256}, {&buffer, 256, 256});
  recording.copy({&buffer, 256, 256}, {&buffer, 512, 256});
  recording.end();
  log::set_level(log::Level::info);
  check_complaint(before, *device);
}
