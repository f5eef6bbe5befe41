// SPDX-License-Identifier: Apache-2.0
// The connection to the Vulkan loader: one per process (one more with validation,
// and one with what a window asks for).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "runtime/gpu/calls.h"

namespace lemnos::gpu {

class Instance {
 public:
  // The process's instance. Fails without a loader, with a loader older than Vulkan 1.2, or when
  // LEMNOS_VALIDATION=1 asks for a validation layer that is not installed.
  static std::shared_ptr<Instance> get();
  Instance();
  ~Instance();
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  // Devices opened later start from a copy of this table; tests replace entries, and put them back.
  Calls& calls() { return calls_; }
  const Calls& calls() const { return calls_; }
  bool validation() const { return validation_; }
  VkInstance handle() const { return instance_; }
  // What it has of the extensions that a window asked for; see presentation.h.
  const std::vector<std::string>& presentation() const { return presentation_; }

  // In the loader's order; empty when no driver is installed.
  std::vector<VkPhysicalDevice> physical_devices() const;

  // Messages of the validation layer since the process began.
  static std::uint64_t validation_messages();

 private:
  void create();

  Calls calls_;
  VkInstance instance_ = VK_NULL_HANDLE;  // null: the loader found no driver
  VkDebugUtilsMessengerEXT messenger_ = VK_NULL_HANDLE;
  bool validation_ = false;
  std::vector<std::string> presentation_;
};

// The items of a Vulkan enumeration: call(count, items) is asked for the count, then for the items,
// and again while their number grows in between.
template <class T, class Call>
std::vector<T> enumerate(const char* name, Call call) {
  std::vector<T> items;
  VkResult result = VK_INCOMPLETE;
  while (result == VK_INCOMPLETE) {
    std::uint32_t count = 0;
    check_result(call(&count, nullptr), name);
    items.resize(count);
    result = check_result(call(&count, items.data()), name);
    items.resize(count);
  }
  return items;
}

bool has_extension(const std::vector<VkExtensionProperties>& extensions, const char* name);

}  // namespace lemnos::gpu
