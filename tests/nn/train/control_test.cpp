// SPDX-License-Identifier: Apache-2.0
// Steering a run from another thread: what is computed is the same, and what is asked is done.
#include "nn/train/control.h"

#include <thread>

#include "data/formats/jsonl.h"
#include "data/formats/safetensors.h"
#include "nn/train/batched.h"
#include "nn/train/run.h"
#include "runtime/base/os.h"
#include "runtime/doctor/session.h"
#include "runtime/gpu/queue.h"
#include "tests/nn/train/fixture.h"
#include "tests/skip.h"

using namespace lemnos;
using namespace lemnos::test;

namespace {

using WeightValues = std::vector<std::vector<float>>;

// Steps of 64 of 400 rows, 7 an epoch: checkpoints after 20, 40, 56, 60, 80 and 84.
Run fresh() {
  RunConfig config;
  config.model = "mlp";
  config.data = "spirals";
  config.epochs = 12;
  config.batch = 64;
  config.lr = 0.0625;
  config.seed = 3;
  config.checkpoint_every = 20;
  config.keep = 10;
  const std::vector<Setting> hidden{{"hidden", "16"}};
  return new_run(std::move(config), "", hidden);
}

Run reopened(const std::filesystem::path& folder) {
  return open_run(RunFolder::open(folder), WithData::yes, "", Weights::trained);
}

WeightValues weights_of(const Run& run) {
  WeightValues all;
  for (const Parameter& each : run.task->parameters()) all.push_back(each.tensor.state()->values());
  return all;
}

double value_of(const Control& control, std::string_view name) {
  for (const NamedValue& each : control.status().hyperparameters)
    if (each.name == name) return each.value;
  return -1;
}

// The events in a run's log, but for its checkpoints.
std::string events_of(const std::filesystem::path& folder) {
  std::string all;
  for (const auto& line : data::read_jsonl(folder / "metrics.jsonl"))
    if (line.at("kind") == "event" && line.at("event") != "checkpoint")
      all += fmt::format("{} {}: {}\n", line.at("step").get<int>(),
                         line.at("event").get<std::string>(), line.at("detail").get<std::string>());
  return all;
}

// What its log says of steps and evaluations, without the times.
std::vector<double> figures_of(const std::filesystem::path& folder) {
  std::vector<double> all;
  for (const auto& line : data::read_jsonl(folder / "metrics.jsonl"))
    for (const char* name : {"step", "loss", "accuracy"})
      if (line.at("kind") != "event" && line.contains(name)) all.push_back(line.at(name));
  return all;
}

// A run on a thread of its own, which begins when it is made.
class Steered {
 public:
  // first: said before it begins.
  Steered(
      Run begun, std::filesystem::path folder,
      const std::function<void(Control&)>& first = [](Control&) {})
      : run(std::move(begun)), folder_(std::move(folder)) {
    first(control);
    thread_ = std::jthread([this] {
      result =
          train(run, run.checkpoint ? RunFolder::open(folder_) : RunFolder::create(folder_, ""), {},
                0, ExecOptions::from_environment(), &control);
    });
  }
  ~Steered() { control.stop(); }  // and the thread is joined
  void end() { thread_.join(); }

  // Whether it pauses at this step, within more time than it can need.
  bool pauses_at(std::uint64_t step) const {
    const double begun = os::seconds();
    const auto there = [&] {
      const Control::Status status = control.status();
      return status.state == Control::State::paused && status.moment.step == step;
    };
    while (!there() && os::seconds() - begun < 60)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return there();
  }

  Run run;
  Control control;
  TrainResult result;

 private:
  std::filesystem::path folder_;
  std::jthread thread_;
};

const WeightValues& unsteered() {
  static const WeightValues values = [] {
    const TemporaryFolder folder;
    Run run = fresh();
    train(run, RunFolder::create(folder / "run", ""), {}, 0, ExecOptions::from_environment());
    return weights_of(run);
  }();
  return values;
}

}  // namespace

