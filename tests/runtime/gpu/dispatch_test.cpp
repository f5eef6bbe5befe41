// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cmath>
#include <thread>

#include "runtime/gpu/calls.h"
#include "runtime/gpu/commands.h"
#include "runtime/gpu/queue.h"
#include "tests/runtime/gpu/fixture.h"

using namespace lemnos;
using namespace lemnos::gpu;
using namespace lemnos::test;

namespace {

// values[i] += push.amount, i < push.n
constexpr const char* add_amount = R"(
  layout(local_size_x_id = 0) in;
  layout(push_constant) uniform Push { uint n; float amount; } push;
  layout(binding = 0) buffer Values { float values[]; };
  void main() {
    uint i = gl_GlobalInvocationID.x;
    if (i < push.n) values[i] += push.amount;
  })";

struct Push {
  std::uint32_t n;
  float amount;
};

std::span<const std::byte> bytes_of(const Push& push) { return std::as_bytes(std::span(&push, 1)); }

constexpr std::uint32_t group = 64;

}  // namespace

TEST_CASE("dispatch: recorded once and submitted three times in one submission adds three") {
  const OpenDevice device;
  if (!device) return;
  const auto words = compile_glsl(add_amount);
  const std::array specialization = {group};
  const Pipeline& pipeline = device->pipeline({"add_amount", words}, specialization);
  CHECK(pipeline.group_size()[0] == group);
  const Buffer values = device->allocate(1000 * 4, Memory::device, "values");
  write(*device, values, std::vector<float>(1000, 0.5f));

  Recording recording(*device, "add one");
  const BufferRange range{&values, 0, values.size()};
  recording.dispatch(pipeline, {&range, 1}, bytes_of({1000, 1.0f}), {16, 1, 1});
  recording.end();
  CHECK(recording.dispatches() == 1);
  const std::array<const Recording*, 3> three = {&recording, &recording, &recording};
  const auto number = device->queue().submit(three);
  device->queue().wait(number);
  CHECK(device->queue().done(number));
  CHECK(read<float>(*device, values) == std::vector<float>(1000, 3.5f));
  CHECK(device->counters().submissions == 1);
  CHECK(device->counters().dispatches_recorded == 1);

  const std::vector<const Recording*> hundred(100, &recording);
  device->queue().wait(device->queue().submit(hundred));
  CHECK(read<float>(*device, values) == std::vector<float>(1000, 103.5f));
}

TEST_CASE("dispatch: a thousand dispatches in one recording, each with its own bindings") {
  const OpenDevice device;
  if (!device) return;
  const auto words = compile_glsl(add_amount);
  const std::array specialization = {group};
  const Pipeline& pipeline = device->pipeline({"add_amount", words}, specialization);
  const std::uint64_t stride = 256;
  const Buffer values = device->allocate(1000 * stride, Memory::device, "values");
  device->clear(values);
  Recording recording(*device, "thousand");
  for (std::uint32_t i = 0; i < 1000; ++i) {
    const BufferRange range{&values, i * stride, stride};
    recording.dispatch(pipeline, {&range, 1}, bytes_of({1, static_cast<float>(i)}), {1, 1, 1});
  }
  recording.end();
  device->queue().wait(device->queue().submit(recording));
  const auto got = read<float>(*device, values);
  for (std::size_t i = 0; i < 1000; ++i) REQUIRE(got[i * 64] == static_cast<float>(i));
}

TEST_CASE("dispatch: texel buffers read float4 and uint, uniform blocks and several bindings") {
  const OpenDevice device;
  if (!device) return;
  if (device->caps().max_texel_elements == 0) return skip("the driver reads texel buffers wrongly");
  const auto words = compile_glsl(R"(
    layout(local_size_x = 8) in;
    layout(binding = 0) uniform samplerBuffer floats;
    layout(binding = 1) uniform usamplerBuffer ids;
    layout(binding = 2) uniform Block { vec4 bias; };
    layout(binding = 3) writeonly buffer Result { float result[]; };
    void main() {
      uint i = gl_GlobalInvocationID.x;
      if (i < 5) result[i] = texelFetch(floats, int(texelFetch(ids, int(i)).x)).y + bias.z;
    })");
  const Pipeline& pipeline = device->pipeline({"pick", words});
  // 19 floats: the last texel is a partial one.
  const Buffer floats = device->allocate(19 * 4, Memory::device, "floats");
  const Buffer ids = device->allocate(5 * 4, Memory::device, "ids");
  const Buffer block = device->allocate(16, Memory::device, "block");
  const Buffer result = device->allocate(5 * 4, Memory::device, "result");
  std::vector<float> numbers(19);
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<float>(i);
  write(*device, floats, numbers);
  write(*device, ids, std::vector<std::uint32_t>{4, 0, 3, 1, 2});
  write(*device, block, std::vector<float>{0, 0, 0.25f, 0});
  Recording recording(*device, "pick");
  const std::array<BufferRange, 4> bindings = {
      {{&floats, 0, 76}, {&ids, 0, 20}, {&block, 0, 16}, {&result, 0, 20}}};
  recording.dispatch(pipeline, bindings, {}, {1, 1, 1});
  recording.end();
  device->queue().wait(device->queue().submit(recording));
  CHECK(read<float>(*device, result) == std::vector<float>{17.25f, 1.25f, 13.25f, 5.25f, 9.25f});
}

