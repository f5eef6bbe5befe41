// SPDX-License-Identifier: Apache-2.0
// Training on data that are streamed to the device, and on the same data when they live there.
#include <map>

#include "data/datasets/synthetic.h"
#include "nn/init.h"
#include "nn/train/models.h"
#include "nn/train/trainer.h"
#include "ops/reduce/reduce.h"
#include "runtime/doctor/session.h"
#include "tests/nn/train/fixture.h"
#include "tests/skip.h"

using namespace lemnos;
using namespace lemnos::test;

namespace {

// Everything that a run told, by name, and the weights it ended with.
struct Told : Observer {
  void on_step(const StepInfo& step) override { all["loss"].push_back(step.loss); }
  void on_eval(const Moment&, std::string_view, std::span<const NamedValue> metrics) override {
    for (const NamedValue& each : metrics) all[std::string(each.name)].push_back(each.value);
  }
  std::map<std::string, std::vector<double>> all;
  std::vector<std::vector<float>> weights;
};

Told train(std::string_view model, data::Dataset data, const std::vector<Setting>& settings,
           std::optional<std::uint64_t> data_memory) {
  const ModelKind& kind = model_kind(model);
  const bool texts = !data.train.texts.empty();
  const auto preprocessing = Preprocessing::fit(data, {.length = texts ? 8 : 0});
  data = preprocessing.apply(std::move(data));
  seed(1);
  const auto task = kind.make(kind.configure(preprocessing, "", nullptr, settings), preprocessing);
  optim::Adam adam(task->parameters());
  const auto told = std::make_shared<Told>();
  TrainOptions options{.epochs = 2, .batch = 3, .seed = 5};
  options.exec.data_memory = data_memory;
  Trainer(*task, {&adam}, data, options, {told}).run({});
  for (const Parameter& each : task->parameters())
    told->weights.push_back(each.tensor.state()->values());
  return *told;
}

void check_same(std::string_view model, const data::Dataset& data,
                const std::vector<Setting>& settings) {
  CAPTURE(model);
  const Told resident = train(model, data, settings, {});
  const Told streamed = train(model, data, settings, 0);
  CHECK(resident.all.size() > 1);                  // the loss of each step, and an evaluation
  CHECK(resident.all.at("loss").size() > 2 * 32);  // every slot is used again in each epoch
  CHECK(streamed.all == resident.all);
  CHECK(streamed.weights == resident.weights);
}

data::Dataset windows() {
  data::Dataset set{.name = "text", .task = data::Task::next_token};
  for (int i = 0; i < 300; ++i) {
    const std::string words = fmt::format("{} and {} make {} ", i % 7, i % 11, i % 7 + i % 11);
    (i < 240 ? set.train : set.test).texts.resize(1);
    (i < 240 ? set.train : set.test).texts[0] += words;
  }
  return set;
}

}  // namespace

TEST_CASE(
    "streaming: losses, held-out figures and weights are those of resident data, bit for bit") {
  if (!have_device()) return;
  check_same("cnn", data::tiny_images(100), {{"convolutions", "4,4"}, {"hidden", "8"}});
  check_same("mlp", data::linear(150), {{"hidden", "8"}, {"dropout", "0.2"}});
  check_same("seq2seq", data::reversal(100), {{"width", "8"}});
  check_same("gpt", windows(), {{"width", "8"}, {"heads", "2"}, {"layers", "1"}});
}

TEST_CASE("streaming: what is larger than it may be leaves the memory of the device alone") {
  if (!have_device()) return;
  const data::Array inputs = data::Array::zeros(DType::f32, {1 << 16, 32}), none;
  const auto taken = [&](ExecOptions options) {
    const std::uint64_t before = device()->memory_use().buffer_bytes;
    const BatchedFunction function(
        "sum", inputs, none, 8,
        [](const Tensor& x, const Tensor&) {
          observe("sum", sum(x));
          return Tensor();
        },
        false, make_clock(), options);
    return device()->memory_use().buffer_bytes - before;
  };
  const std::uint64_t bytes = inputs.bytes.size();
  CHECK(taken({}) > bytes);
  CHECK(taken({.data_memory = bytes}) > bytes);
  CHECK(taken({.data_memory = bytes - 1}) < bytes / 2);
  CHECK(taken({.resident = false}) < bytes / 2);
}