TEST_CASE("control: a run that is paused and stepped ends with the bits of one that is not") {
  if (!have_device()) return;
  const TemporaryFolder folder;
  Steered steered(fresh(), folder / "run", [](Control& control) { control.pause(); });
  Control& control = steered.control;
  REQUIRE(steered.pauses_at(0));
  control.step(3);
  REQUIRE(steered.pauses_at(3));
  const double seconds = control.status().moment.seconds;
  control.call([](Between& between) { CHECK(between.moment().step == 3); }).get();
  CHECK(control.status().moment.seconds == seconds);  // a pause is no training
  control.epoch();
  REQUIRE(steered.pauses_at(7));
  control.step();
  REQUIRE(steered.pauses_at(8));
  control.go_on();
  steered.end();
  CHECK(steered.result.end.step == 84);
  CHECK(!steered.result.stopped);
  CHECK(control.status().state == Control::State::ended);
  CHECK(weights_of(steered.run) == unsteered());
}

TEST_CASE("control: a paused run stops at once, saved where it stands, and can be resumed") {
  if (!have_device()) return;
  const TemporaryFolder folder;
  Steered steered(fresh(), folder / "run", [](Control& control) { control.step(5); });
  REQUIRE(steered.pauses_at(5));
  steered.control.stop();
  steered.end();
  CHECK(steered.result.stopped);
  CHECK(Checkpoint::read(folder / "run/checkpoint.safetensors").step() == 5);
  CHECK_THROWS_WITH_AS(steered.control.save().get(), doctest::Contains("has ended"), Error);

  Steered again(reopened(folder / "run"), folder / "run");
  again.end();
  CHECK(weights_of(again.run) == unsteered());
}

TEST_CASE("control: a run that goes back is one that was resumed from there, in weights and log") {
  if (!have_device()) return;
  const TemporaryFolder folder;
  Steered steered(fresh(), folder / "run", [](Control& control) { control.step(66); });
  REQUIRE(steered.pauses_at(66));
  steered.control.roll_back("checkpoint-40.safetensors").get();
  REQUIRE(steered.pauses_at(40));
  CHECK(Checkpoint::read(folder / "run/checkpoint.safetensors").step() == 40);
  CHECK(data::read_jsonl(folder / "run/metrics.jsonl").back().at("step") == 40);
  CHECK(events_of(folder / "run") == "40 rollback: from step 66 to checkpoint-40.safetensors\n");
  steered.control.step(45);  // more than there are
  steered.end();
  CHECK(weights_of(steered.run) == unsteered());

  Steered plain(fresh(), folder / "plain");
  plain.end();
  CHECK(figures_of(folder / "run") == figures_of(folder / "plain"));
  CHECK(std::filesystem::exists(folder / "run/checkpoint-40.safetensors"));
}

TEST_CASE("control: there is a way back to the newest checkpoint, and none to what is not there") {
  if (!have_device()) return;
  const TemporaryFolder folder;
  Steered steered(fresh(), folder / "run", [](Control& control) { control.step(23); });
  REQUIRE(steered.pauses_at(23));
  Control& control = steered.control;
  CHECK_THROWS_WITH_AS(control.roll_back("checkpoint-40.safetensors").get(),
                       doctest::Contains("checkpoint-40.safetensors"), Error);
  REQUIRE(steered.pauses_at(23));  // and all is as it was
  control.roll_back().get();
  REQUIRE(steered.pauses_at(20));
  control.go_on();
  steered.end();
  CHECK(weights_of(steered.run) == unsteered());
}

