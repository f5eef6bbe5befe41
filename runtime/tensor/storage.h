// SPDX-License-Identifier: Apache-2.0
// Values that outlive a step: parameters, moments, running statistics, resident data sets.
//
// A Storage is one flat device buffer. A State is a named, shaped window of a Storage: an optimizer
// moves its parameters into one Storage, so that one dispatch updates them all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "runtime/gpu/buffer.h"
#include "runtime/gpu/device.h"
#include "runtime/tensor/dtype.h"
#include "runtime/tensor/shape.h"

namespace lemnos {

class Storage {
 public:
  // Zeros, until written. Nothing is allocated on a device before on() asks for it.
  Storage(std::string name, DType dtype, std::int64_t elements,
          gpu::Memory where = gpu::Memory::device);

  const std::string& name() const { return name_; }
  DType dtype() const { return dtype_; }
  std::int64_t elements() const { return elements_; }
  std::uint64_t bytes() const { return static_cast<std::uint64_t>(elements_) * size_of(dtype_); }

  // The device's copy; made, and filled from the host's, when first asked for.
  const gpu::Buffer& on(const std::shared_ptr<gpu::Device>& device);

  // The device's bytes where the host can see them (Memory::readback): read without waiting, so
  // only what a finished submission wrote. nullptr elsewhere.
  const std::byte* mapped() const { return buffer_ ? buffer_.data() : nullptr; }

  // Both wait for what was submitted before; offsets are in bytes.
  void read(std::uint64_t offset, std::span<std::byte> out) const;
  void write(std::uint64_t offset, std::span<const std::byte> in);

 private:
  std::string name_;
  DType dtype_;
  std::int64_t elements_;
  gpu::Memory where_;
  std::vector<std::byte> host_;  // only until the device has it; empty: zeros
  std::shared_ptr<gpu::Device> device_;
  gpu::Buffer buffer_;
};

struct State {
  std::string name;
  Shape shape;
  DType dtype = DType::f32;
  std::shared_ptr<Storage> storage;
  std::int64_t offset = 0;  // elements from the start of the storage

  std::vector<float> values() const;               // a copy of the current values; f32 only
  void set_values(std::span<const float> values);  // as many as the shape has elements
};

// States begin at multiples of this many elements, so that every device can bind each on its own
// (the largest minStorageBufferOffsetAlignment allowed is 256 bytes).
constexpr std::int64_t state_alignment = 64;

}  // namespace lemnos
