// SPDX-License-Identifier: Apache-2.0
#include "runtime/gpu/buffer.h"

#include <utility>

#include "runtime/gpu/device.h"
#include "runtime/gpu/memory.h"

namespace lemnos::gpu {

Buffer::Buffer() = default;

Buffer::Buffer(std::shared_ptr<Device> device, std::unique_ptr<Allocation> allocation,
               std::uint64_t bytes, Memory where, std::string_view name)
    : device_(std::move(device)),
      allocation_(std::move(allocation)),
      bytes_(bytes),
      where_(where),
      name_(name) {}

Buffer::Buffer(Buffer&& other) noexcept { *this = std::move(other); }

Buffer& Buffer::operator=(Buffer&& other) noexcept {
  std::swap(device_, other.device_);
  std::swap(allocation_, other.allocation_);
  std::swap(bytes_, other.bytes_);
  std::swap(where_, other.where_);
  std::swap(name_, other.name_);
  return *this;
}

Buffer::~Buffer() {
  if (allocation_ != nullptr) device_->allocator().free(*allocation_);
}

std::byte* Buffer::data() const { return allocation_ ? allocation_->mapped : nullptr; }
bool Buffer::cached() const { return allocation_ && allocation_->cached; }
std::uint64_t Buffer::padded_size() const { return allocation_ ? allocation_->buffer_bytes : 0; }
VkBuffer_T* Buffer::handle() const { return allocation_ ? allocation_->buffer : nullptr; }

}  // namespace lemnos::gpu
