// SPDX-License-Identifier: Apache-2.0
// GPU times at chosen points of a recording.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

struct VkQueryPool_T;

namespace lemnos::gpu {

class Device;

class Timestamps {
 public:
  // Room for `count` timestamps. Fails on a device whose queue has none (Caps::timestamp_period 0).
  Timestamps(Device& device, std::uint32_t count);
  ~Timestamps();
  Timestamps(const Timestamps&) = delete;
  Timestamps& operator=(const Timestamps&) = delete;

  std::uint32_t count() const { return count_; }

  // Seconds of each timestamp after the earliest written one; NaN where none was written. The
  // submission must be done. A recording that ran several times leaves the last run's values.
  std::vector<double> seconds() const;

  VkQueryPool_T* handle() const { return pool_; }

 private:
  std::shared_ptr<Device> device_;
  std::uint32_t count_;
  VkQueryPool_T* pool_ = nullptr;
};

}  // namespace lemnos::gpu