TEST_CASE("control: a learning rate is edited and logged, survives a resume, and is undone") {
  if (!have_device()) return;
  const TemporaryFolder folder;
  WeightValues by_hand, once;
  {
    Steered steered(fresh(), folder / "run", [](Control& control) { control.step(20); });
    REQUIRE(steered.pauses_at(20));
    CHECK(value_of(steered.control, "learning_rate") == 0.0625);
    steered.control.set_hyperparameter("learning_rate", 0.03125).get();
    CHECK(value_of(steered.control, "learning_rate") == 0.03125);
    CHECK_THROWS_WITH_AS(steered.control.set_hyperparameter("learning_rate", -1),
                         doctest::Contains("learning_rate must be at least 0, not -1"), Error);
    CHECK_THROWS_WITH_AS(steered.control.set_hyperparameter("clip_norm", 1).get(),
                         doctest::Contains("has learning_rate"), Error);
    steered.control.stop();  // the checkpoint of step 20 is there already, with the other rate
    steered.end();
  }
  CHECK(events_of(folder / "run") == "20 edit: learning_rate 0.0625 -> 0.03125\n");
  {
    Steered steered(reopened(folder / "run"), folder / "run");
    steered.end();
    CHECK(value_of(steered.control, "learning_rate") == 0.03125);
    by_hand = weights_of(steered.run);
  }
  {
    Steered steered(fresh(), folder / "once", [](Control& control) { control.step(20); });
    REQUIRE(steered.pauses_at(20));
    steered.control
        .call([](Between& between) { between.optimizers()[0]->set_learning_rate(0.03125); })
        .get();
    steered.control.go_on();
    steered.end();
    once = weights_of(steered.run);
  }
  CHECK(by_hand == once);
  CHECK(by_hand != unsteered());
  {
    Steered steered(fresh(), folder / "undone", [](Control& control) { control.step(22); });
    REQUIRE(steered.pauses_at(22));
    steered.control.set_hyperparameter("learning_rate", 0.5).get();
    steered.control.roll_back().get();
    steered.control.go_on();
    steered.end();
    CHECK(weights_of(steered.run) == unsteered());
  }
}

TEST_CASE("control: weight decay and clipping are edited and logged, and survive a resume") {
  if (!have_device()) return;
  const TemporaryFolder folder;
  RunConfig config = fresh().config;
  config.weight_decay = 0.5;
  config.clip_norm = 8;
  const std::vector<Setting> hidden{{"hidden", "16"}};
  {
    Steered steered(new_run(config, "", hidden), folder / "run",
                    [](Control& control) { control.step(20); });
    REQUIRE(steered.pauses_at(20));
    steered.control.set_hyperparameter("weight_decay", 0.25).get();
    steered.control.set_hyperparameter("clip_norm", 0.0625).get();
    steered.control.set_hyperparameter("clip_norm", 0.0625).get();  // as it is: no edit
    steered.control.stop();
    steered.end();
  }
  CHECK(events_of(folder / "run") ==
        "20 edit: weight_decay 0.5 -> 0.25\n20 edit: clip_norm 8 -> 0.0625\n");
  Steered steered(reopened(folder / "run"), folder / "run");
  steered.end();
  CHECK(value_of(steered.control, "weight_decay") == 0.25);
  CHECK(value_of(steered.control, "clip_norm") == 0.0625);

  // The same as if it had begun with them where it stood.
  Steered other(new_run(config, "", hidden), folder / "other",
                [](Control& control) { control.step(20); });
  REQUIRE(other.pauses_at(20));
  other.control
      .call([](Between& between) {
        between.optimizers()[0]->set_hyperparameter("weight_decay", 0.25);
        between.optimizers()[0]->set_hyperparameter("clip_norm", 0.0625);
      })
      .get();
  other.control.go_on();
  other.end();
  CHECK(weights_of(steered.run) == weights_of(other.run));
}

TEST_CASE("control: a checkpoint from before clipping could be edited goes on as configured") {
  if (!have_device()) return;
  const TemporaryFolder folder;
  RunConfig config = fresh().config;
  config.clip_norm = 8;
  {
    Steered steered(new_run(config, "", std::vector<Setting>{{"hidden", "16"}}), folder / "run",
                    [](Control& control) { control.step(20); });
    REQUIRE(steered.pauses_at(20));
    steered.control.stop();
    steered.end();
  }
  const auto path = folder / "run/checkpoint.safetensors";
  data::TensorFile file = data::read_safetensors(path);
  REQUIRE(file.tensors.erase("optim/0/clip_norm") == 1);
  data::write_safetensors(path, file);
  Steered steered(reopened(folder / "run"), folder / "run");
  steered.end();
  CHECK(value_of(steered.control, "clip_norm") == 8);
  CHECK(steered.control.status().moment.step == 84);
}