TEST_CASE("dispatch: wrong bindings, ranges, alignments and grids are errors naming the shader") {
  const OpenDevice device;
  if (!device) return;
  const auto words = compile_glsl(add_amount);
  const std::array specialization = {group};
  const Pipeline& pipeline = device->pipeline({"add_amount", words}, specialization);
  const Buffer values = device->allocate(4096, Memory::device, "values");
  Recording recording(*device, "wrong");
  const Push push{1, 1.0f};
  const auto refused = [&](BufferRange range, std::size_t count, std::size_t push_bytes,
                           std::array<std::uint32_t, 3> groups) {
    const auto text = error_of([&] {
      recording.dispatch(pipeline, {&range, count}, bytes_of(push).first(push_bytes), groups);
    });
    CHECK(contains(text, "shader add_amount"));
    return text;
  };
  CHECK(contains(refused({&values, 0, 4096}, 0, 8, {1, 1, 1}), "0 bindings given, it has 1"));
  CHECK(contains(refused({&values, 0, 4096}, 1, 4, {1, 1, 1}), "4 bytes of push constants"));
  CHECK(contains(refused({&values, 0, 4096}, 1, 8, {1, 0, 1}), "a grid of 1x0x1"));
  CHECK(contains(refused({&values, 0, 4096}, 1, 8, {~0u, ~0u, ~0u}), "on axis"));
  CHECK(contains(refused({&values, 0, 4097}, 1, 8, {1, 1, 1}), "outside buffer 'values'"));
  CHECK(contains(refused({&values, ~std::uint64_t{0}, 8}, 1, 8, {1, 1, 1}), "outside buffer"));
  CHECK(contains(refused({nullptr, 0, 4}, 1, 8, {1, 1, 1}), "no buffer"));
  if (device->caps().storage_offset_alignment > 1)
    CHECK(contains(refused({&values, 1, 8}, 1, 8, {1, 1, 1}), "must be a multiple of"));
  CHECK(recording.dispatches() == 0);
  CHECK(contains(error_of([&] { device->queue().submit(recording); }), "before end()"));
  recording.end();
  CHECK(contains(error_of([&] { recording.barrier(); }), "after end()"));
}

TEST_CASE("dispatch: a binding beyond the device's range is an error that says the limit") {
  const Env env("LEMNOS_PROFILE", "minimum");
  const OpenDevice device;
  if (!device) return;
  const auto words = compile_glsl(R"(
    layout(binding = 0) uniform usamplerBuffer ids;
    layout(binding = 1) buffer Result { uint result; };
    void main() { result = texelFetch(ids, 0).x; })");
  const Pipeline& pipeline = device->pipeline({"fetch", words});
  const Buffer ids = device->allocate(65537 * 4, Memory::device, "ids");
  const Buffer result = device->allocate(4, Memory::device, "result");
  Recording recording(*device, "wide");
  const std::array<BufferRange, 2> bindings = {{{&ids, 0, 65537 * 4}, {&result, 0, 4}}};
  const auto text = error_of([&] { recording.dispatch(pipeline, bindings, {}, {1, 1, 1}); });
  CHECK(contains(text, "shader fetch: binding 0 'ids'"));
  CHECK(contains(text, fmt::format("allows {}", 4 * device->caps().max_texel_elements)));
}

TEST_CASE("copy: wrong sizes and overlaps are errors") {
  const OpenDevice device;
  if (!device) return;
  const Buffer buffer = device->allocate(100, Memory::device, "hundred");
  Recording recording(*device, "copies");
  CHECK(contains(error_of([&] {
                   recording.copy({&buffer, 0, 8}, {&buffer, 16, 12});
                 }),
                 "8 bytes of 'hundred' into 12 bytes"));
  CHECK(contains(error_of([&] { recording.copy({&buffer, 0, 8}, {&buffer, 4, 8}); }), "overlap"));
  CHECK(contains(error_of([&] { recording.fill({&buffer, 2, 4}, 0); }), "whole words"));
}

