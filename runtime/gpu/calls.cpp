// SPDX-License-Identifier: Apache-2.0
#include "runtime/gpu/calls.h"

#include <dlfcn.h>

#include "runtime/base/error.h"
#include "runtime/base/os.h"

namespace lemnos::gpu {
namespace {

void check_found(bool found, const char* name, const char* owner) {
  check(found, "the Vulkan {} lacks {}: it is broken or older than Vulkan 1.2", owner, name);
}

}  // namespace

std::string loader_library() { return os::env("LEMNOS_VULKAN_LIBRARY").value_or("libvulkan.so.1"); }

void load_global_calls(Calls& calls, const std::string& library) {
  // Never closed: drivers leave threads and exit handlers behind.
  void* const loader = ::dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (loader == nullptr) {
    const char* const why = ::dlerror();
    fail(
        "no Vulkan loader: cannot open {}: {}\n"
        "  help: apt install libvulkan1 mesa-vulkan-drivers   (or the GPU vendor's driver)",
        library, why != nullptr ? why : "unknown reason");
  }
  calls.vkGetInstanceProcAddr =
      reinterpret_cast<PFN_vkGetInstanceProcAddr>(::dlsym(loader, "vkGetInstanceProcAddr"));
  check(calls.vkGetInstanceProcAddr != nullptr,
        "{} is no Vulkan loader: it lacks vkGetInstanceProcAddr\n"
        "  help: apt install libvulkan1 mesa-vulkan-drivers",
        library);
#define LEMNOS_LOAD(name)                                                                        \
  calls.name = reinterpret_cast<PFN_##name>(calls.vkGetInstanceProcAddr(VK_NULL_HANDLE, #name)); \
  check_found(calls.name != nullptr, #name, "loader");
  LEMNOS_GLOBAL_CALLS(LEMNOS_LOAD)
#undef LEMNOS_LOAD
}

void load_instance_calls(Calls& calls, VkInstance instance) {
#define LEMNOS_LOAD(name) \
  calls.name = reinterpret_cast<PFN_##name>(calls.vkGetInstanceProcAddr(instance, #name));
  LEMNOS_DEBUG_CALLS(LEMNOS_LOAD)
#undef LEMNOS_LOAD
#define LEMNOS_LOAD(name)                                                                  \
  calls.name = reinterpret_cast<PFN_##name>(calls.vkGetInstanceProcAddr(instance, #name)); \
  check_found(calls.name != nullptr, #name, "loader");
  LEMNOS_INSTANCE_CALLS(LEMNOS_LOAD)
#undef LEMNOS_LOAD
  calls.vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR =
      calls.vkGetInstanceProcAddr(instance, "vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR");
}

void load_device_calls(Calls& calls, VkDevice device) {
#define LEMNOS_LOAD(name)                                                              \
  calls.name = reinterpret_cast<PFN_##name>(calls.vkGetDeviceProcAddr(device, #name)); \
  check_found(calls.name != nullptr, #name, "driver");
  LEMNOS_DEVICE_CALLS(LEMNOS_LOAD)
#undef LEMNOS_LOAD
}

std::string result_text(VkResult result) {
  switch (result) {
    case VK_SUCCESS:
      return "VK_SUCCESS (fine)";
    case VK_NOT_READY:
      return "VK_NOT_READY (not finished yet)";
    case VK_TIMEOUT:
      return "VK_TIMEOUT (not finished in time)";
    case VK_INCOMPLETE:
      return "VK_INCOMPLETE (there is more)";
    case VK_ERROR_OUT_OF_HOST_MEMORY:
      return "VK_ERROR_OUT_OF_HOST_MEMORY (the machine is out of memory)";
    case VK_ERROR_OUT_OF_DEVICE_MEMORY:
      return "VK_ERROR_OUT_OF_DEVICE_MEMORY (the device is out of memory)";
    case VK_ERROR_OUT_OF_POOL_MEMORY:
      return "VK_ERROR_OUT_OF_POOL_MEMORY (a descriptor pool is full)";
    case VK_ERROR_FRAGMENTED_POOL:
      return "VK_ERROR_FRAGMENTED_POOL (a descriptor pool is fragmented)";
    case VK_ERROR_INITIALIZATION_FAILED:
      return "VK_ERROR_INITIALIZATION_FAILED (the driver could not start)";
    case VK_ERROR_DEVICE_LOST:
      return "VK_ERROR_DEVICE_LOST (the device was lost)";
    case VK_ERROR_MEMORY_MAP_FAILED:
      return "VK_ERROR_MEMORY_MAP_FAILED (device memory could not be mapped)";
    case VK_ERROR_LAYER_NOT_PRESENT:
      return "VK_ERROR_LAYER_NOT_PRESENT (a layer is missing)";
    case VK_ERROR_EXTENSION_NOT_PRESENT:
      return "VK_ERROR_EXTENSION_NOT_PRESENT (the driver lacks an extension)";
    case VK_ERROR_FEATURE_NOT_PRESENT:
      return "VK_ERROR_FEATURE_NOT_PRESENT (the driver lacks a feature)";
    case VK_ERROR_INCOMPATIBLE_DRIVER:
      return "VK_ERROR_INCOMPATIBLE_DRIVER (no driver that fits is installed)";
    case VK_ERROR_TOO_MANY_OBJECTS:
      return "VK_ERROR_TOO_MANY_OBJECTS (more objects than the driver allows)";
    case VK_ERROR_INVALID_SHADER_NV:
      return "VK_ERROR_INVALID_SHADER_NV (the driver could not compile the shader)";
    case VK_ERROR_SURFACE_LOST_KHR:
      return "VK_ERROR_SURFACE_LOST_KHR (the window's surface is gone)";
    case VK_ERROR_NATIVE_WINDOW_IN_USE_KHR:
      return "VK_ERROR_NATIVE_WINDOW_IN_USE_KHR (the window is drawn by something else)";
    case VK_ERROR_OUT_OF_DATE_KHR:
      return "VK_ERROR_OUT_OF_DATE_KHR (the window has changed)";
    case VK_SUBOPTIMAL_KHR:
      return "VK_SUBOPTIMAL_KHR (the window has changed a little)";
    default:
      return fmt::format("VkResult {}", static_cast<int>(result));
  }
}

VkResult check_result(VkResult result, std::string_view call, std::string_view about) {
  if (result >= 0) return result;
  const std::string what = fmt::format("{}{}{} failed: {}", call, about.empty() ? "" : " for ",
                                       about, result_text(result));
  if (result == VK_ERROR_DEVICE_LOST)
    throw Error(what +
                    "\n  help: the driver gave up on the device, often because one piece of work "
                    "took too long or the driver has a bug; look into the system's log, try a "
                    "smaller --batch, a newer driver or another --device",
                ErrorKind::device_lost);
  if (result == VK_ERROR_OUT_OF_HOST_MEMORY || result == VK_ERROR_OUT_OF_DEVICE_MEMORY)
    throw Error(what + "\n  help: try a smaller --batch or another --device",
                ErrorKind::out_of_memory);
  throw Error(what);
}

}  // namespace lemnos::gpu
