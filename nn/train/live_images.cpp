// SPDX-License-Identifier: Apache-2.0
#include "nn/train/live_images.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "ops/shape/shape.h"
#include "runtime/doctor/session.h"
#include "runtime/gpu/queue.h"
#include "runtime/graph/trace.h"

namespace lemnos {
namespace {

constexpr std::int64_t most_reconstructed = 12;

// The first rows of an array, as a value of the trace.
Tensor rows_of(Trace& trace, const data::Array& array, std::int64_t count) {
  std::vector<std::uint32_t> rows(static_cast<std::size_t>(std::min(count, array.rows())));
  std::iota(rows.begin(), rows.end(), 0u);
  const data::Array some = array.take(rows);
  auto storage = std::make_shared<Storage>("shown rows", some.dtype, some.shape.elements());
  storage->write(0, some.bytes);
  return record(view_op, {trace.read(storage)}, ViewAttrs{some.shape, 0});
}

LiveImages::Grid kept(Trace& trace, std::string name, const Tensor& images, std::int64_t columns) {
  auto storage = std::make_shared<Storage>(name, DType::f32, images.elements());
  trace.assign(storage, reshape(images, {-1}));
  return {std::move(name), images.shape(), columns, std::move(storage)};
}

}  // namespace

LiveImages::LiveImages(const Task& task, const data::Dataset& dataset, std::uint64_t seed,
                       std::int64_t samples, const std::function<void()>& first) {
  const bool held_out = dataset.test.rows() > 0;
  if (!task.generates() && !(task.reconstructs() && held_out)) return;
  Trace trace(false, make_clock(seed));
  first();
  if (task.generates()) {  // the first random numbers of the trace, so that they are Generator's
    const double side = std::ceil(std::sqrt(static_cast<double>(samples)));
    grids_.push_back(kept(trace, "samples", task.sample(samples), static_cast<std::int64_t>(side)));
  }
  if (task.reconstructs() && held_out) {
    const Tensor images = rows_of(trace, dataset.test.inputs, most_reconstructed);
    std::vector<Operand> rows{normalized(images)};
    for (const Tensor& part : task.reconstruct(images)) rows.emplace_back(part);
    grids_.push_back(kept(trace, "reconstructions", concat(rows, 0), images.size(0)));
  }
  program_ = std::make_unique<Program>("live images", trace.graph(), device());
}

LiveImages::~LiveImages() {
  for (const Copy& copy : copies_) device()->queue().wait(copy.submission);
}

std::vector<LiveImages::Grid> LiveImages::refresh() {
  std::vector<Grid> fresh = grids_;
  if (!any()) return fresh;
  while (!copies_.empty() && device()->queue().done(copies_.front().submission))
    copies_.pop_front();
  auto recording = std::make_unique<gpu::Recording>(*device(), "live images");
  for (Grid& grid : fresh) {
    const gpu::Buffer& from = grid.pixels->on(device());
    grid.pixels = std::make_shared<Storage>(grid.name, DType::f32, grid.shape.elements());
    recording->copy({&from, 0, grid.pixels->bytes()},
                    {&grid.pixels->on(device()), 0, grid.pixels->bytes()});
  }
  recording->end();
  program_->submit();
  const std::uint64_t submission = device()->queue().submit(*recording);
  copies_.push_back({submission, std::move(recording), fresh});
  return fresh;
}

}  // namespace lemnos
