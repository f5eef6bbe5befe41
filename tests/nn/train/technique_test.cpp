// SPDX-License-Identifier: Apache-2.0
#include "nn/train/technique.h"

#include <cmath>
#include <map>

#include "data/datasets/synthetic.h"
#include "nn/init.h"
#include "nn/models/config.h"
#include "nn/optim/sgd.h"
#include "nn/train/models.h"
#include "nn/train/trainer.h"
#include "tests/nn/train/fixture.h"
#include "tests/skip.h"

using namespace lemnos;
using namespace lemnos::test;

namespace {

// Everything that a run told, by name.
struct Told : Observer {
  void on_step(const StepInfo& step) override {
    scalars["loss"].push_back(step.loss);
    for (const NamedValue& each : step.scalars) scalars[each.name].push_back(each.value);
  }
  void on_eval(const Moment&, std::string_view, std::span<const NamedValue> metrics) override {
    for (const NamedValue& each : metrics) evals[each.name].push_back(each.value);
  }
  void on_event(const Moment& moment, std::string_view event, std::string_view) override {
    events.push_back(fmt::format("{} {}", moment.step, event));
  }
  std::map<std::string, std::vector<double>> scalars, evals;
  std::vector<std::string> events;
};

// A model with new weights, and stochastic gradient descent, which does not hide small differences.
struct Trained {
  data::Dataset dataset;
  Preprocessing preprocessing;
  std::unique_ptr<Task> task;
  std::unique_ptr<optim::Sgd> sgd;
  std::shared_ptr<Told> told = std::make_shared<Told>();

  Trained(std::string_view model, data::Dataset data, const std::vector<Setting>& settings,
          double lr = 0.05) {
    const ModelKind& kind = model_kind(model);
    if (!kind.targets) data = without_targets(std::move(data));
    preprocessing = Preprocessing::fit(data);
    dataset = preprocessing.apply(std::move(data));
    seed(1);
    task = kind.make(kind.configure(preprocessing, "", nullptr, settings), preprocessing);
    sgd = std::make_unique<optim::Sgd>(task->parameters(), optim::SgdOptions{.lr = lr});
  }
  TrainResult train(TrainOptions options) {
    return Trainer(*task, {sgd.get()}, dataset, options, {told}).run({});
  }
};

Trained small_mlp_on(data::Dataset data, double lr = 0.05) {
  return Trained("mlp", std::move(data), {{"hidden", "16"}}, lr);
}

Trained small_vae() {
  return Trained("conv_vae", data::tiny_images(96),
                 {{"filters", "8"}, {"hidden", "16"}, {"latent", "2"}}, 1e-3);
}

void check_near(const std::vector<double>& got, const std::vector<double>& expected) {
  REQUIRE(got.size() == expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    CAPTURE(i);
    CHECK(std::abs(got[i] - expected[i]) <= 1e-5 * std::abs(expected[i]));
  }
}

}  // namespace

TEST_CASE("accumulate: four batches of 32 are one of 128, the short last one of an epoch too") {
  if (!have_device()) return;
  const auto trained = [](std::int64_t batch, std::int64_t accumulate) {
    Trained run = small_mlp_on(data::spirals(300));  // steps of 128, 128 and 44 rows
    run.train({.epochs = 4, .batch = batch, .accumulate = accumulate, .clip_norm = 1});
    return std::move(run.told->scalars);
  };
  const auto once = trained(128, 1), parts = trained(32, 4);
  REQUIRE(once.at("loss").size() == 12);
  check_near(parts.at("loss"), once.at("loss"));
  check_near(parts.at("gradient_norm"), once.at("gradient_norm"));
}

