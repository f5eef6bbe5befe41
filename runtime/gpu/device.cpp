// SPDX-License-Identifier: Apache-2.0
#include "runtime/gpu/device.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <optional>

#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

#include "runtime/base/error.h"
#include "runtime/base/log.h"
#include "runtime/base/os.h"
#include "runtime/gpu/commands.h"
#include "runtime/gpu/features.h"
#include "runtime/gpu/instance.h"
#include "runtime/gpu/memory.h"
#include "runtime/gpu/pipeline_store.h"
#include "runtime/gpu/queue.h"

namespace lemnos::gpu {
namespace {

// While it lives, this thread's results below 2^-126 are zero, as those of GPUs are, and so are
// those of threads that it starts, for good. Mesa 22's lavapipe sees to that only where it draws,
// and a product that underflows then costs ninety others: steps of an mlp became half as fast once
// gradients were small.
class DenormalsFlushed {
 public:
  DenormalsFlushed(const DenormalsFlushed&) = delete;
#if defined(__SSE2__)
  DenormalsFlushed() : before_(_mm_getcsr()) { _mm_setcsr(before_ | 0x8040); }  // FTZ and DAZ
  ~DenormalsFlushed() { _mm_setcsr(before_); }

 private:
  unsigned before_;
#else
  DenormalsFlushed() = default;
#endif
};

constexpr std::uint64_t staging_bytes = std::uint64_t{16} << 20;
constexpr const char* portability_subset = "VK_KHR_portability_subset";

// Kind first; among equals the one with more memory of its own.
int score_of(const Caps& caps) {
  constexpr int kind[] = {5000, 4000, 3000, 1000, 2000};  // in the order of DeviceType
  std::uint64_t own = 0;
  for (const Heap& heap : caps.heaps)
    if (heap.device_local) own = std::max(own, heap.bytes);
  return kind[static_cast<int>(caps.type)] +
         static_cast<int>(std::min<std::uint64_t>(own >> 30, 999));
}

DeviceInfo describe(const Calls& calls, VkPhysicalDevice device, int index) {
  DeviceInfo info;
  info.index = index;
  info.caps = query_caps(calls, device);
  info.score = -1;
  if (info.caps.api_version < VK_API_VERSION_1_2) {
    info.reason = "needs Vulkan 1.2, the driver has " + api_version_text(info.caps);
  } else if (!find_compute_family(calls, device)) {
    info.reason = "has no compute queue";
  } else {
    info.score = score_of(info.caps);
    info.reason = name_of(info.caps.type);
  }
  return info;
}

// A device that cannot be what LEMNOS_PROFILE says is one that cannot be used; where that is so of
// all, the profile is to blame.
std::vector<DeviceInfo> describe_all(const Instance& instance) {
  const std::string profile = os::env("LEMNOS_PROFILE").value_or("");
  std::vector<DeviceInfo> devices;
  std::optional<Error> refusal;
  for (VkPhysicalDevice device : instance.physical_devices()) {
    DeviceInfo& info =
        devices.emplace_back(describe(instance.calls(), device, static_cast<int>(devices.size())));
    try {
      info.caps = with_profile(info.caps, profile);
    } catch (const Error& error) {
      info.score = -1;
      info.reason = error.what();
      refusal = error;
    }
  }
  const auto usable = [](const DeviceInfo& info) { return info.score >= 0; };
  if (refusal && std::ranges::none_of(devices, usable)) throw Error(*refusal);
  return devices;
}

// Turns on what the caps promise, and nothing else: a kernel that uses more than its caps is then
// caught by the validation layer on any device. robustBufferAccess stays off: it slows every load.
void enable_features(Features& features, const Caps& caps) {
  features.v11.storageBuffer16BitAccess = caps.storage16;
  features.v12.storageBuffer8BitAccess = caps.storage8;
  features.v12.shaderFloat16 = caps.float16;
  features.v12.shaderInt8 = caps.int8;
  features.v12.timelineSemaphore = VK_TRUE;  // these two are mandatory in Vulkan 1.2
  features.v12.hostQueryReset = VK_TRUE;
  features.atomics.shaderBufferFloat32AtomicAdd = caps.float_atomics;
  features.atomics.shaderBufferFloat32Atomics = caps.float_atomics;
  features.subgroup_size.subgroupSizeControl = caps.subgroup_size_control;
  features.dot_product.shaderIntegerDotProduct = caps.integer_dot_product;
  features.subgroup_size.computeFullSubgroups = caps.cooperative_matrix;
  features.v12.vulkanMemoryModel = caps.cooperative_matrix;
  features.v12.vulkanMemoryModelDeviceScope = caps.cooperative_matrix;
  features.matrix.matrix = caps.cooperative_matrix;
  features.bfloat16.type = caps.bfloat16_matrix;
  features.bfloat16.matrix = caps.bfloat16_matrix;
}

bool needs(const Caps& caps, std::string_view extension) {
  if (extension == VK_EXT_SHADER_ATOMIC_FLOAT_EXTENSION_NAME) return caps.float_atomics;
  if (extension == VK_EXT_SUBGROUP_SIZE_CONTROL_EXTENSION_NAME)
    return caps.subgroup_size_control || caps.cooperative_matrix;
  if (extension == VK_KHR_SHADER_INTEGER_DOT_PRODUCT_EXTENSION_NAME)
    return caps.integer_dot_product;
  if (extension == MatrixFeatures::extension) return caps.cooperative_matrix;
  return extension == Bfloat16Features::extension && caps.bfloat16_matrix;
}

void add_one(std::uint64_t& counter) {
  std::atomic_ref(counter).fetch_add(1, std::memory_order_relaxed);
}

}  // namespace

std::vector<DeviceInfo> list_devices() { return describe_all(*Instance::get()); }

std::shared_ptr<Device> Device::open(std::string_view selector) {
  const std::string wanted =
      selector.empty() ? os::env("LEMNOS_DEVICE").value_or("") : std::string(selector);
  const auto instance = Instance::get();
  const auto devices = describe_all(*instance);
  const DeviceChoice choice = choose_device(devices, wanted);
  const DeviceInfo& info = devices[static_cast<std::size_t>(choice.index)];
  const std::shared_ptr<Device> device(new Device(instance, info, choice.reason));
  device->start();
  log::debug("device {}: {} ({})", info.index, info.caps.name, choice.reason);
  return device;
}

Device::Device(std::shared_ptr<Instance> instance, const DeviceInfo& info,
               std::string choice_reason)
    : instance_(std::move(instance)),
      calls_(std::make_unique<Calls>(instance_->calls())),
      caps_(info.caps),
      choice_reason_(std::move(choice_reason)),
      physical_(instance_->physical_devices().at(static_cast<std::size_t>(info.index))) {}

void Device::start() {
  const auto family = find_compute_family(*calls_, physical_);
  check(family.has_value(), "{} has no compute queue", caps_.name);
  queue_family_ = family->index;
  timestamp_bits_ = family->timestamp_bits;
  can_draw_ = family->graphics;
  make_device();
  load_device_calls(*calls_, device_);
  VkQueue queue = VK_NULL_HANDLE;
  calls_->vkGetDeviceQueue(device_, queue_family_, 0, &queue);
  allocator_ = std::make_unique<Allocator>(*this);
  pipelines_ = std::make_unique<PipelineStore>(*this);
  queue_ = std::make_unique<Queue>(*this, queue);
}

void Device::make_device() {
  Features features([&](std::string_view extension) { return needs(caps_, extension); });
  enable_features(features, caps_);
  std::vector<const char*> extensions = features.extensions();
  const auto offered = device_extensions(*calls_, physical_);
  // A driver that misses small parts of Vulkan requires its users to say that they know.
  if (has_extension(offered, portability_subset)) extensions.push_back(portability_subset);
  can_present_ = can_draw_ && !instance_->presentation().empty() &&
                 has_extension(offered, VK_KHR_SWAPCHAIN_EXTENSION_NAME);
  if (can_present_) extensions.push_back(VK_KHR_SWAPCHAIN_EXTENSION_NAME);

  const float priority = 1.0f;
  auto queue = structure<VkDeviceQueueCreateInfo>(VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO);
  queue.queueFamilyIndex = queue_family_;
  queue.queueCount = 1;
  queue.pQueuePriorities = &priority;
  auto info = structure<VkDeviceCreateInfo>(VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO);
  info.pNext = &features.core;
  info.queueCreateInfoCount = 1;
  info.pQueueCreateInfos = &queue;
  info.enabledExtensionCount = static_cast<std::uint32_t>(extensions.size());
  info.ppEnabledExtensionNames = extensions.data();
  std::optional<DenormalsFlushed> flushed;  // in the threads of the driver
  if (caps_.type == DeviceType::cpu) flushed.emplace();
  check_result(calls_->vkCreateDevice(physical_, &info, nullptr, &device_), "vkCreateDevice",
               caps_.name);
}

Device::~Device() {
  if (device_ == nullptr) return;
  queue_.reset();  // waits for the GPU
  pipelines_.reset();
  allocator_.reset();
  if (calls_->vkDestroyDevice != nullptr) calls_->vkDestroyDevice(device_, nullptr);
}

Buffer Device::allocate(std::uint64_t bytes, Memory where, std::string_view name) {
  Buffer buffer(shared_from_this(), allocator_->allocate(bytes, where, name), bytes, where, name);
  add_one(counters_.allocations);
  return buffer;
}

const Pipeline& Device::pipeline(const Shader& shader,
                                 std::span<const std::uint32_t> specialization) {
  return pipelines_->get(shader, specialization);
}

namespace {

void check_inside(const Buffer& buffer, std::uint64_t offset, std::uint64_t bytes) {
  check(static_cast<bool>(buffer), "a transfer needs a buffer that was allocated");
  check(offset <= buffer.size() && bytes <= buffer.size() - offset,
        "buffer '{}' of {} bytes: {} bytes at {} are outside", buffer.name(), buffer.size(), bytes,
        offset);
}

}  // namespace

void Device::write(const Buffer& buffer, std::uint64_t offset, std::span<const std::byte> bytes) {
  check_inside(buffer, offset, bytes.size());
  if (bytes.empty()) return;
  queue_->wait_all();
  if (buffer.data() != nullptr) {
    std::memcpy(buffer.data() + offset, bytes.data(), bytes.size());
    return;
  }
  const auto chunk = std::min<std::uint64_t>(bytes.size(), staging_bytes);
  const Buffer staging = allocate(chunk, Memory::upload, "staging");
  for (std::uint64_t done = 0; done < bytes.size(); done += chunk) {
    const auto part = std::min<std::uint64_t>(chunk, bytes.size() - done);
    std::memcpy(staging.data(), bytes.data() + done, part);
    copy_now({&staging, 0, part}, {&buffer, offset + done, part});
  }
}

void Device::read(const Buffer& buffer, std::uint64_t offset, std::span<std::byte> bytes) {
  check_inside(buffer, offset, bytes.size());
  if (bytes.empty()) return;
  queue_->wait_all();
  // Reading mapped memory that the CPU does not cache can be a hundred times slower than a copy.
  if (buffer.data() != nullptr && (buffer.cached() || buffer.where() != Memory::device)) {
    std::memcpy(bytes.data(), buffer.data() + offset, bytes.size());
    return;
  }
  const auto chunk = std::min<std::uint64_t>(bytes.size(), staging_bytes);
  const Buffer staging = allocate(chunk, Memory::readback, "staging");
  for (std::uint64_t done = 0; done < bytes.size(); done += chunk) {
    const auto part = std::min<std::uint64_t>(chunk, bytes.size() - done);
    copy_now({&buffer, offset + done, part}, {&staging, 0, part});
    std::memcpy(bytes.data() + done, staging.data(), part);
  }
}

void Device::clear(const Buffer& buffer) {
  check_inside(buffer, 0, 0);
  queue_->wait_all();
  if (buffer.data() != nullptr) {
    std::memset(buffer.data(), 0, buffer.padded_size());
    return;
  }
  Recording recording(*this, "clear");
  recording.fill({&buffer, 0, buffer.padded_size()}, 0);
  recording.end();
  queue_->wait(queue_->submit(recording));
}

void Device::copy_now(const BufferRange& from, const BufferRange& to) {
  Recording recording(*this, "transfer");
  recording.copy(from, to);
  recording.host_barrier();
  recording.end();
  queue_->wait(queue_->submit(recording));
}

Counters Device::counters() const {
  const auto load = [](std::uint64_t& counter) {
    return std::atomic_ref(counter).load(std::memory_order_relaxed);
  };
  return {load(counters_.allocations), load(counters_.submissions),
          load(counters_.dispatches_recorded), load(counters_.pipelines_created)};
}

void Device::count_dispatch() { add_one(counters_.dispatches_recorded); }
void Device::count_submission() { add_one(counters_.submissions); }
void Device::count_pipeline() { add_one(counters_.pipelines_created); }
MemoryUse Device::memory_use() const { return allocator_->use(); }
std::uint64_t Device::validation_messages() const { return Instance::validation_messages(); }

void Device::set_name(int object_type, const void* object, std::string_view name) {
  if (!instance_->validation()) return;
  const std::string text(name);
  auto info =
      structure<VkDebugUtilsObjectNameInfoEXT>(VK_STRUCTURE_TYPE_DEBUG_UTILS_OBJECT_NAME_INFO_EXT);
  info.objectType = static_cast<VkObjectType>(object_type);
  info.objectHandle = reinterpret_cast<std::uint64_t>(object);
  info.pObjectName = text.c_str();
  check_result(calls_->vkSetDebugUtilsObjectNameEXT(device_, &info), "vkSetDebugUtilsObjectNameEXT",
               name);
}

}  // namespace lemnos::gpu
