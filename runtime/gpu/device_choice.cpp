// SPDX-License-Identifier: Apache-2.0
// Which device is meant: pure functions over what list_devices() found.
#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>

#include "runtime/base/error.h"
#include "runtime/gpu/device.h"

namespace lemnos::gpu {
namespace {

std::string lower(std::string_view text) {
  std::string made(text);
  std::transform(made.begin(), made.end(), made.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return made;
}

// The hexadecimal digits of a UUID; empty when the text is none. Dashes are allowed anywhere.
std::string uuid_digits(std::string_view text) {
  std::string digits = lower(text);
  std::erase(digits, '-');
  const auto is_digit = [](unsigned char c) { return std::isxdigit(c) != 0; };
  return digits.size() == 32 && std::all_of(digits.begin(), digits.end(), is_digit) ? digits : "";
}

std::string listing(std::span<const DeviceInfo> devices) {
  std::string text;
  for (const DeviceInfo& device : devices)
    text += fmt::format("\n  {}  {}  (uuid {}; {})", device.index, device.caps.name,
                        device.caps.uuid, device.reason);
  return text;
}

std::optional<int> as_index(std::string_view text) {
  int index = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), index);
  const bool whole = parsed.ec == std::errc{} && parsed.ptr == text.data() + text.size();
  return whole ? std::optional(index) : std::nullopt;
}

template <class Fits>
std::vector<const DeviceInfo*> those(std::span<const DeviceInfo> devices, Fits fits) {
  std::vector<const DeviceInfo*> found;
  for (const DeviceInfo& device : devices)
    if (fits(device)) found.push_back(&device);
  return found;
}

DeviceChoice best(std::span<const DeviceInfo> devices) {
  const DeviceInfo* chosen = nullptr;
  for (const DeviceInfo& device : devices)
    if (device.score >= 0 && (chosen == nullptr || device.score > chosen->score)) chosen = &device;
  if (chosen == nullptr) fail("no Vulkan device can be used:{}", listing(devices));
  const std::string rank =
      devices.size() == 1 ? "the only device" : fmt::format("best of {}", devices.size());
  return {chosen->index, fmt::format("{}: {}", rank, chosen->reason)};
}

}  // namespace

DeviceChoice choose_device(std::span<const DeviceInfo> devices, std::string_view selector) {
  if (devices.empty())
    fail(
        "no Vulkan device: the loader found no driver\n"
        "  help: apt install mesa-vulkan-drivers (any AMD or Intel GPU, and the CPU), or the GPU "
        "vendor's driver; vulkaninfo lists what is installed");
  if (selector.empty()) return best(devices);

  const auto index = as_index(selector);
  const std::string uuid = uuid_digits(selector);
  const std::string part = lower(selector);
  std::string how = "named by index";
  auto found = those(devices, [&](const auto& device) { return index && device.index == *index; });
  // A number is an index and nothing else: 7 must not pick an RTX 4070 where there is no device 7.
  if (found.empty() && !index) {
    how = "named by UUID";
    found = those(devices, [&](const auto& d) { return !uuid.empty() && d.caps.uuid == uuid; });
  }
  if (found.empty() && !index) {
    how = "named by name";
    found = those(devices, [&](const auto& device) { return lower(device.caps.name) == part; });
  }
  if (found.empty() && !index)
    found = those(devices, [&](const auto& device) {
      return lower(device.caps.name).find(part) != std::string::npos;
    });

  if (found.empty()) fail_usage("no device fits '{}'; there are:{}", selector, listing(devices));
  if (found.size() > 1)
    fail_usage("'{}' fits {} devices; name one by its index or UUID:{}", selector, found.size(),
               listing(devices));
  const DeviceInfo& chosen = *found.front();
  check(chosen.score >= 0, "device {} ({}) cannot be used: {}", chosen.index, chosen.caps.name,
        chosen.reason);
  return {chosen.index, fmt::format("{}: {}", how, chosen.reason)};
}

}  // namespace lemnos::gpu
