// SPDX-License-Identifier: Apache-2.0
// A data set that does not fit on the device, streamed through a few slots of one batch each.
//
// A thread gathers batch after batch into pinned memory while the device works; the queue copies
// them into the device's slots. Batch b lies in slot b modulo slots(), so that a step finds its
// rows by an order that never changes, row_order(), just as it would in a resident data set.
//
// A pinned slot is free again once its copy is done. A slot of the device needs no waiting: its
// next copy is queued behind the step that reads it.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "data/array.h"
#include "runtime/gpu/commands.h"
#include "runtime/tensor/storage.h"

namespace lemnos {

class InputRing {
 public:
  static constexpr std::uint64_t usual_bytes = 64 << 20;

  // Arrays of as many rows each, which must outlive it; empty ones have no slots. bytes: of all
  // slots together; there are 2 at least, so that one is filled while the other is used, and 32 at
  // most.
  InputRing(const std::string& name, std::span<const data::Array* const> arrays, std::int64_t batch,
            std::uint64_t bytes = usual_bytes);
  ~InputRing();  // waits for what was queued
  InputRing(const InputRing&) = delete;
  InputRing& operator=(const InputRing&) = delete;

  std::int64_t slots() const { return slots_; }
  // Of array i: slots() * batch rows on the device; nullptr for an empty one.
  const std::shared_ptr<Storage>& rows(std::size_t i) const { return streams_.at(i).slots; }
  // Where on the device each row of an epoch lies, in order.
  std::vector<std::uint32_t> row_order() const;

  // Begins to gather an epoch at batch `first`. order must stay as it is until stop(), which ends
  // what begin() began.
  void begin(std::span<const std::uint32_t> order, std::int64_t first);
  void stop();

  // Waits until the next batch is gathered, queues the copies of it and of those after it that are
  // gathered as well, at most `most` in all, and returns how many. Whatever reads them is queued
  // before the next upload(). Once the batches that were gathered before it are gone, an error of
  // the thread comes out here. Takes no memory.
  std::int64_t upload(std::int64_t most);

 private:
  struct Stream {  // of one array
    const data::Array* array = nullptr;
    std::shared_ptr<Storage> slots;
    gpu::Buffer pinned;
  };
  void record_copies(const std::string& name);
  void gather(const std::stop_token& stop, std::span<const std::uint32_t> order,
              std::int64_t first);
  void gather_batch(std::span<const std::uint32_t> rows, std::int64_t batch);
  std::size_t slot(std::int64_t batch) const { return static_cast<std::size_t>(batch % slots_); }

  std::shared_ptr<gpu::Device> device_;
  std::int64_t batch_, slots_ = 0;
  std::vector<Stream> streams_;
  std::vector<std::unique_ptr<gpu::Recording>> copies_;  // of each slot
  std::vector<const gpu::Recording*> now_;               // those of one submission

  std::mutex mutex_;  // of all that follows
  std::condition_variable_any changed_;
  std::int64_t gathered_ = 0, uploaded_ = 0;  // batches, counted from the epoch's first
  std::vector<std::uint64_t> last_copy_;      // of each slot: a submission
  std::exception_ptr error_;
  std::jthread thread_;  // last, so that it ends first
};

}  // namespace lemnos
