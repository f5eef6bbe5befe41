// SPDX-License-Identifier: Apache-2.0
#include "runtime/gpu/caps.h"

#include <algorithm>
#include <span>

#include "runtime/base/error.h"
#include "runtime/gpu/features.h"
#include "runtime/gpu/instance.h"
#include "runtime/gpu/matrix_shapes.h"
#include "runtime/gpu/memory.h"
#include "runtime/gpu/quirks.h"

namespace lemnos::gpu {
namespace {

DeviceType type_of(VkPhysicalDeviceType type) {
  switch (type) {
    case VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU:
      return DeviceType::discrete;
    case VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU:
      return DeviceType::integrated;
    case VK_PHYSICAL_DEVICE_TYPE_VIRTUAL_GPU:
      return DeviceType::virtual_gpu;
    case VK_PHYSICAL_DEVICE_TYPE_CPU:
      return DeviceType::cpu;
    default:
      return DeviceType::other;
  }
}

void copy_identity(Caps& caps, const VkPhysicalDeviceProperties& properties) {
  caps.name = properties.deviceName;
  caps.vendor_id = properties.vendorID;
  caps.device_id = properties.deviceID;
  caps.api_version = properties.apiVersion;
  caps.type = type_of(properties.deviceType);
}

void copy_limits(Caps& caps, const VkPhysicalDeviceLimits& limits) {
  caps.max_storage_buffer_range = limits.maxStorageBufferRange;
  caps.max_texel_elements = limits.maxTexelBufferElements;
  caps.texel_offset_alignment = static_cast<std::uint32_t>(limits.minTexelBufferOffsetAlignment);
  caps.storage_offset_alignment =
      static_cast<std::uint32_t>(limits.minStorageBufferOffsetAlignment);
  caps.max_push_bytes = limits.maxPushConstantsSize;
  std::copy_n(limits.maxComputeWorkGroupCount, 3, caps.max_groups.begin());
  std::copy_n(limits.maxComputeWorkGroupSize, 3, caps.max_group_size.begin());
  caps.max_group_invocations = limits.maxComputeWorkGroupInvocations;
  caps.shared_bytes = limits.maxComputeSharedMemorySize;
  caps.max_storage_buffers_per_stage = limits.maxPerStageDescriptorStorageBuffers;
}

void copy_subgroups(Caps& caps, const VkPhysicalDeviceVulkan11Properties& properties,
                    const VkPhysicalDeviceSubgroupSizeControlProperties& sizes, bool size_control) {
  caps.subgroup_size = std::max(properties.subgroupSize, 1u);
  const bool compute = (properties.subgroupSupportedStages & VK_SHADER_STAGE_COMPUTE_BIT) != 0;
  const VkSubgroupFeatureFlags has = compute ? properties.subgroupSupportedOperations : 0;
  caps.subgroup_basic = (has & VK_SUBGROUP_FEATURE_BASIC_BIT) != 0;
  caps.subgroup_vote = (has & VK_SUBGROUP_FEATURE_VOTE_BIT) != 0;
  caps.subgroup_arithmetic = (has & VK_SUBGROUP_FEATURE_ARITHMETIC_BIT) != 0;
  caps.subgroup_shuffle = (has & VK_SUBGROUP_FEATURE_SHUFFLE_BIT) != 0;
  caps.subgroup_ballot = (has & VK_SUBGROUP_FEATURE_BALLOT_BIT) != 0;
  caps.subgroup_size_control =
      size_control && (sizes.requiredSubgroupSizeStages & VK_SHADER_STAGE_COMPUTE_BIT) != 0;
  caps.min_subgroup_size = caps.subgroup_size_control ? sizes.minSubgroupSize : caps.subgroup_size;
  caps.max_subgroup_size = caps.subgroup_size_control ? sizes.maxSubgroupSize : caps.subgroup_size;
}

void copy_features(Caps& caps, const Features& features) {
  caps.float16 = features.v12.shaderFloat16 == VK_TRUE;
  caps.int8 = features.v12.shaderInt8 == VK_TRUE;
  caps.storage16 = features.v11.storageBuffer16BitAccess == VK_TRUE;
  caps.storage8 = features.v12.storageBuffer8BitAccess == VK_TRUE;
  caps.float_atomics = features.atomics.shaderBufferFloat32AtomicAdd == VK_TRUE;
  caps.integer_dot_product = features.dot_product.shaderIntegerDotProduct == VK_TRUE;
  // Compilers of GLSL use the Vulkan memory model in every shader that has such matrices, and these
  // are held by subgroups without a lane missing. Where that model is on, barriers of a whole
  // device's memory, which other kernels have, need its second feature.
  caps.cooperative_matrix = features.matrix.matrix == VK_TRUE &&
                            features.v12.vulkanMemoryModel == VK_TRUE &&
                            features.v12.vulkanMemoryModelDeviceScope == VK_TRUE &&
                            features.subgroup_size.computeFullSubgroups == VK_TRUE;
  caps.bfloat16_matrix = caps.cooperative_matrix && features.bfloat16.matrix == VK_TRUE;
}

void copy_memory(Caps& caps, const VkPhysicalDeviceMemoryProperties& memory) {
  for (std::uint32_t i = 0; i < memory.memoryHeapCount; ++i)
    caps.heaps.push_back({memory.memoryHeaps[i].size,
                          (memory.memoryHeaps[i].flags & VK_MEMORY_HEAP_DEVICE_LOCAL_BIT) != 0});
  const auto type = find_memory_type(memory, Memory::device, ~std::uint32_t{0});
  caps.host_visible_device_memory =
      type && (memory.memoryTypes[*type].propertyFlags & VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT) != 0;
}

std::string hexadecimal(std::span<const std::uint8_t> bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes) text += fmt::format("{:02x}", byte);
  return text;
}

bool has_timestamps(const Calls& calls, VkPhysicalDevice device) {
  const auto family = find_compute_family(calls, device);
  return family && family->timestamp_bits > 0;
}

}  // namespace

