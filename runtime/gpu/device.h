// SPDX-License-Identifier: Apache-2.0
// A Vulkan device, opened: its memory, pipelines and queue.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/gpu/buffer.h"
#include "runtime/gpu/caps.h"
#include "runtime/gpu/shader.h"

struct VkDevice_T;
struct VkPhysicalDevice_T;

namespace lemnos::gpu {

struct BufferRange;
struct Calls;
class Allocator;
class Instance;
class Pipeline;
class PipelineStore;
class Queue;

struct DeviceInfo {
  int index = 0;  // the driver's order
  Caps caps;
  int score = 0;       // higher is better; below 0: cannot be used
  std::string reason;  // for the score: "discrete GPU", "needs Vulkan 1.2, the driver has 1.1.0"
};

// Every device of every driver. Empty when there is a loader and no driver; fails without a loader.
std::vector<DeviceInfo> list_devices();

struct DeviceChoice {
  int index = 0;
  std::string reason;  // "best of 2: discrete GPU", "named by index 1"
};

// The device that a selector means: empty for the best score, else an index (any number is one), a
// UUID or a part of a name in any case. Wrong usage, listing the devices: none fits or several do.
// Fails when there is no device that can be used.
DeviceChoice choose_device(std::span<const DeviceInfo> devices, std::string_view selector);

// What the device has done since it was opened.
struct Counters {
  std::uint64_t allocations = 0;  // buffers made
  std::uint64_t submissions = 0;
  std::uint64_t dispatches_recorded = 0;
  std::uint64_t pipelines_created = 0;
};

struct MemoryUse {
  std::uint64_t buffer_bytes = 0;  // in live buffers
  std::uint64_t block_bytes = 0;   // taken from the driver
};

// Thread safe, but for reading and writing the same buffer at once.
class Device : public std::enable_shared_from_this<Device> {
 public:
  // Opens the device that `selector` means (see choose_device); empty: what LEMNOS_DEVICE says,
  // else the best. LEMNOS_PROFILE masks its caps; LEMNOS_VALIDATION=1 turns the validation layer
  // on. Every call opens a device of its own.
  static std::shared_ptr<Device> open(std::string_view selector = "");
  ~Device();
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  const Caps& caps() const { return caps_; }
  // From now on caps() say that these kernels are not to be used (see Caps::quarantined). Before
  // anything is planned for the device.
  void quarantine(std::vector<std::string> kernels) { caps_.quarantined = std::move(kernels); }
  const std::string& choice_reason() const { return choice_reason_; }

  // Fails with kind out_of_memory, naming what is in use, when it does not fit; 0 bytes is an
  // error.
  Buffer allocate(std::uint64_t bytes, Memory where, std::string_view name);

  // The pipeline of these words and values, compiled at first use and kept as long as the device.
  // Value i of specialization is for constant_id i; those beyond the end keep their defaults.
  const Pipeline& pipeline(const Shader& shader,
                           std::span<const std::uint32_t> specialization = {});

  Queue& queue() { return *queue_; }

  // Whether the queue that computes draws too; and whether it may show what it draws in a window
  // (see presentation.h).
  bool can_draw() const { return can_draw_; }
  bool can_present() const { return can_present_; }

  // Blocking transfers for set-up; a step uses Recording::copy. A direct memcpy where the buffer is
  // mapped, else in chunks through a staging buffer. They wait for the submissions before them.
  void write(const Buffer& buffer, std::uint64_t offset, std::span<const std::byte> bytes);
  void read(const Buffer& buffer, std::uint64_t offset, std::span<std::byte> bytes);
  void clear(const Buffer& buffer);  // all zero bytes

  Counters counters() const;
  MemoryUse memory_use() const;
  // Messages of the validation layer since the process began; 0 without LEMNOS_VALIDATION=1.
  std::uint64_t validation_messages() const;

  // For the files of runtime/gpu, for the window, and for tests that count calls or make them fail.
  Calls& calls() { return *calls_; }
  Instance& instance() { return *instance_; }
  VkDevice_T* handle() const { return device_; }
  VkPhysicalDevice_T* physical() const { return physical_; }
  Allocator& allocator() { return *allocator_; }
  std::uint32_t queue_family() const { return queue_family_; }
  std::uint32_t timestamp_bits() const { return timestamp_bits_; }
  // Debug names, shown by the validation layer and by frame debuggers; nothing without validation.
  void set_name(int object_type, const void* object, std::string_view name);
  void count_dispatch();
  void count_submission();
  void count_pipeline();

 private:
  Device(std::shared_ptr<Instance> instance, const DeviceInfo& info, std::string choice_reason);
  void start();
  void make_device();
  void copy_now(const BufferRange& from, const BufferRange& to);

  std::shared_ptr<Instance> instance_;
  std::unique_ptr<Calls> calls_;
  Caps caps_;
  std::string choice_reason_;
  VkPhysicalDevice_T* physical_ = nullptr;
  VkDevice_T* device_ = nullptr;
  std::uint32_t queue_family_ = 0;
  std::uint32_t timestamp_bits_ = 0;
  bool can_draw_ = false;
  bool can_present_ = false;
  std::unique_ptr<Allocator> allocator_;
  std::unique_ptr<PipelineStore> pipelines_;
  std::unique_ptr<Queue> queue_;
  mutable Counters counters_;
};

}  // namespace lemnos::gpu
