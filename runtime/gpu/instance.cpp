// SPDX-License-Identifier: Apache-2.0
#include "runtime/gpu/instance.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <map>
#include <mutex>
#include <tuple>
#include <utility>

#include "runtime/base/error.h"
#include "runtime/base/log.h"
#include "runtime/base/os.h"
#include "runtime/gpu/presentation.h"

namespace lemnos::gpu {
namespace {

constexpr const char* validation_layer = "VK_LAYER_KHRONOS_validation";

std::atomic<std::uint64_t> message_count = 0;

VKAPI_ATTR VkBool32 VKAPI_CALL on_message(VkDebugUtilsMessageSeverityFlagBitsEXT,
                                          VkDebugUtilsMessageTypeFlagsEXT,
                                          const VkDebugUtilsMessengerCallbackDataEXT* data, void*) {
  ++message_count;
  try {
    log::warn("Vulkan validation: {}", data->pMessage != nullptr ? data->pMessage : "(no text)");
  } catch (...) {  // nothing may be thrown through the driver; the message is counted already
  }
  return VK_FALSE;
}

bool validation_wanted() {
  const auto wanted = os::env("LEMNOS_VALIDATION");
  return wanted.has_value() && *wanted != "0";
}

VkDebugUtilsMessengerCreateInfoEXT messenger_info() {
  auto info = structure<VkDebugUtilsMessengerCreateInfoEXT>(
      VK_STRUCTURE_TYPE_DEBUG_UTILS_MESSENGER_CREATE_INFO_EXT);
  info.messageSeverity = VK_DEBUG_UTILS_MESSAGE_SEVERITY_WARNING_BIT_EXT |
                         VK_DEBUG_UTILS_MESSAGE_SEVERITY_ERROR_BIT_EXT;
  info.messageType = VK_DEBUG_UTILS_MESSAGE_TYPE_VALIDATION_BIT_EXT;
  info.pfnUserCallback = on_message;
  return info;
}

void require_validation_layer(const Calls& calls) {
  const auto layers = enumerate<VkLayerProperties>(
      "vkEnumerateInstanceLayerProperties", [&](std::uint32_t* count, VkLayerProperties* items) {
        return calls.vkEnumerateInstanceLayerProperties(count, items);
      });
  const bool found = std::any_of(layers.begin(), layers.end(), [](const auto& layer) {
    return std::strcmp(layer.layerName, validation_layer) == 0;
  });
  check(found,
        "LEMNOS_VALIDATION is set but {} is not installed\n"
        "  help: apt install vulkan-validationlayers-dev, or unset LEMNOS_VALIDATION",
        validation_layer);
}

}  // namespace

bool has_extension(const std::vector<VkExtensionProperties>& extensions, const char* name) {
  return std::any_of(extensions.begin(), extensions.end(), [&](const auto& extension) {
    return std::strcmp(extension.extensionName, name) == 0;
  });
}

namespace {

std::mutex wanted_mutex;
std::vector<std::string> wanted_extensions;  // for windows

}  // namespace

void request_presentation(std::vector<std::string> instance_extensions) {
  const std::lock_guard lock(wanted_mutex);
  wanted_extensions = std::move(instance_extensions);
}

std::vector<std::string> requested_presentation() {
  const std::lock_guard lock(wanted_mutex);
  return wanted_extensions;
}

std::shared_ptr<Instance> Instance::get() {
  // Kept to the end of the process and not destroyed even then: destroying an instance unloads its
  // drivers, whose own threads may still be on their way out.
  using Key = std::tuple<std::string, bool, std::vector<std::string>>;
  using Kept = std::map<Key, std::shared_ptr<Instance>>;
  static std::mutex mutex;
  static Kept& kept = *new Kept;
  const std::lock_guard lock(mutex);
  auto& instance = kept[{loader_library(), validation_wanted(), requested_presentation()}];
  if (instance == nullptr) instance = std::make_shared<Instance>();
  return instance;
}

Instance::Instance() {
  load_global_calls(calls_, loader_library());
  std::uint32_t version = 0;
  check_result(calls_.vkEnumerateInstanceVersion(&version), "vkEnumerateInstanceVersion");
  check(version >= VK_API_VERSION_1_2,
        "the Vulkan loader is for Vulkan {}.{}; Lemnos needs 1.2\n  help: apt install libvulkan1",
        VK_API_VERSION_MAJOR(version), VK_API_VERSION_MINOR(version));
  validation_ = validation_wanted();
  if (validation_) require_validation_layer(calls_);
  create();
}

void Instance::create() {
  const auto extensions = enumerate<VkExtensionProperties>(
      "vkEnumerateInstanceExtensionProperties",
      [&](std::uint32_t* count, VkExtensionProperties* items) {
        return calls_.vkEnumerateInstanceExtensionProperties(nullptr, count, items);
      });
  std::vector<const char*> enabled;
  presentation_ = requested_presentation();
  std::erase_if(presentation_,
                [&](const auto& name) { return !has_extension(extensions, name.c_str()); });
  for (const std::string& name : presentation_) enabled.push_back(name.c_str());
  auto application = structure<VkApplicationInfo>(VK_STRUCTURE_TYPE_APPLICATION_INFO);
  application.pApplicationName = "lemnos";
  application.pEngineName = "lemnos";
  application.apiVersion = VK_API_VERSION_1_2;
  auto info = structure<VkInstanceCreateInfo>(VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO);
  info.pApplicationInfo = &application;
  // Drivers that miss small parts of Vulkan (MoltenVK) are listed only to those who ask.
  if (has_extension(extensions, VK_KHR_PORTABILITY_ENUMERATION_EXTENSION_NAME)) {
    enabled.push_back(VK_KHR_PORTABILITY_ENUMERATION_EXTENSION_NAME);
    info.flags |= VK_INSTANCE_CREATE_ENUMERATE_PORTABILITY_BIT_KHR;
  }

  const VkValidationFeatureEnableEXT synchronization =
      VK_VALIDATION_FEATURE_ENABLE_SYNCHRONIZATION_VALIDATION_EXT;
  VkDebugUtilsMessengerCreateInfoEXT messages = messenger_info();
  auto features = structure<VkValidationFeaturesEXT>(VK_STRUCTURE_TYPE_VALIDATION_FEATURES_EXT);
  features.pNext = &messages;  // so that messages about vkCreateInstance itself are counted too
  features.enabledValidationFeatureCount = 1;
  features.pEnabledValidationFeatures = &synchronization;
  if (validation_) {
    enabled.push_back(VK_EXT_DEBUG_UTILS_EXTENSION_NAME);
    info.pNext = &features;
    info.enabledLayerCount = 1;
    info.ppEnabledLayerNames = &validation_layer;
  }
  info.enabledExtensionCount = static_cast<std::uint32_t>(enabled.size());
  info.ppEnabledExtensionNames = enabled.data();

  const VkResult result = calls_.vkCreateInstance(&info, nullptr, &instance_);
  if (result == VK_ERROR_INCOMPATIBLE_DRIVER) {  // how loaders say that there is no driver
    instance_ = VK_NULL_HANDLE;
    return;
  }
  check_result(result, "vkCreateInstance");
  load_instance_calls(calls_, instance_);
  if (validation_)
    check_result(calls_.vkCreateDebugUtilsMessengerEXT(instance_, &messages, nullptr, &messenger_),
                 "vkCreateDebugUtilsMessengerEXT");
}

Instance::~Instance() {
  if (messenger_ != VK_NULL_HANDLE)
    calls_.vkDestroyDebugUtilsMessengerEXT(instance_, messenger_, nullptr);
  if (instance_ != VK_NULL_HANDLE) calls_.vkDestroyInstance(instance_, nullptr);
}

std::vector<VkPhysicalDevice> Instance::physical_devices() const {
  if (instance_ == VK_NULL_HANDLE) return {};
  return enumerate<VkPhysicalDevice>(
      "vkEnumeratePhysicalDevices", [&](std::uint32_t* count, VkPhysicalDevice* items) {
        return calls_.vkEnumeratePhysicalDevices(instance_, count, items);
      });
}

std::uint64_t Instance::validation_messages() { return message_count.load(); }

}  // namespace lemnos::gpu
