// SPDX-License-Identifier: Apache-2.0
#include "nn/train/input_ring.h"

#include <algorithm>

#include "runtime/base/log.h"
#include "runtime/doctor/session.h"
#include "runtime/gpu/queue.h"

namespace lemnos {
namespace {

constexpr std::uint64_t fewest_slots = 2;
constexpr std::uint64_t most_slots = 32;  // enough for many short steps in one submission

}  // namespace

InputRing::InputRing(const std::string& name, std::span<const data::Array* const> arrays,
                     std::int64_t batch, std::uint64_t bytes)
    : device_(device()), batch_(batch) {
  std::uint64_t batch_bytes = 0;
  for (const data::Array* array : arrays)
    batch_bytes += array->row_bytes() * static_cast<std::uint64_t>(batch);
  check(batch_bytes > 0, "{}: there are no rows to stream", name);
  slots_ = static_cast<std::int64_t>(std::clamp(bytes / batch_bytes, fewest_slots, most_slots));
  for (const data::Array* array : arrays) {
    Stream& stream = streams_.emplace_back(Stream{.array = array});
    if (array->empty()) continue;
    const Shape shape = array->shape.with(0, slots_ * batch);
    stream.slots = std::make_shared<Storage>(name + " slots", array->dtype, shape.elements());
    stream.pinned =
        device_->allocate(stream.slots->bytes(), gpu::Memory::upload, name + " batches");
  }
  record_copies(name);
  now_.reserve(static_cast<std::size_t>(slots_));
  last_copy_.resize(static_cast<std::size_t>(slots_));
}

InputRing::~InputRing() {
  stop();
  try {
    device_->queue().wait_all();
  } catch (const Error& error) {
    log::warn("streaming data: {}", error.what());
  }
}

void InputRing::record_copies(const std::string& name) {
  for (std::int64_t slot = 0; slot < slots_; ++slot) {
    copies_.push_back(std::make_unique<gpu::Recording>(*device_, name + " upload"));
    for (const Stream& stream : streams_) {
      if (!stream.slots) continue;
      const std::uint64_t bytes = stream.slots->bytes() / static_cast<std::uint64_t>(slots_);
      const std::uint64_t at = bytes * static_cast<std::uint64_t>(slot);
      copies_.back()->copy({&stream.pinned, at, bytes}, {&stream.slots->on(device_), at, bytes});
    }
    copies_.back()->end();
  }
}

std::vector<std::uint32_t> InputRing::row_order() const {
  std::int64_t rows = 0;
  for (const Stream& stream : streams_) rows = std::max(rows, stream.array->rows());
  std::vector<std::uint32_t> order(static_cast<std::size_t>(rows));
  for (std::int64_t row = 0; row < rows; ++row)
    order[static_cast<std::size_t>(row)] =
        static_cast<std::uint32_t>(row / batch_ % slots_ * batch_ + row % batch_);
  return order;
}

void InputRing::stop() { thread_ = {}; }

void InputRing::begin(std::span<const std::uint32_t> order, std::int64_t first) {
  stop();
  gathered_ = uploaded_ = first;
  error_ = nullptr;
  thread_ = std::jthread(
      [this, order, first](const std::stop_token& stopping) { gather(stopping, order, first); });
}

void InputRing::gather_batch(std::span<const std::uint32_t> rows, std::int64_t batch) {
  for (Stream& stream : streams_) {
    if (!stream.slots) continue;
    const std::size_t row = stream.array->row_bytes();
    const std::size_t first = slot(batch) * static_cast<std::size_t>(batch_) * row;
    stream.array->copy_rows(rows, {stream.pinned.data() + first, rows.size() * row});
  }
}

// What the thread does.
void InputRing::gather(const std::stop_token& stopping, std::span<const std::uint32_t> order,
                       std::int64_t first) {
  const auto size = static_cast<std::size_t>(batch_);
  try {
    for (std::int64_t batch = first;; ++batch) {
      const std::size_t begin = static_cast<std::size_t>(batch) * size;
      if (begin >= order.size()) return;
      std::uint64_t last_copy = 0;
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, stopping, [&] { return batch < uploaded_ + slots_; });
        if (stopping.stop_requested()) return;
        last_copy = last_copy_[slot(batch)];
      }
      device_->queue().wait(last_copy);
      gather_batch(order.subspan(begin, std::min(size, order.size() - begin)), batch);
      const std::lock_guard lock(mutex_);
      gathered_ = batch + 1;
      changed_.notify_all();
    }
  } catch (...) {
    const std::lock_guard lock(mutex_);
    error_ = std::current_exception();
    changed_.notify_all();
  }
}

std::int64_t InputRing::upload(std::int64_t most) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return gathered_ > uploaded_ || error_; });
  if (gathered_ == uploaded_) std::rethrow_exception(error_);
  const std::int64_t end = std::min(gathered_, uploaded_ + most);
  now_.clear();
  for (std::int64_t batch = uploaded_; batch < end; ++batch)
    now_.push_back(copies_[slot(batch)].get());
  const std::uint64_t submission = device_->queue().submit(now_);
  const std::int64_t count = end - uploaded_;
  for (; uploaded_ < end; ++uploaded_) last_copy_[slot(uploaded_)] = submission;
  changed_.notify_all();
  return count;
}

}  // namespace lemnos
