// SPDX-License-Identifier: Apache-2.0
#include "runtime/tensor/storage.h"

#include <algorithm>

#include "runtime/base/error.h"

namespace lemnos {

Storage::Storage(std::string name, DType dtype, std::int64_t elements, gpu::Memory where)
    : name_(std::move(name)), dtype_(dtype), elements_(elements), where_(where) {}

const gpu::Buffer& Storage::on(const std::shared_ptr<gpu::Device>& device) {
  if (!buffer_) {
    buffer_ = device->allocate(bytes(), where_, name_);
    device_ = device;
    device->clear(buffer_);  // padding included: whole words and texels are read
    if (!host_.empty()) device->write(buffer_, 0, host_);
    host_ = {};
  }
  check(device_ == device, "{} lives on {}; this function runs on {}", name_, device_->caps().name,
        device->caps().name);
  return buffer_;
}

void Storage::read(std::uint64_t offset, std::span<std::byte> out) const {
  check(offset + out.size() <= bytes(), "{}: a read beyond its {} bytes", name_, bytes());
  if (buffer_) {
    device_->read(buffer_, offset, out);
  } else if (host_.empty()) {
    std::ranges::fill(out, std::byte{0});
  } else {
    std::ranges::copy_n(host_.begin() + static_cast<std::ptrdiff_t>(offset),
                        static_cast<std::ptrdiff_t>(out.size()), out.begin());
  }
}

void Storage::write(std::uint64_t offset, std::span<const std::byte> in) {
  check(offset + in.size() <= bytes(), "{}: a write beyond its {} bytes", name_, bytes());
  if (buffer_) return device_->write(buffer_, offset, in);
  host_.resize(bytes());
  std::ranges::copy(in, host_.begin() + static_cast<std::ptrdiff_t>(offset));
}

std::vector<float> State::values() const {
  check(dtype == DType::f32, "{} holds {}, not f32", name, name_of(dtype));
  std::vector<float> values(static_cast<std::size_t>(shape.elements()));
  storage->read(static_cast<std::uint64_t>(offset) * 4, std::as_writable_bytes(std::span(values)));
  return values;
}

void State::set_values(std::span<const float> values) {
  check(dtype == DType::f32 && static_cast<std::int64_t>(values.size()) == shape.elements(),
        "{}: {} values given for shape {} of {}", name, values.size(), shape, name_of(dtype));
  storage->write(static_cast<std::uint64_t>(offset) * 4, std::as_bytes(values));
}

}  // namespace lemnos
