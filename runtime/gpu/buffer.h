// SPDX-License-Identifier: Apache-2.0
// A range of device memory with a name. Made by Device::allocate.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

struct VkBuffer_T;

namespace lemnos::gpu {

class Device;
struct Allocation;

// Where a buffer lives.
enum class Memory {
  device,    // fastest for the GPU; mapped only where Caps::host_visible_device_memory
  upload,    // always mapped; written by the CPU, read by the GPU
  readback,  // always mapped and cached where possible; written by the GPU, read by the CPU
};

// Move-only; frees its memory when destroyed. It keeps its device alive. Contents are undefined
// until written. The GPU must be done with it before it is destroyed. Usable as storage buffer,
// uniform texel buffer, uniform buffer, indirect arguments, and source and target of copies.
class Buffer {
 public:
  Buffer();
  Buffer(std::shared_ptr<Device> device, std::unique_ptr<Allocation> allocation,
         std::uint64_t bytes, Memory where, std::string_view name);  // used by Device::allocate
  Buffer(Buffer&&) noexcept;
  Buffer& operator=(Buffer&&) noexcept;
  ~Buffer();

  explicit operator bool() const { return allocation_ != nullptr; }
  std::uint64_t size() const { return bytes_; }  // bytes, as asked for
  Memory where() const { return where_; }
  const std::string& name() const { return name_; }

  // The mapped memory, coherent with the GPU; nullptr when it is not host-visible.
  std::byte* data() const;
  // True when reading data() is as fast as ordinary memory (host-cached).
  bool cached() const;

  // Real size of the Vulkan buffer: size() rounded up to 256, so that the last texel or uvec4 of
  // an array is always inside.
  std::uint64_t padded_size() const;
  VkBuffer_T* handle() const;

 private:
  std::shared_ptr<Device> device_;
  std::unique_ptr<Allocation> allocation_;
  std::uint64_t bytes_ = 0;
  Memory where_ = Memory::device;
  std::string name_;
};

}  // namespace lemnos::gpu