TEST_CASE("accumulate: what a task observes is the mean of the batches, and memory is one's") {
  if (!have_device()) return;
  const auto trained = [](std::int64_t batch, std::int64_t accumulate, std::uint64_t& arena) {
    Trained run = small_vae();
    arena = run.train({.steps = 3, .batch = batch, .accumulate = accumulate}).plan.arena_bytes;
    for (std::size_t i = 0; i < 3; ++i)
      CHECK(run.told->scalars["bce"][i] + run.told->scalars["kl"][i] ==
            doctest::Approx(run.told->scalars["loss"][i]).epsilon(1e-5));
    return run.told->scalars["bce"][0];
  };
  std::uint64_t whole = 0, parts = 0;
  // The noise differs, but at first the model hardly looks at z.
  CHECK(trained(24, 4, parts) == doctest::Approx(trained(96, 1, whole)).epsilon(1e-2));
  MESSAGE(fmt::format("arena bytes: {} in one batch, {} in four", whole, parts));
  CHECK(parts < whole / 2);
}

TEST_CASE("accumulate: batches beyond the data are all of it, and two losses are wrong usage") {
  if (!have_device()) return;
  Trained run = small_mlp_on(data::blobs(50));
  CHECK(run.train({.steps = 2, .batch = 30, .accumulate = 8}).end.epoch == 2);
  Trained gan("dcgan", data::tiny_images(8), {});
  optim::Sgd other(gan.task->parameters());
  CHECK(says(error_text([&] {
               Trainer(*gan.task, {gan.sgd.get(), &other}, gan.dataset, {.accumulate = 2}, {});
             }),
             "--accumulate is for models with one loss; this one has 2"));
}

TEST_CASE("schedule: the learning rate of every step is told") {
  if (!have_device()) return;
  Trained run = small_mlp_on(data::blobs(64), 0.5);
  run.sgd->schedule(optim::step_decay(2, 0.1));
  run.train({.steps = 5, .batch = 16});
  check_near(run.told->scalars["learning_rate"], {0.5, 0.5, 0.05, 0.05, 0.005});
  Trained constant = small_mlp_on(data::blobs(64));
  constant.train({.steps = 1, .batch = 16});
  CHECK(!constant.told->scalars.contains("learning_rate"));
}

TEST_CASE("average: evaluations are of the averaged weights, which hardly move at first") {
  if (!have_device()) return;
  Trained run = small_mlp_on(data::blobs(64), 1e-3);
  run.sgd->average(0.999);
  run.train({.steps = 40, .batch = 16});
  std::vector<std::vector<float>> average;
  for (const optim::Slot& slot : run.sgd->state())
    if (slot.slot == "average") average.push_back(slot.state.state()->values());
  REQUIRE(average.size() == run.task->parameters().size());
  const auto loss = [&] { return Evaluator(*run.task, run.dataset.test, 0).run().at("loss"); };
  const double raw = loss();
  for (std::size_t i = 0; i < average.size(); ++i)
    run.task->parameters()[i].tensor.state()->set_values(average[i]);
  CHECK(run.told->evals["loss"].back() == loss());
  CHECK(raw != loss());
}

TEST_CASE("patience: takes what is larger or smaller for better, and never what is not finite") {
  Patience smaller(2);
  CHECK(smaller.take(10, 3));
  CHECK(!smaller.take(20, 3));
  CHECK(smaller.take(30, 2));
  CHECK(!smaller.take(40, std::nan("")));
  CHECK(!smaller.over());
  CHECK(!smaller.take(50, 2.5));
  CHECK(smaller.over());
  CHECK(smaller.best_step() == 30);
  Patience larger(1, true);
  CHECK(larger.take(1, -5));
  CHECK(larger.take(2, -4));
  CHECK(!larger.take(3, -4.5));
  CHECK(larger.over());
  Patience resumed(2);
  resumed.resume(smaller.to_json());
  CHECK(resumed.over());
  CHECK(resumed.best() == 2);
  CHECK(says(error_text([&] { resumed.resume({{"step", -1}}); }), "damaged"));
  Patience first(1);
  CHECK(!first.take(1, INFINITY));
  CHECK(first.over());
  Patience never(0);
  for (std::uint64_t step = 1; step < 9; ++step) never.take(step, 1);
  CHECK(!never.over());
}

