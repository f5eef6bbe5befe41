// SPDX-License-Identifier: Apache-2.0
// The device's one compute queue.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <span>

struct VkQueue_T;
struct VkSemaphore_T;

namespace lemnos::gpu {

class Device;
class Recording;

// Thread safe. Submissions run in the order of their numbers: 1, 2, 3, ... A lost device is an
// error of kind device_lost in whichever call sees it first.
class Queue {
 public:
  Queue(Device& device, VkQueue_T* queue);
  ~Queue();  // waits for everything submitted
  Queue(const Queue&) = delete;
  Queue& operator=(const Queue&) = delete;

  // Runs the recordings in order, as one submission; the same one may appear several times. Returns
  // the submission's number. Does not allocate for up to 64 recordings.
  std::uint64_t submit(std::span<const Recording* const> recordings);
  std::uint64_t submit(const Recording& recording);

  bool done(std::uint64_t submission) const;
  void wait(std::uint64_t submission) const;  // one that was never submitted is an error
  void wait_all() const;
  std::uint64_t last() const;  // number of the newest submission, 0 before the first

 private:
  int checked(int result, const char* call) const;  // a VkResult
  std::uint64_t finished() const;
  [[noreturn]] void fail_hung(std::uint64_t submission) const;

  Device& device_;
  VkQueue_T* queue_;
  VkSemaphore_T* timeline_ = nullptr;
  mutable std::mutex mutex_;
  std::uint64_t submitted_ = 0;
  mutable std::atomic<bool> lost_ = false;
};

}  // namespace lemnos::gpu