TEST_CASE("control: a call sees an idle device, comes again when it asks, and fails alone") {
  if (!have_device()) return;
  const TemporaryFolder folder;
  std::vector<std::uint64_t> seen;
  std::future<void> failed, repeated, late;
  Steered steered(fresh(), folder / "run", [&](Control& control) {
    failed = control.call([](Between&) { fail("nobody else's matter"); });
    repeated = control.call([&seen](Between& between) {
      CHECK(device()->queue().done(device()->queue().last()));
      CHECK(between.step().program().stats().dispatches > 0);
      CHECK(between.dataset().train.rows() == 400);
      CHECK(between.task().parameters().size() == 4);
      seen.push_back(between.moment().step);
      if (seen.size() < 4) between.again(9);
    });
    late = control.call([](Between& between) { between.again(1000); });
  });
  steered.end();
  CHECK_THROWS_WITH_AS(failed.get(), "nobody else's matter", Error);
  repeated.get();
  late.get();
  CHECK(seen == std::vector<std::uint64_t>{0, 9, 18, 27});
  CHECK(steered.result.end.step == 84);
  CHECK(weights_of(steered.run) == unsteered());
}

TEST_CASE("control: it saves when asked, and its changes of state are told") {
  if (!have_device()) return;
  const TemporaryFolder folder;
  std::atomic<int> changes = 0;
  Run run = fresh();
  Control control([&] { ++changes; });
  control.step(4);
  std::jthread training([&] {
    train(run, RunFolder::create(folder / "run", ""), {}, 0, ExecOptions::from_environment(),
          &control);
  });
  const auto step_of = [&] {
    return Checkpoint::read(folder / "run/checkpoint.safetensors").step();
  };
  while (control.status().state != Control::State::paused)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  CHECK(step_of() == 0);
  control.save().get();
  CHECK(step_of() == 4);
  control.stop();
  training.join();
  CHECK(changes == 3);  // it runs, pauses and ends
}

TEST_CASE("control: a step that is profiled is a step like any other") {
  if (!have_device()) return;
  if (device()->caps().timestamp_period == 0) return skip("the device has no timestamps");
  const TemporaryFolder folder;
  Steered steered(fresh(), folder / "run", [](Control& control) { control.step(6); });
  REQUIRE(steered.pauses_at(6));
  StepProfile profile;
  const auto look = [&](Between& between) {
    profile = between.profile_step();
    CHECK(between.moment().step == 7);  // the last of the epoch
  };
  steered.control.call(look).get();
  CHECK(!profile.dispatches.empty());
  CHECK(profile.seconds() > 0);
  steered.control.go_on();
  steered.end();
  CHECK(weights_of(steered.run) == unsteered());
}

TEST_CASE("control: a run that lingers answers calls after its end, and can go back from there") {
  if (!have_device()) return;
  const TemporaryFolder folder;
  Steered steered(fresh(), folder / "run", [](Control& control) { control.linger(); });
  Control& control = steered.control;
  REQUIRE(steered.pauses_at(84));
  control.call([](Between& between) { CHECK(between.moment().step == 84); }).get();
  CHECK_THROWS_WITH_AS(control.call([](Between& between) { between.profile_step(); }).get(),
                       doctest::Contains("no step left"), Error);
  control.roll_back("checkpoint-40.safetensors").get();
  REQUIRE(steered.pauses_at(40));
  control.step(4);
  REQUIRE(steered.pauses_at(44));
  control.go_on();
  REQUIRE(steered.pauses_at(84));
  control.go_on();  // there is nothing to do
  control.stop();
  steered.end();
  CHECK(!steered.result.stopped);
  CHECK(weights_of(steered.run) == unsteered());
}