TEST_CASE("patience: a run that only gets worse ends, says so, and keeps its best checkpoint") {
  if (!have_device()) return;
  const TemporaryFolder folder;
  Trained run = small_mlp_on(data::blobs(64), 1e-9);  // a loss that hardly moves
  run.sgd->schedule(optim::step_decay(100, 1e-6));    // and then not at all
  Trainer trainer(*run.task, {run.sgd.get()}, run.dataset,
                  {.epochs = 1000, .batch = 16, .patience = 3}, {run.told});
  trainer.write_checkpoints(folder / "c.safetensors", {.model = "mlp"});
  const TrainResult result = trainer.run({});
  CHECK(result.early);
  CHECK(!result.stopped);
  CHECK(result.end.step < 4000);
  const auto& losses = run.told->evals["loss"];
  const auto best = std::ranges::min_element(losses) - losses.begin();
  CHECK(losses.size() == static_cast<std::size_t>(best) + 4);
  CHECK(std::ranges::count(run.told->events, fmt::format("{} early_stop", result.end.step)) == 1);
  const Checkpoint kept = Checkpoint::read(folder / "best.safetensors");
  CHECK(kept.step() == (static_cast<std::uint64_t>(best) + 1) * 52);  // 13 epochs of 4 steps
}

TEST_CASE("patience: without held-out rows, or a figure that tells, it is wrong usage") {
  if (!have_device()) return;
  Trained run = small_mlp_on(data::blobs(64));
  run.dataset.test = {};
  CHECK(says(error_text([&] { run.train({.patience = 1}); }), "holds nothing out"));
  Trained gan("dcgan", data::tiny_images(8), {});
  optim::Sgd other(gan.task->parameters());
  CHECK(says(error_text([&] {
               Trainer(*gan.task, {gan.sgd.get(), &other}, gan.dataset, {.patience = 2}, {});
             }),
             "no figure of this model"));
}

TEST_CASE("label smoothing: of the loss alone, not of evaluations, and not of numbers") {
  if (!have_device()) return;
  const auto trained = [](double smoothing) {
    Trained run = small_mlp_on(data::spirals(64), 1e-9);
    run.task->smooth_labels(smoothing);
    run.train({.steps = 1, .batch = 64});
    return std::pair(run.told->scalars["loss"][0], run.told->evals["loss"][0]);
  };
  const auto plain = trained(0), smoothed = trained(0.5);
  CHECK(smoothed.first != doctest::Approx(plain.first).epsilon(1e-3));
  CHECK(smoothed.second == doctest::Approx(plain.second).epsilon(1e-6));
  Trained numbers = small_mlp_on(data::linear(16));
  CHECK(says(error_text([&] { numbers.task->smooth_labels(0.1); }), "--label-smoothing is for"));
}

TEST_CASE("technique: what does not go together or is out of range is named as its flag") {
  const auto error = [](const std::vector<Setting>& settings) {
    Technique technique;
    for (const Setting& each : settings) nn::set_field(technique, each.name, each.value);
    return error_text([&] { technique.verify(); });
  };
  CHECK(error({}) == "");
  CHECK(error({{"schedule", "cosine"}, {"warmup", "10"}, {"lr_floor", "0.1"}}) == "");
  CHECK(says(error({{"schedule", "linear"}}), "--schedule: there is no 'linear'"));
  CHECK(says(error({{"schedule", "step"}}), "needs --step-every"));
  CHECK(says(error({{"step_every", "5"}}), "--step-every is for --schedule step"));
  CHECK(says(error({{"lr_floor", "0.1"}}), "--lr-floor is for --schedule cosine"));
  CHECK(says(error({{"schedule_steps", "9"}}), "--schedule-steps is for"));
  CHECK(says(error({{"schedule", "one-cycle"}, {"warmup", "9"}}), "one-cycle rises by itself"));
  CHECK(says(error({{"schedule", "cosine"}, {"schedule_steps", "-1"}}), "at least 1, not -1"));
  CHECK(says(error({{"accumulate", "0"}}), "--accumulate must be at least 1, not 0"));
  CHECK(says(error({{"decay", "some"}}), "there are matrices and all"));
  CHECK(says(error({{"ema", "1"}}), "--ema must be at least 0 and below 1, not 1"));
  CHECK(says(error({{"patience", "-1"}}), "--patience"));
  CHECK(says(error({{"label_smoothing", "1"}}), "below 1, not 1"));
}
