// SPDX-License-Identifier: Apache-2.0
#include "nn/train/input_ring.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "data/loader.h"
#include "runtime/doctor/session.h"
#include "runtime/gpu/queue.h"
#include "tests/nn/train/fixture.h"
#include "tests/skip.h"

using namespace lemnos;
using namespace lemnos::test;

namespace {

data::Array counted(std::int64_t rows, std::int64_t width) {
  data::Array array = data::Array::zeros(DType::u32, {rows, width});
  const auto all = array.as<std::uint32_t>();
  std::iota(all.begin(), all.end(), 7u);
  return array;
}

// The rows of array i as the device had them when it came to each batch of an epoch, which the
// queue reaches long after the host: other work is queued before every batch.
class SlowDevice {
 public:
  SlowDevice(InputRing& ring, std::size_t i, const data::Array& array, std::int64_t batch)
      : seen_(data::Array::zeros(array.dtype, array.shape)),
        device_(device()),
        work_(device_->allocate(std::uint64_t{32} << 20, gpu::Memory::device, "work")),
        out_(device_->allocate(seen_.bytes.size(), gpu::Memory::readback, "seen")) {
    gpu::Recording& busy = *recordings_.emplace_back(new gpu::Recording(*device_, "busy"));
    for (std::uint32_t turn = 0; turn < 4; ++turn) {
      busy.fill({&work_, 0, std::uint64_t{32} << 20}, turn);
      busy.barrier();
    }
    busy.end();
    const std::uint64_t slot = array.row_bytes() * static_cast<std::uint64_t>(batch);
    for (std::uint64_t at = 0; at < seen_.bytes.size(); at += slot) {
      gpu::Recording& copy = *recordings_.emplace_back(new gpu::Recording(*device_, "look"));
      const std::uint64_t bytes = std::min(slot, seen_.bytes.size() - at);
      const auto slots = static_cast<std::uint64_t>(ring.slots());
      copy.copy({&ring.rows(i)->on(device_), at / slot % slots * slot, bytes}, {&out_, at, bytes});
      copy.end();
    }
  }
  ~SlowDevice() { device_->queue().wait_all(); }
  void work() { device_->queue().submit(*recordings_[0]); }
  void look(std::int64_t batch) {
    device_->queue().submit(*recordings_[static_cast<std::size_t>(batch) + 1]);
  }
  const data::Array& seen() {
    device_->read(out_, 0, seen_.bytes);
    return seen_;
  }

 private:
  data::Array seen_;
  std::shared_ptr<gpu::Device> device_;
  gpu::Buffer work_, out_;
  std::vector<std::unique_ptr<gpu::Recording>> recordings_;
};

}  // namespace

TEST_CASE("input ring: two slots are enough, and neither is filled again before it was read") {
  if (!have_device()) return;
  constexpr std::int64_t rows = 62, batch = 4;  // 16 batches, the last short
  const data::Array inputs = counted(rows, 5), targets = counted(rows, 1), none;
  InputRing ring("ring", std::array{&inputs, &none, &targets}, batch, 1);
  CHECK(ring.slots() == 2);
  CHECK(ring.rows(1) == nullptr);
  const std::vector<std::uint32_t> order = data::shuffled(rows, 3, 0);
  SlowDevice slow_inputs(ring, 0, inputs, batch), slow_targets(ring, 2, targets, batch);
  ring.begin(order, 0);
  for (std::int64_t done = 0; done < 16;) {
    slow_inputs.work();
    const std::int64_t count = ring.upload(2);
    for (std::int64_t end = done + count; done < end; ++done) {
      slow_inputs.look(done);
      slow_targets.look(done);
    }
  }
  CHECK(slow_inputs.seen().bytes == inputs.take(order).bytes);
  CHECK(slow_targets.seen().bytes == targets.take(order).bytes);
}

TEST_CASE("input ring: rows of an epoch lie in slot after slot, round and round") {
  if (!have_device()) return;
  const data::Array inputs = counted(11, 1);
  const InputRing ring("ring", std::array{&inputs}, 2, 3 * 2 * 4);
  CHECK(ring.slots() == 3);
  CHECK(ring.row_order() == std::vector<std::uint32_t>{0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4});
}

TEST_CASE("input ring: it ends at any time: before it began, while all slots are full, and after") {
  if (!have_device()) return;
  const data::Array inputs = counted(100, 3);
  const std::vector<std::uint32_t> order = data::in_order(100);
  for (const std::int64_t uploads : {-1, 0, 1, 25}) {
    InputRing ring("ring", std::array{&inputs}, 4, 1);
    if (uploads < 0) continue;
    ring.begin(order, 0);
    for (std::int64_t done = 0; done < uploads;) done += ring.upload(1);
  }
  InputRing ring("ring", std::array{&inputs}, 4, 1);
  for (std::int64_t first = 0; first < 25; ++first) {  // each ends what the one before began
    ring.begin(order, first);
    ring.upload(1);
    std::uint32_t value = 0;
    ring.rows(0)->read(static_cast<std::uint64_t>(first % 2) * 4 * 3 * 4,
                       std::as_writable_bytes(std::span(&value, 1)));
    CHECK(value == 7 + first * 4 * 3);
  }
}
