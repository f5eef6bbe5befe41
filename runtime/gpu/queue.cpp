// SPDX-License-Identifier: Apache-2.0
#include "runtime/gpu/queue.h"

#include <array>
#include <vector>

#include "runtime/base/error.h"
#include "runtime/base/log.h"
#include "runtime/gpu/calls.h"
#include "runtime/gpu/commands.h"
#include "runtime/gpu/device.h"

namespace lemnos::gpu {
namespace {

constexpr std::size_t usual_recordings = 64;
constexpr std::uint64_t nanoseconds_of_patience = 600'000'000'000;  // ten minutes without progress

}  // namespace

Queue::Queue(Device& device, VkQueue queue) : device_(device), queue_(queue) {
  auto type = structure<VkSemaphoreTypeCreateInfo>(VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO);
  type.semaphoreType = VK_SEMAPHORE_TYPE_TIMELINE;
  auto info = structure<VkSemaphoreCreateInfo>(VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO);
  info.pNext = &type;
  check_result(device.calls().vkCreateSemaphore(device.handle(), &info, nullptr, &timeline_),
               "vkCreateSemaphore");
}

Queue::~Queue() {
  try {
    if (!lost_) wait_all();
  } catch (const std::exception& error) {
    log::warn("closing the device: {}", error.what());
  }
  device_.calls().vkDestroySemaphore(device_.handle(), timeline_, nullptr);
}

std::uint64_t Queue::submit(const Recording& recording) {
  const Recording* const one = &recording;
  return submit({&one, 1});
}

std::uint64_t Queue::submit(std::span<const Recording* const> recordings) {
  check(!recordings.empty(), "a submission needs at least one recording");
  std::array<VkCommandBuffer, usual_recordings> few;
  std::vector<VkCommandBuffer> many;
  std::span<VkCommandBuffer> commands(few.data(), std::min(recordings.size(), few.size()));
  if (recordings.size() > few.size()) {
    many.resize(recordings.size());
    commands = many;
  }
  for (std::size_t i = 0; i < recordings.size(); ++i) {
    check(recordings[i]->ended(), "recording '{}' was submitted before end()",
          recordings[i]->name());
    commands[i] = recordings[i]->handle();
  }

  const std::uint64_t number = submit_now(commands);
  const std::uint64_t most = most_pending_;
  if (most > 0 && number > most) wait(number - most);
  return number;
}

std::uint64_t Queue::submit_now(std::span<const VkCommandBuffer> commands) {
  const std::lock_guard lock(mutex_);
  const std::uint64_t number = submitted_ + 1;
  auto timeline =
      structure<VkTimelineSemaphoreSubmitInfo>(VK_STRUCTURE_TYPE_TIMELINE_SEMAPHORE_SUBMIT_INFO);
  timeline.signalSemaphoreValueCount = 1;
  timeline.pSignalSemaphoreValues = &number;
  auto info = structure<VkSubmitInfo>(VK_STRUCTURE_TYPE_SUBMIT_INFO);
  info.pNext = &timeline;
  info.commandBufferCount = static_cast<std::uint32_t>(commands.size());
  info.pCommandBuffers = commands.data();
  info.signalSemaphoreCount = 1;
  info.pSignalSemaphores = &timeline_;
  checked(device_.calls().vkQueueSubmit(queue_, 1, &info, VK_NULL_HANDLE), "vkQueueSubmit");
  submitted_ = number;
  device_.count_submission();
  return number;
}

// After a loss nothing waits for the device any more: it may never answer.
int Queue::checked(int result, const char* call) const {
  if (result == VK_ERROR_DEVICE_LOST) lost_ = true;
  return check_result(static_cast<VkResult>(result), call, device_.caps().name);
}

std::uint64_t Queue::finished() const {
  std::uint64_t value = 0;
  checked(device_.calls().vkGetSemaphoreCounterValue(device_.handle(), timeline_, &value),
          "vkGetSemaphoreCounterValue");
  return value;
}

bool Queue::done(std::uint64_t submission) const { return finished() >= submission; }

std::uint64_t Queue::last() const {
  const std::lock_guard lock(mutex_);
  return submitted_;
}

void Queue::wait(std::uint64_t submission) const {
  check(submission <= last(), "cannot wait for submission {}: the newest is {}", submission,
        last());
  auto info = structure<VkSemaphoreWaitInfo>(VK_STRUCTURE_TYPE_SEMAPHORE_WAIT_INFO);
  info.semaphoreCount = 1;
  info.pSemaphores = &timeline_;
  info.pValues = &submission;
  std::uint64_t before = finished();
  while (before < submission) {
    const int result =
        checked(device_.calls().vkWaitSemaphores(device_.handle(), &info, nanoseconds_of_patience),
                "vkWaitSemaphores");
    if (result == VK_SUCCESS) return;
    const std::uint64_t now = finished();
    if (now == before) fail_hung(submission);
    before = now;
  }
}

void Queue::wait_all() const { wait(last()); }

void Queue::fail_hung(std::uint64_t submission) const {
  lost_ = true;
  throw Error(fmt::format("{} has not finished submission {} in ten minutes: the device hangs\n"
                          "  help: try a smaller --batch, a newer driver or another --device",
                          device_.caps().name, submission),
              ErrorKind::device_lost);
}

}  // namespace lemnos::gpu