std::string_view name_of(DeviceType type) {
  switch (type) {
    case DeviceType::discrete:
      return "discrete GPU";
    case DeviceType::integrated:
      return "integrated GPU";
    case DeviceType::virtual_gpu:
      return "virtual GPU";
    case DeviceType::cpu:
      return "CPU";
    case DeviceType::other:
      break;
  }
  return "device of another kind";
}

std::string text_of(const MatrixShape& shape) {
  return fmt::format("{}x{}x{} {} {} -> {}, {}", shape.m, shape.n, shape.k, shape.a, shape.b,
                     shape.result, shape.scope);
}

std::string api_version_text(const Caps& caps) {
  return fmt::format("{}.{}.{}", VK_API_VERSION_MAJOR(caps.api_version),
                     VK_API_VERSION_MINOR(caps.api_version),
                     VK_API_VERSION_PATCH(caps.api_version));
}

std::optional<ComputeFamily> find_compute_family(const Calls& calls, VkPhysicalDevice device) {
  std::uint32_t count = 0;
  calls.vkGetPhysicalDeviceQueueFamilyProperties(device, &count, nullptr);
  std::vector<VkQueueFamilyProperties> families(count);
  calls.vkGetPhysicalDeviceQueueFamilyProperties(device, &count, families.data());
  for (std::uint32_t i = 0; i < count; ++i)
    if ((families[i].queueFlags & VK_QUEUE_COMPUTE_BIT) != 0 && families[i].queueCount > 0)
      return ComputeFamily{i, families[i].timestampValidBits,
                           (families[i].queueFlags & VK_QUEUE_GRAPHICS_BIT) != 0};
  return std::nullopt;
}

Features::Features(const std::function<bool(const char*)>& has) {
  core.pNext = &v11;
  v11.pNext = &v12;
  void** end = &v12.pNext;
  const auto chain = [&](const char* extension, auto& features) {
    if (!has(extension)) return;
    extensions_.push_back(extension);
    *end = &features;
    end = &features.pNext;
  };
  chain(VK_EXT_SHADER_ATOMIC_FLOAT_EXTENSION_NAME, atomics);
  chain(VK_EXT_SUBGROUP_SIZE_CONTROL_EXTENSION_NAME, subgroup_size);
  chain(VK_KHR_SHADER_INTEGER_DOT_PRODUCT_EXTENSION_NAME, dot_product);
  chain(MatrixFeatures::extension, matrix);
  chain(Bfloat16Features::extension, bfloat16);
}