TEST_CASE("pipeline: the same words and values give the same pipeline, from any thread") {
  const OpenDevice device;
  if (!device) return;
  const auto words = compile_glsl(add_amount);
  const auto copy = words;
  const std::array small = {8u};
  const std::array large = {group};
  const Pipeline* first = &device->pipeline({"add_amount", words}, small);
  CHECK(first == &device->pipeline({"another name", copy}, small));
  CHECK(first != &device->pipeline({"add_amount", words}, large));
  CHECK(device->counters().pipelines_created == 2);

  std::array<const Pipeline*, 4> found{};
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < found.size(); ++i)
    threads.emplace_back([&, i] {
      const std::array size = {i % 2 == 0 ? 16u : 32u};
      found[i] = &device->pipeline({"add_amount", words}, size);
    });
  for (auto& thread : threads) thread.join();
  CHECK(found[0] == found[2]);
  CHECK(found[1] == found[3]);
  CHECK(device->counters().pipelines_created == 4);
}

TEST_CASE("timestamps: they never run backwards, and those not written are NaN") {
  const OpenDevice device;
  if (!device) return;
  if (device->caps().timestamp_period == 0) return skip("the device has no timestamps");
  Timestamps times(*device, 3);
  const Buffer buffer = device->allocate(1 << 20, Memory::device, "filled");
  Recording recording(*device, "timed");
  recording.timestamp(times, 0);
  recording.fill({&buffer, 0, 1 << 20}, 1);
  recording.timestamp(times, 2);
  CHECK(contains(error_of([&] { recording.timestamp(times, 3); }), "there are 3"));
  recording.end();
  for (int run = 0; run < 2; ++run) {
    device->queue().wait(device->queue().submit(recording));
    const auto seconds = times.seconds();
    REQUIRE(seconds.size() == 3);
    CHECK(seconds[0] == 0);
    CHECK(std::isnan(seconds[1]));
    CHECK(seconds[2] >= 0);
    CHECK(seconds[2] < 60);
  }
}

TEST_CASE("queue: with a limit, a submission returns when enough of those before it are done") {
  const OpenDevice device;
  if (!device) return;
  const auto words = compile_glsl(add_amount);
  const std::array specialization = {group};
  const Pipeline& pipeline = device->pipeline({"add_amount", words}, specialization);
  const Buffer values = device->allocate(256, Memory::device, "values");
  Recording recording(*device, "long");
  const BufferRange range{&values, 0, values.size()};
  for (int i = 0; i < 2000; ++i)
    recording.dispatch(pipeline, {&range, 1}, bytes_of({1, 1.0f}), {1, 1, 1});
  recording.end();
  device->queue().limit_pending(1);
  for (int i = 0; i < 5; ++i) {
    const std::uint64_t number = device->queue().submit(recording);
    if (number > 1) CHECK(device->queue().done(number - 1));
  }
  device->queue().wait_all();
}

TEST_CASE(
    "queue: a lost device is an error of its own kind with a remedy, and closing still works") {
  const OpenDevice device;
  if (!device) return;
  Recording recording(*device, "lost");
  recording.end();
  device->calls().vkQueueSubmit = [](VkQueue, std::uint32_t, const VkSubmitInfo*, VkFence) {
    return VK_ERROR_DEVICE_LOST;
  };
  ErrorKind kind{};
  const auto text = error_of([&] { device->queue().submit(recording); }, &kind);
  CHECK(kind == ErrorKind::device_lost);
  CHECK(contains(text, "help:"));
  CHECK(device->queue().last() == 0);
  CHECK(device->counters().submissions == 0);
}

TEST_CASE("queue: a device that never finishes is reported as lost, not waited for without end") {
  const OpenDevice device;
  if (!device) return;
  Recording recording(*device, "endless");
  recording.end();
  const auto number = device->queue().submit(recording);
  device->queue().wait(number);  // it is really done; from here on the driver is made to deny it
  device->calls().vkGetSemaphoreCounterValue = [](VkDevice, VkSemaphore, std::uint64_t* value) {
    *value = 0;
    return VK_SUCCESS;
  };
  device->calls().vkWaitSemaphores = [](VkDevice, const VkSemaphoreWaitInfo*, std::uint64_t) {
    return VK_TIMEOUT;
  };
  ErrorKind kind{};
  const auto text = error_of([&] { device->queue().wait(number); }, &kind);
  CHECK(kind == ErrorKind::device_lost);
  CHECK(contains(text, "hangs"));
}

TEST_CASE("queue: waiting for what was never submitted is an error, not a hang") {
  const OpenDevice device;
  if (!device) return;
  CHECK(contains(error_of([&] { device->queue().wait(5); }), "submission 5"));
  device->queue().wait(0);
}
