// SPDX-License-Identifier: Apache-2.0
// The device's one queue: it computes, and where there is a window it draws.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <span>

struct VkCommandBuffer_T;
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

  // From now on submit() returns only when at most so many submissions are not done, its own among
  // them; 0: at once. Where something else has to have its turn on the device soon (a window), what
  // is queued before it must be short.
  void limit_pending(std::uint64_t most) { most_pending_ = most; }

  bool done(std::uint64_t submission) const;
  void wait(std::uint64_t submission) const;  // one that was never submitted is an error
  void wait_all() const;
  std::uint64_t last() const;  // number of the newest submission, 0 before the first

  // use(VkQueue), under the lock that submissions take: how a window draws and presents. What it
  // submits is ordered among the submissions here as on any Vulkan queue: it starts after those
  // before it, and barriers (every Recording begins with one, every frame with its own) make each
  // see what the other wrote. It has no number: nothing here waits for a frame, and the window
  // waits for its own fences alone.
  template <class F>
  auto locked(F use) {
    const std::lock_guard lock(mutex_);
    return use(queue_);
  }

 private:
  std::uint64_t submit_now(std::span<VkCommandBuffer_T* const> commands);
  int checked(int result, const char* call) const;  // a VkResult
  std::uint64_t finished() const;
  [[noreturn]] void fail_hung(std::uint64_t submission) const;

  Device& device_;
  VkQueue_T* queue_;
  VkSemaphore_T* timeline_ = nullptr;
  mutable std::mutex mutex_;
  std::uint64_t submitted_ = 0;
  std::atomic<std::uint64_t> most_pending_ = 0;
  mutable std::atomic<bool> lost_ = false;
};

}  // namespace lemnos::gpu