std::vector<VkExtensionProperties> device_extensions(const Calls& calls, VkPhysicalDevice device) {
  return enumerate<VkExtensionProperties>("vkEnumerateDeviceExtensionProperties",
                                          [&](std::uint32_t* count, VkExtensionProperties* items) {
                                            return calls.vkEnumerateDeviceExtensionProperties(
                                                device, nullptr, count, items);
                                          });
}

Caps query_caps(const Calls& calls, VkPhysicalDevice device) {
  Caps caps;
  VkPhysicalDeviceProperties first{};
  calls.vkGetPhysicalDeviceProperties(device, &first);
  copy_identity(caps, first);
  if (first.apiVersion < VK_API_VERSION_1_2) return caps;

  const auto extensions = device_extensions(calls, device);
  const bool size_control = has_extension(extensions, VK_EXT_SUBGROUP_SIZE_CONTROL_EXTENSION_NAME);
  Features features([&](const char* name) { return has_extension(extensions, name); });
  calls.vkGetPhysicalDeviceFeatures2(device, &features.core);
  copy_features(caps, features);

  auto sizes = structure<VkPhysicalDeviceSubgroupSizeControlProperties>(
      VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_SIZE_CONTROL_PROPERTIES);
  auto v12 = structure<VkPhysicalDeviceVulkan12Properties>(
      VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_PROPERTIES);
  auto v11 = structure<VkPhysicalDeviceVulkan11Properties>(
      VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_1_PROPERTIES);
  auto properties =
      structure<VkPhysicalDeviceProperties2>(VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2);
  properties.pNext = &v11;
  v11.pNext = &v12;
  if (size_control) v12.pNext = &sizes;
  calls.vkGetPhysicalDeviceProperties2(device, &properties);

  copy_limits(caps, properties.properties.limits);
  copy_subgroups(caps, v11, sizes, features.subgroup_size.subgroupSizeControl == VK_TRUE);
  caps.uuid = hexadecimal(v11.deviceUUID);
  caps.max_allocation = v11.maxMemoryAllocationSize;
  caps.driver_id = v12.driverID;
  caps.driver = v12.driverName;
  caps.driver_version = v12.driverInfo;
  caps.signed_zero_inf_nan_preserve_f32 = v12.shaderSignedZeroInfNanPreserveFloat32 == VK_TRUE;
  if (caps.cooperative_matrix) caps.matrix_shapes = matrix_shapes(calls, device);
  if (has_timestamps(calls, device))
    caps.timestamp_period = static_cast<double>(properties.properties.limits.timestampPeriod);

  VkPhysicalDeviceMemoryProperties memory{};
  calls.vkGetPhysicalDeviceMemoryProperties(device, &memory);
  copy_memory(caps, memory);
  apply_quirks(caps);
  return caps;
}

Caps minimum(Caps caps) {
  const auto at_most = [](auto& value, auto limit) { value = std::min(value, limit); };
  caps.float16 = caps.int8 = caps.storage16 = caps.storage8 = false;
  caps.subgroup_basic = caps.subgroup_vote = caps.subgroup_arithmetic = false;
  caps.subgroup_shuffle = caps.subgroup_ballot = caps.subgroup_size_control = false;
  caps.float_atomics = caps.integer_dot_product = false;
  caps.cooperative_matrix = caps.bfloat16_matrix = false;
  at_most(caps.shared_bytes, 16384u);
  at_most(caps.max_group_invocations, 128u);
  for (std::uint32_t& size : caps.max_group_size) at_most(size, 128u);
  at_most(caps.max_storage_buffer_range, std::uint64_t{128} << 20);
  at_most(caps.max_texel_elements, 65536u);
  at_most(caps.max_storage_buffers_per_stage, 8u);
  return caps;
}

}  // namespace lemnos::gpu
