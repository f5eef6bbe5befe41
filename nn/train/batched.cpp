// SPDX-License-Identifier: Apache-2.0
#include "nn/train/batched.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "ops/index/index.h"
#include "ops/step/step.h"
#include "runtime/base/log.h"
#include "runtime/doctor/session.h"
#include "runtime/gpu/queue.h"

namespace lemnos {
namespace {

constexpr std::int64_t ring_records = 1024;
constexpr std::int64_t batch_word = 2;  // of the clock

std::shared_ptr<Storage> resident(const data::Array& array, std::string name) {
  if (array.empty()) return nullptr;
  auto storage = std::make_shared<Storage>(std::move(name), array.dtype, array.shape.elements());
  storage->write(0, array.bytes);
  return storage;
}

// A quarter of the device's own memory, where nobody says otherwise: there are often two splits,
// and at least half is then left to the step.
std::uint64_t usual_data_memory(const gpu::Caps& caps) {
  std::uint64_t memory = 0;
  for (const gpu::Heap& heap : caps.heaps)
    if (heap.device_local) memory = std::max(memory, heap.bytes);
  return memory / 4;
}

// Whether the data live on the device; where they do not although they may, it is said.
bool stays(const std::string& name, const data::Array& inputs, const data::Array& targets,
           const ExecOptions& options) {
  if (!options.resident) return false;
  const gpu::Caps& caps = device()->caps();
  const std::uint64_t bytes = inputs.bytes.size() + targets.bytes.size();
  const std::uint64_t most = options.data_memory.value_or(usual_data_memory(caps));
  const std::uint64_t largest = std::max(inputs.bytes.size(), targets.bytes.size());
  if (bytes <= most && largest <= caps.max_allocation) return true;
  constexpr double mebibyte = 1 << 20;
  log::info(
      "{}: {:.1f} MiB of data are more than the {:.1f} MiB for them on {}: batches are streamed",
      name, static_cast<double>(bytes) / mebibyte,
      static_cast<double>(std::min(most, caps.max_allocation)) / mebibyte, caps.name);
  return false;
}

}  // namespace

BatchedFunction::BatchedFunction(std::string name, const data::Array& inputs,
                                 const data::Array& targets, std::int64_t batch, Body body,
                                 bool training, std::shared_ptr<Storage> clock, ExecOptions options)
    : name_(std::move(name)),
      input_rows_(inputs),
      target_rows_(targets),
      batch_(batch),
      body_(std::move(body)),
      training_(training),
      options_(options),
      clock_(std::move(clock)) {
  if (batch_ < 1) fail_usage("{}: the batch size must be at least 1, not {}", name_, batch_);
  if (input_rows_.rows() == 0) fail_usage("{}: the data set has no rows", name_);
  step_ = collected_ = clock_step(*clock_) - 1;
  order_storage_ = std::make_shared<Storage>(name_ + " order", DType::u32, input_rows_.rows());
  if (stays(name_, inputs, targets, options_)) {
    inputs_ = resident(input_rows_, name_ + " inputs");
    targets_ = resident(target_rows_, name_ + " targets");
  } else {
    stream_ = std::make_unique<InputRing>(name_, std::array{&input_rows_, &target_rows_}, batch_);
    inputs_ = stream_->rows(0);
    targets_ = stream_->rows(1);
    const std::vector<std::uint32_t> places = stream_->row_order();
    order_storage_->write(0, std::as_bytes(std::span(places)));
  }
  if (input_rows_.rows() >= batch_) full_ = trace(batch_);
  if (input_rows_.rows() % batch_ != 0) tail_ = trace(input_rows_.rows() % batch_);
}

Tensor BatchedFunction::batch_of(Trace& trace, const data::Array& array,
                                 const std::shared_ptr<Storage>& storage, std::int64_t rows) const {
  if (array.empty()) return {};
  const Shape shape = array.shape.with(0, stream_ ? stream_->slots() * batch_ : array.rows());
  const Tensor whole = record(view_op, {trace.read(storage)}, ViewAttrs{shape, 0});
  return take_batch(whole, trace.read(order_storage_), trace.clock(), batch_, rows);
}

std::unique_ptr<Program> BatchedFunction::trace(std::int64_t rows) {
  Trace trace(training_, clock_);
  const Tensor inputs = batch_of(trace, input_rows_, inputs_, rows);
  const Tensor targets = batch_of(trace, target_rows_, targets_, rows);
  if (const Tensor result = body_(inputs, targets)) keep(trace, result, rows);

  names_.clear();
  std::vector<Operand> scalars;
  for (const auto& observed : trace.observed()) {
    names_.push_back(observed.name);
    scalars.emplace_back(trace.tensor(observed.value));
  }
  check(!scalars.empty(), "{}: observes nothing; call observe(\"loss\", loss)", name_);
  if (!ring_) make_ring();
  trace.assign(ring_, advance(trace.read(ring_), trace.clock(), record(pack_op, scalars)));
  return std::make_unique<Program>(name_, trace.graph(), device(), options_);
}

// The result of a batch goes to its place among those of all rows.
void BatchedFunction::keep(Trace& trace, const Tensor& values, std::int64_t rows) {
  const Shape shape = values.shape();
  if (shape.rank() < 1 || shape[0] != rows || values.dtype() != DType::f32)
    fail_usage("{}: returns f32 for each of {} rows, not {} {}", name_, rows,
               name_of(values.dtype()), shape);
  results_shape_ = shape.with(0, input_rows_.rows());
  if (!results_)
    results_ = std::make_shared<Storage>(name_ + " results", DType::f32, results_shape_.elements());
  const Tensor all = record(view_op, {trace.read(results_)}, ViewAttrs{results_shape_, 0});
  const Tensor put = put_batch(all, values, trace.clock(), batch_);
  trace.assign(results_, record(view_op, {put}, ViewAttrs{Shape{results_->elements()}, 0}));
}

// The ring, and room for all that it holds.
void BatchedFunction::make_ring() {
  const auto width = static_cast<std::int64_t>(names_.size()) + 2;
  ring_ = std::make_shared<Storage>(name_ + " ring", DType::u32, ring_records * width,
                                    gpu::Memory::readback);
  pending_.reserve(ring_records);
  records_.reserve(ring_records);
  values_.resize(ring_records * names_.size());
}

std::int64_t BatchedFunction::batches() const {
  return (static_cast<std::int64_t>(order_.size()) + batch_ - 1) / batch_;
}

std::int64_t BatchedFunction::rows(std::int64_t batch) const {
  return std::min(batch_, static_cast<std::int64_t>(order_.size()) - batch * batch_);
}

void BatchedFunction::begin_epoch(std::vector<std::uint32_t> order, std::int64_t first) {
  check(static_cast<std::int64_t>(order.size()) == input_rows_.rows(),
        "{}: an order of {} rows for a split of {}", name_, order.size(), input_rows_.rows());
  device()->queue().wait_all();
  // The clock may have been set, or moved on by another function that shares it.
  if (pending_.empty()) step_ = collected_ = clock_step(*clock_) - 1;
  if (stream_) stream_->stop();
  order_ = std::move(order);
  next_ = first;
  if (stream_) {
    stream_->begin(order_, first);
  } else {
    order_storage_->write(0, std::as_bytes(std::span(order_)));
  }
  const auto position = static_cast<std::uint32_t>(first);
  clock_->write(batch_word * 4, std::as_bytes(std::span(&position, 1)));
}

// The ring must not run over: take what is done, or wait for it, in time.
std::int64_t BatchedFunction::room() const {
  return std::min(batches() - next_, ring_records - static_cast<std::int64_t>(step_ - collected_));
}

void BatchedFunction::note(std::int64_t count, std::uint64_t submission) {
  next_ += count;
  step_ += static_cast<std::uint64_t>(count);
  pending_.push_back({submission, step_});
}

bool BatchedFunction::queue_timed() {
  if (room() < 1) return false;
  Program& program = rows(next_) < batch_ ? *tail_ : *full_;
  program.prepare_timed();
  if (stream_) stream_->upload(1);
  note(1, program.submit_timed());
  timed_ = &program;
  return true;
}

StepProfile BatchedFunction::profile() const {
  if (timed_ == nullptr) fail_usage("{}: no step was profiled; call queue_timed() first", name_);
  return timed_->profile();
}

std::int64_t BatchedFunction::queue(std::int64_t count) {
  count = std::min(count, room());
  std::int64_t left = count;
  while (left > 0) {
    const bool short_batch = rows(next_) < batch_;
    Program& program = short_batch ? *tail_ : *full_;
    std::int64_t now = short_batch ? 1 : std::min(left, batches() - next_ - (tail_ ? 1 : 0));
    if (stream_) now = stream_->upload(now);
    const std::uint64_t submission = program.submit(static_cast<std::uint32_t>(now));
    left -= now;
    note(now, submission);
  }
  return count;
}

std::span<const StepRecord> BatchedFunction::collect(bool wait) {
  std::uint64_t done = collected_;
  auto pending = pending_.begin();
  for (; pending != pending_.end(); ++pending) {
    if (wait) device()->queue().wait(pending->submission);
    if (!device()->queue().done(pending->submission)) break;
    done = pending->last_step;
  }
  pending_.erase(pending_.begin(), pending);

  const std::size_t width = names_.size();
  records_.clear();
  for (; collected_ < done; ++collected_) {
    const std::uint64_t step = collected_ + 1;
    const std::byte* record = ring_->mapped() + step % ring_records * (width + 2) * 4;
    std::uint32_t words[2];
    std::memcpy(words, record, sizeof words);
    check((std::uint64_t{words[1]} << 32 | words[0]) == step,
          "{}: the record of step {} holds step {}", name_, step, words[0]);
    const auto values = std::span(values_).subspan(records_.size() * width, width);
    std::memcpy(values.data(), record + sizeof words, values.size_bytes());
    records_.push_back({step, values});
  }
  return records_;
}

data::Array BatchedFunction::results() const {
  if (!results_) return {};
  data::Array all = data::Array::zeros(DType::f32, results_shape_);
  results_->read(0, all.bytes);
  return all;
}

std::uint64_t BatchedFunction::submissions() const {
  return (full_ ? full_->submissions() : 0) + (tail_ ? tail_->submissions() : 0);
}

std::uint64_t clock_step(const Storage& clock) {
  std::uint32_t words[2];
  clock.read(0, std::as_writable_bytes(std::span(words)));
  return std::uint64_t{words[1]} << 32 | words[0];
}

void set_clock_step(Storage& clock, std::uint64_t step) {
  const std::uint32_t words[2] = {static_cast<std::uint32_t>(step),
                                  static_cast<std::uint32_t>(step >> 32)};
  clock.write(0, std::as_bytes(std::span(words)));
}

}  // namespace lemnos
