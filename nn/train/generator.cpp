// SPDX-License-Identifier: Apache-2.0
#include "nn/train/generator.h"

#include <algorithm>
#include <numeric>

#include "nn/train/batched.h"

namespace lemnos {
namespace {

constexpr std::int64_t answers_at_once = 128;

// Adds the rows of a result, as long as there is room; returns how many are wanted still.
void append(data::Array& all, const Result& result, std::int64_t& at) {
  if (all.empty()) all = data::Array::zeros(DType::f32, result.shape().with(0, all.shape[0]));
  const std::vector<float> values = result.values();
  const auto row = static_cast<std::size_t>(result.shape().elements() / result.shape()[0]);
  const auto out = all.as<float>().subspan(static_cast<std::size_t>(at) * row);
  std::copy_n(values.begin(), std::min(values.size(), out.size()), out.begin());
  at += result.shape()[0];
}

}  // namespace

Generator::Generator(const Task& task, std::int64_t batch, std::uint64_t seed)
    : batch_(batch),
      clock_(make_clock(seed)),
      function_([&task, batch](std::span<const Tensor>) { return std::vector{task.sample(batch)}; },
                {.name = "sample", .training = false, .clock = clock_}) {}

data::Array Generator::images(std::int64_t count) {
  data::Array all{.shape = Shape{count}};
  for (std::int64_t at = 0, step = 1; at < count; ++step) {
    set_clock_step(*clock_, static_cast<std::uint64_t>(step));
    append(all, function_.call({})[0], at);
  }
  return all;
}

data::Array answers(const Task& task, const data::Array& inputs, Answer kind) {
  CompiledFunction function(
      [&](std::span<const Tensor> x) {
        return std::vector{kind == Answer::prediction ? task.predict(x[0])
                                                      : task.reconstruct(x[0])};
      },
      {.name = "answer", .training = false});
  data::Array all{.shape = Shape{inputs.rows()}};
  for (std::int64_t at = 0; at < inputs.rows();) {
    std::vector<std::uint32_t> rows(
        static_cast<std::size_t>(std::min(answers_at_once, inputs.rows() - at)));
    std::iota(rows.begin(), rows.end(), static_cast<std::uint32_t>(at));
    const data::Array batch = inputs.take(rows);
    const Feed feed(batch);
    append(all, function.call({&feed, 1})[0], at);
  }
  return all;
}

}  // namespace lemnos
