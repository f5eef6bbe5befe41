// SPDX-License-Identifier: Apache-2.0
#include "nn/train/generator.h"

#include <algorithm>
#include <numeric>

#include "nn/train/batched.h"

namespace lemnos {
namespace {

// The rows of a result become those of `all` from row `at` on, as far as there is room.
void put(data::Array& all, const Result& result, std::int64_t at) {
  if (all.empty()) all = data::Array::zeros(DType::f32, result.shape().with(0, all.shape[0]));
  const std::vector<float> values = result.values();
  const auto row = static_cast<std::size_t>(result.shape().elements() / result.shape()[0]);
  const auto out = all.as<float>().subspan(static_cast<std::size_t>(at) * row);
  std::copy_n(values.begin(), std::min(values.size(), out.size()), out.begin());
}

}  // namespace

Generator::Generator(const Task& task, std::int64_t batch, std::uint64_t seed,
                     const std::function<void()>& first)
    : batch_(batch),
      clock_(make_clock(seed)),
      function_(
          [&task, batch, first](std::span<const Tensor>) {
            first();
            return std::vector{task.sample(batch)};
          },
          {.name = "sample", .training = false, .clock = clock_}) {}

data::Array Generator::images(std::int64_t count) {
  data::Array all{.shape = Shape{count}};
  for (std::int64_t at = 0, step = 1; at < count; at += batch_, ++step) {
    set_clock_step(*clock_, static_cast<std::uint64_t>(step));
    put(all, function_.call({})[0], at);
  }
  return all;
}

Answers::Answers(Ask ask, std::int64_t batch)
    : batch_(batch),
      function_([ask = std::move(ask)](std::span<const Tensor> x) { return ask(x[0]); },
                {.name = "answer", .training = false}) {}

std::vector<data::Array> Answers::of(const data::Array& inputs) {
  std::vector<data::Array> all;
  for (std::int64_t at = 0; at < inputs.rows(); at += batch_) {
    std::vector<std::uint32_t> rows(static_cast<std::size_t>(std::min(batch_, inputs.rows() - at)));
    std::iota(rows.begin(), rows.end(), static_cast<std::uint32_t>(at));
    const data::Array some = inputs.take(rows);
    const Feed feed(some);
    const std::vector<Result> results = function_.call({&feed, 1});
    all.resize(results.size(), {.shape = Shape{inputs.rows()}});
    for (std::size_t i = 0; i < results.size(); ++i) put(all[i], results[i], at);
  }
  return all;
}

std::vector<data::Array> answers(const data::Array& inputs, const Ask& ask, std::int64_t batch) {
  return Answers(ask, batch).of(inputs);
}

}  // namespace lemnos
