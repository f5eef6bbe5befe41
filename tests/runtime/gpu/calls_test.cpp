// SPDX-License-Identifier: Apache-2.0
#include "runtime/gpu/calls.h"

#include <doctest/doctest.h>

#include "runtime/gpu/device.h"
#include "tests/runtime/gpu/fixture.h"

using namespace lemnos;
using namespace lemnos::gpu;
using namespace lemnos::test;

TEST_CASE("calls: a machine without a Vulkan loader gets an error that says what to install") {
  const Env env("LEMNOS_VULKAN_LIBRARY", "libno-such-loader.so.1");
  ErrorKind kind{};
  const auto text = error_of([] { list_devices(); }, &kind);
  CHECK(kind == ErrorKind::failed);
  CHECK(contains(text, "libno-such-loader.so.1"));
  CHECK(contains(text, "apt install libvulkan1 mesa-vulkan-drivers"));
}

TEST_CASE("calls: a library that is no Vulkan loader is an error that names it") {
  const Env env("LEMNOS_VULKAN_LIBRARY", "libm.so.6");
  CHECK(contains(error_of([] { Device::open(); }), "libm.so.6 is no Vulkan loader"));
}

TEST_CASE("calls: a failed result names the call, its subject and the result in words") {
  ErrorKind kind{};
  const auto text = error_of(
      [] { check_result(VK_ERROR_INITIALIZATION_FAILED, "vkCreateDevice", "some GPU"); }, &kind);
  CHECK(kind == ErrorKind::failed);
  CHECK(contains(text, "vkCreateDevice for some GPU failed"));
  CHECK(contains(text, "the driver could not start"));
  error_of([] { check_result(VK_ERROR_DEVICE_LOST, "vkQueueSubmit"); }, &kind);
  CHECK(kind == ErrorKind::device_lost);
  error_of([] { check_result(VK_ERROR_OUT_OF_HOST_MEMORY, "vkCreateBuffer"); }, &kind);
  CHECK(kind == ErrorKind::out_of_memory);
  CHECK(check_result(VK_TIMEOUT, "vkWaitSemaphores") == VK_TIMEOUT);
}
