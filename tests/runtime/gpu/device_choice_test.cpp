// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "runtime/gpu/device.h"
#include "tests/runtime/gpu/fixture.h"

using namespace lemnos;
using namespace lemnos::gpu;
using namespace lemnos::test;

namespace {

DeviceInfo device(int index, std::string name, DeviceType type, int score) {
  DeviceInfo info;
  info.index = index;
  info.caps.name = std::move(name);
  info.caps.type = type;
  info.caps.uuid = std::string(31, '0') + std::to_string(index);
  info.score = score;
  info.reason = name_of(type);
  return info;
}

// A laptop: a CPU driver, an integrated and a discrete GPU, and one too old to be used.
std::vector<DeviceInfo> laptop() {
  std::vector<DeviceInfo> devices = {
      device(0, "llvmpipe (LLVM 15.0.6, 256 bits)", DeviceType::cpu, 1002),
      device(1, "Intel(R) Iris(R) Xe Graphics", DeviceType::integrated, 4016),
      device(2, "NVIDIA GeForce RTX 4070 Laptop GPU", DeviceType::discrete, 5008),
      device(3, "Intel(R) HD Graphics 4000", DeviceType::integrated, -1)};
  devices[3].reason = "needs Vulkan 1.2, the driver has 1.1.0";
  return devices;
}

}  // namespace

TEST_CASE("device choice: the best score wins and the reason says why") {
  const auto devices = laptop();
  const auto choice = choose_device(devices, "");
  CHECK(choice.index == 2);
  CHECK(choice.reason == "best of 4: discrete GPU");
  CHECK(choose_device(std::span(devices).first(1), "").reason == "the only device: CPU");
}

TEST_CASE("device choice: of two equals the first one wins") {
  std::vector<DeviceInfo> devices = {device(0, "a", DeviceType::discrete, 5008),
                                     device(1, "b", DeviceType::discrete, 5008)};
  CHECK(choose_device(devices, "").index == 0);
}

TEST_CASE("device choice: an index, a part of the name in any case, or a UUID names a device") {
  const auto devices = laptop();
  CHECK(choose_device(devices, "1").index == 1);
  CHECK(choose_device(devices, "geforce").index == 2);
  CHECK(choose_device(devices, "LLVMPIPE").index == 0);
  CHECK(choose_device(devices, "RTX 4070").index == 2);
  const auto by_uuid = choose_device(devices, "00000000-0000-0000-0000-000000000001");
  CHECK(by_uuid.index == 1);
  CHECK(by_uuid.reason == "named by UUID: integrated GPU");
}

TEST_CASE("device choice: a whole name wins over being part of a longer one") {
  std::vector<DeviceInfo> devices = {device(0, "Radeon RX 7900 XTX", DeviceType::discrete, 5024),
                                     device(1, "Radeon RX 7900 XT", DeviceType::discrete, 5020)};
  CHECK(choose_device(devices, "radeon rx 7900 xt").index == 1);
}

TEST_CASE("device choice: a selector that fits nothing is wrong usage and lists the devices") {
  const auto devices = laptop();
  ErrorKind kind{};
  const auto text = error_of([&] { choose_device(devices, "radeon"); }, &kind);
  CHECK(kind == ErrorKind::usage);
  CHECK(contains(text, "'radeon'"));
  for (const auto& info : devices) CHECK(contains(text, info.caps.name));
  // A number is an index only: no silent match of the 7 in 4070.
  CHECK(contains(error_of([&] { choose_device(devices, "7"); }), "no device fits '7'"));
}

TEST_CASE("device choice: a selector that fits several devices is wrong usage") {
  const auto devices = laptop();
  ErrorKind kind{};
  const auto text = error_of([&] { choose_device(devices, "Intel"); }, &kind);
  CHECK(kind == ErrorKind::usage);
  CHECK(contains(text, "fits 2 devices"));
}

TEST_CASE("device choice: a device that cannot be used is never chosen, and naming it says why") {
  const auto devices = laptop();
  ErrorKind kind{};
  const auto text = error_of([&] { choose_device(devices, "3"); }, &kind);
  CHECK(kind == ErrorKind::failed);
  CHECK(contains(text, "needs Vulkan 1.2"));
  const auto none = error_of([&] { choose_device(std::span(devices).last(1), ""); });
  CHECK(contains(none, "no Vulkan device can be used"));
  CHECK(contains(none, "needs Vulkan 1.2"));
}

TEST_CASE("device choice: no driver at all is an error that says what to install") {
  ErrorKind kind{};
  const auto text = error_of([] { choose_device({}, ""); }, &kind);
  CHECK(kind == ErrorKind::failed);
  CHECK(contains(text, "apt install mesa-vulkan-drivers"));
}

TEST_CASE("device: LEMNOS_DEVICE names the device, and an unknown name is wrong usage") {
  const OpenDevice any;
  if (!any) return;
  const Env env("LEMNOS_DEVICE", "no such device");
  ErrorKind kind{};
  const auto text = error_of([] { Device::open(); }, &kind);
  CHECK(kind == ErrorKind::usage);
  CHECK(contains(text, any->caps().name));
}

TEST_CASE("device: list_devices scores what it finds and open() takes the best of it") {
  const OpenDevice opened;
  if (!opened || os::env("LEMNOS_DEVICE")) return;
  const auto devices = list_devices();
  REQUIRE(!devices.empty());
  const auto choice = choose_device(devices, "");
  CHECK(opened->choice_reason() == choice.reason);
  CHECK(opened->caps().uuid == devices[static_cast<std::size_t>(choice.index)].caps.uuid);
}
