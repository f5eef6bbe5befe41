// SPDX-License-Identifier: Apache-2.0
#include "nn/train/trainer.h"

#include <cmath>

#include "data/datasets/synthetic.h"
#include "nn/init.h"
#include "nn/train/models.h"
#include "runtime/doctor/session.h"
#include "tests/nn/train/fixture.h"
#include "tests/skip.h"

using namespace lemnos;
using namespace lemnos::test;

namespace {

struct Recorder : Observer {
  void on_start(const RunInfo& run) override { info = run; }
  void on_step(const StepInfo& step) override {
    steps.push_back(step.moment.step);
    losses.push_back(step.loss);
  }
  void on_eval(const Moment& moment, std::string_view, std::span<const NamedValue>) override {
    evals.push_back(moment.step);
  }
  void on_event(const Moment& moment, std::string_view event, std::string_view) override {
    events.push_back(fmt::format("{} {}", moment.step, event));
  }
  RunInfo info;
  std::vector<std::uint64_t> steps, evals;
  std::vector<double> losses;
  std::vector<std::string> events;
};

struct Setup {
  data::Dataset dataset;
  Preprocessing preprocessing;
  std::unique_ptr<Task> task;
  std::unique_ptr<optim::Optimizer> optimizer;
  std::shared_ptr<Recorder> recorder = std::make_shared<Recorder>();

  explicit Setup(data::Dataset data, double lr = 1e-2) {
    preprocessing = Preprocessing::fit(data);
    dataset = preprocessing.apply(std::move(data));
    const ModelKind& mlp = model_kind("mlp");
    seed(1);
    const std::vector<Setting> hidden{{"hidden", "16"}};
    task = mlp.make(mlp.configure(preprocessing, "", nullptr, hidden), preprocessing);
    optimizer = std::make_unique<optim::Adam>(task->parameters(), optim::AdamOptions{.lr = lr});
  }
  TrainResult train(TrainOptions options) {
    return Trainer(*task, {optimizer.get()}, dataset, options, {recorder}).run({});
  }
};

}  // namespace

TEST_CASE("trainer: it learns, tells every step once and in order, and evaluates") {
  if (!have_device()) return;
  Setup setup(data::blobs(400));
  const TrainResult result = setup.train({.epochs = 18, .batch = 64});  // 7 steps, the last short
  REQUIRE(setup.recorder->steps.size() == 126);
  for (std::uint64_t i = 0; i < 126; ++i) CHECK(setup.recorder->steps[i] == i + 1);
  // After 8 and 16 epochs, which have 50 steps, and at the end.
  CHECK(setup.recorder->evals == std::vector<std::uint64_t>{56, 112, 126});
  CHECK(setup.recorder->info.last_step == 126);
  CHECK(result.end.step == 126);
  CHECK(result.end.epoch == 18);
  CHECK(result.loss == setup.recorder->losses.back());
  REQUIRE(result.metrics);
  CHECK(result.metrics->at("accuracy") > 0.9);
  CHECK(setup.recorder->losses.back() < setup.recorder->losses.front());
}

TEST_CASE("trainer: losses do not depend on submissions, residence or fusion being on") {
  if (!have_device()) return;
  const auto losses = [](ExecOptions exec) {
    Setup setup(data::spirals(200));
    setup.train({.epochs = 4, .batch = 32, .seed = 3, .exec = exec});
    return setup.recorder->losses;
  };
  const std::vector<double> usual = losses({});
  CHECK(losses({.replay = false}) == usual);
  CHECK(losses({.resident = false}) == usual);
  CHECK(losses({.alias = false, .waves = false}) == usual);
}

TEST_CASE("trainer: a batch larger than the data is the data, and steps count beyond epochs") {
  if (!have_device()) return;
  Setup setup(data::blobs(50));
  const TrainResult result = setup.train({.epochs = 1, .steps = 5, .batch = 1000});
  CHECK(result.end.step == 5);
  CHECK(result.end.epoch == 5);
}

TEST_CASE(
    "trainer: updates that are not finite are skipped and told, and a hundred in a row end it") {
  if (!have_device()) return;
  Setup setup(data::linear(64));
  setup.dataset.train.targets.as<float>()[5] = INFINITY;
  std::vector<std::vector<float>> before;
  for (const Parameter& each : setup.task->parameters())
    before.push_back(each.tensor.state()->values());
  const std::string text = error_text([&] { setup.train({.epochs = 1000, .batch = 64}); });
  CHECK(says(text, "100 updates in a row were skipped"));
  CHECK(says(text, "--lr"));
  CHECK(setup.recorder->events.size() == 100);
  CHECK(setup.recorder->events.front() == "1 skipped");
  for (std::size_t i = 0; i < before.size(); ++i)
    CHECK(setup.task->parameters()[i].tensor.state()->values() == before[i]);
}

TEST_CASE("trainer: a run cut to a time says so and ends after fewer steps, evaluated and saved") {
  if (!have_device()) return;
  const TemporaryFolder folder;
  Setup setup(data::blobs(400));
  Trainer trainer(*setup.task, {setup.optimizer.get()}, setup.dataset,
                  {.epochs = 1000000, .batch = 64, .seconds = 1e-6}, {setup.recorder});
  trainer.write_checkpoints(folder / "c.safetensors", {.model = "mlp"});
  const TrainResult result = trainer.run({});
  CHECK(!result.stopped);
  CHECK(result.end.step < 100);
  REQUIRE(result.metrics);
  CHECK(std::ranges::count_if(setup.recorder->events,
                              [](const auto& event) { return event.ends_with("limit"); }) == 1);
  CHECK(Checkpoint::read(folder / "c.safetensors").step() == result.end.step);
}

TEST_CASE("evaluator: the same weights give the same figures every time, noise included") {
  if (!have_device()) return;
  data::Dataset images = without_targets(data::tiny_images(300));
  const Preprocessing preprocessing = Preprocessing::fit(images);
  images = preprocessing.apply(std::move(images));
  const ModelKind& vae = model_kind("conv_vae");
  const std::vector<Setting> filters{{"filters", "4"}};
  const auto task = vae.make(vae.configure(preprocessing, "", nullptr, filters), preprocessing);
  Evaluator evaluator(*task, images.train, 7);
  const double first = evaluator.run().at("elbo");
  CHECK(evaluator.run().at("elbo") == first);
  CHECK(Evaluator(*task, images.train, 7).run().at("elbo") == first);
  CHECK(Evaluator(*task, images.train, 8).run().at("elbo") != first);
}
