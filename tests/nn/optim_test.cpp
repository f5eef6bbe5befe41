// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "nn/compile.h"
#include "nn/init.h"
#include "nn/optim/adagrad.h"
#include "nn/optim/adam.h"
#include "nn/optim/make.h"
#include "nn/optim/rmsprop.h"
#include "nn/optim/sgd.h"
#include "ops/ops.h"
#include "runtime/doctor/session.h"
#include "runtime/exec/program.h"
#include "runtime/exec/reference.h"
#include "runtime/graph/trace.h"
#include "tests/golden/golden.h"
#include "tests/skip.h"

namespace lemnos::test {
namespace {

using Json = nlohmann::json;
using optim::Optimizer;

std::vector<float> narrowed(const Values& values) { return {values.begin(), values.end()}; }

Tensor parameter(const std::vector<float>& values) {
  Tensor made = nn::init::zeros({static_cast<std::int64_t>(values.size())});
  made.state()->set_values(values);
  return made;
}

// A step that is given its gradients, run by the reference or on the device.
class Stepper {
 public:
  Stepper(Optimizer& optimizer, const std::vector<Tensor>& parameters,
          const optim::StepOptions& options = {}, bool with_loss = false) {
    std::vector<Tensor> gradients;
    for (const Tensor& each : parameters)
      gradients.push_back(trace_.input("gradient", {each.shape(), DType::f32}));
    optim::StepOptions given = options;
    if (with_loss) given.loss = trace_.input("loss", {Shape{}, DType::f32});
    optimizer.step(gradients, given);
    trace_.graph().outputs = {optimizer.skipped().node(), optimizer.gradient_norm().node()};
  }

  // Returns skipped and gradient_norm; storages change in f32.
  std::vector<Values> by_reference(const std::vector<Values>& inputs) {
    const Evaluation done = evaluate_all(trace_.graph(), inputs);
    for (const auto& assign : trace_.graph().assigns)
      trace_.graph().storages[assign.storage]->write(
          0, std::as_bytes(std::span<const float>(narrowed(done.nodes[assign.value]))));
    return done.outputs;
  }

  std::vector<Values> on_device(const std::vector<Values>& inputs) {
    if (!program_) program_ = std::make_unique<Program>("step", trace_.graph(), device());
    for (std::uint32_t i = 0; i < inputs.size(); ++i)
      program_->set_input(i, std::as_bytes(std::span<const float>(narrowed(inputs[i]))));
    program_->submit();
    const std::vector<float> skipped = program_->output(0), norm = program_->output(1);
    return {{skipped[0]}, {norm[0]}};
  }

  const Program& program() const { return *program_; }
  const Graph& graph() { return trace_.graph(); }

 private:
  Trace trace_;
  std::unique_ptr<Program> program_;
};

std::unique_ptr<Optimizer> golden_optimizer(const Json& golden, const Tensor& p) {
  const std::string op = golden.at("op");
  const Json& a = golden.at("attributes");
  const optim::Parameters all(std::vector{p});
  const double weight_decay = a.value("weight_decay", 0.0);
  if (op == "sgd")
    return std::make_unique<optim::Sgd>(
        all, optim::SgdOptions{.lr = a.at("lr"), .weight_decay = weight_decay});
  if (op == "momentum")
    return std::make_unique<optim::Sgd>(
        all, optim::SgdOptions{
                 .lr = a.at("lr"), .momentum = a.at("momentum"), .nesterov = a.at("nesterov")});
  if (op == "rmsprop")
    return std::make_unique<optim::Rmsprop>(
        all, optim::RmspropOptions{.lr = a.at("lr"), .alpha = a.at("alpha"), .eps = a.at("eps")});
  if (op == "adagrad")
    return std::make_unique<optim::Adagrad>(
        all, optim::AdagradOptions{.lr = a.at("lr"), .eps = a.at("eps")});
  const optim::AdamOptions adam{.lr = a.at("lr"),
                                .beta1 = a.at("beta1"),
                                .beta2 = a.at("beta2"),
                                .eps = a.at("eps"),
                                .weight_decay = weight_decay};
  if (op == "adam") return std::make_unique<optim::Adam>(all, adam);
  if (op == "adamw")
    return std::make_unique<optim::AdamW>(
        all, optim::AdamWOptions{adam.lr, adam.beta1, adam.beta2, adam.eps, adam.weight_decay});
  return nullptr;
}

// Three updates against PyTorch's in float64; ours keep their state in f32.
int check_golden(const std::function<void(Stepper&, const std::vector<Values>&)>& run) {
  int compared = 0;
  const Json file = golden_file("ops.json");
  for (const Json& golden : file.at("cases")) {
    const Json& inputs = golden.at("inputs");
    if (inputs[0].at("name") != "parameter") continue;
    const std::string name = golden.at("op").get<std::string>() + golden.at("attributes").dump();
    CAPTURE(name);
    const Tensor p = parameter(golden_values(inputs[0].at("stream"), 5));
    const auto optimizer = golden_optimizer(golden, p);
    REQUIRE(optimizer);
    Stepper stepper(*optimizer, {p});
    const std::vector<float> gradients = golden_values(inputs[1].at("stream"), 15);
    for (std::size_t t = 0; t < 3; ++t) {
      run(stepper, {Values(gradients.begin() + static_cast<std::ptrdiff_t>(5 * t),
                           gradients.begin() + static_cast<std::ptrdiff_t>(5 * t + 5))});
      const std::vector<float> now = p.state()->values();
      for (std::size_t i = 0; i < 5; ++i) {
        CAPTURE(t);
        CAPTURE(i);
        CHECK(std::abs(now[i] - golden.at("output")[5 * t + i].get<double>()) < 5e-7);
      }
    }
    ++compared;
  }
  return compared;
}

Values storage_values(const Tensor& state) { return values_of(*state.state()->storage); }

}  // namespace

TEST_CASE("optim: three updates are PyTorch's, by the reference") {
  CHECK(check_golden([](Stepper& s, const std::vector<Values>& g) { s.by_reference(g); }) == 9);
}

TEST_CASE("optim: three updates are PyTorch's, on the device") {
  if (!have_device()) return;
  CHECK(check_golden([](Stepper& s, const std::vector<Values>& g) { s.on_device(g); }) == 9);
}

TEST_CASE("optim: an update of several parameters is one dispatch and leaves the padding zero") {
  if (!have_device()) return;
  const std::vector<Tensor> ps{parameter({1, 2, 3}), parameter(std::vector<float>(70, 0.5f))};
  optim::AdamW adam{ps, {.weight_decay = 0.1}};
  Stepper stepper(adam, ps);
  stepper.on_device({{1, -1, 2}, Values(70, 0.25)});
  stepper.on_device({{1, 0, 2}, Values(70, 0.25)});
  CHECK(ps[0].state()->storage == ps[1].state()->storage);
  CHECK(ps[1].state()->offset == 64);
  for (const optim::Slot& slot : adam.state()) {
    if (slot.parameter.empty()) continue;
    const Values flat = storage_values(slot.state);
    for (std::size_t i = 0; i < flat.size(); ++i)
      if ((i >= 3 && i < 64) || i >= 134) CHECK(flat[i] == 0);
  }
  const Values flat = storage_values(ps[0]);
  for (std::size_t i = 0; i < flat.size(); ++i)
    CHECK((flat[i] == 0) == ((i >= 3 && i < 64) || i >= 134));

  if (device()->caps().max_storage_buffers_per_stage < 12) return;  // several, then
  int updates = 0;  // dispatches that write parameters or moments
  const Plan& plan = stepper.program().plan();
  for (const PlannedDispatch& planned : plan.dispatches)
    updates += std::ranges::any_of(planned.accesses, [&](const Access& access) {
      const PlanBuffer& buffer = plan.buffers[access.buffer];
      return access.write && buffer.kind == PlanBuffer::Kind::storage &&
             plan.graph.storages[buffer.index]->elements() > 1;
    });
  CHECK(updates == 1);
}

TEST_CASE("optim: an update is skipped where a gradient or the loss is not finite") {
  const double nan = std::nan(""), infinity = INFINITY;
  for (const bool gpu : {false, true}) {
    if (gpu && !have_device()) return;
    CAPTURE(gpu);
    const Tensor p = parameter({1, 2});
    optim::Adam adam{std::vector{p}};
    Stepper stepper(adam, {p}, {}, true);
    const auto run = [&](const std::vector<Values>& inputs) {
      return gpu ? stepper.on_device(inputs) : stepper.by_reference(inputs);
    };
    CHECK(run({{1, nan}, {3}})[0] == Values{1});
    CHECK(run({{1, infinity}, {3}})[0] == Values{1});
    CHECK(run({{1, 1}, {nan}})[0] == Values{1});
    CHECK(p.state()->values() == std::vector<float>{1, 2});
    // As if nothing had happened: the first update that counts is Adam's first, lr in size.
    CHECK(run({{1, -1}, {3}})[0] == Values{0});
    CHECK(p.state()->values()[0] == doctest::Approx(1 - 1e-3));
    CHECK(p.state()->values()[1] == doctest::Approx(2 + 1e-3));
    CHECK(adam.state()[1].state.state()->values() == std::vector<float>{1});
  }
}

TEST_CASE("optim: clipping by the norm of all gradients together, and by value") {
  const std::vector<Tensor> ps{parameter({0}), parameter({0})};
  optim::Sgd sgd{ps, {.lr = 1}};
  sgd.clip_norm(1);
  Stepper by_norm(sgd, ps);
  CHECK(by_norm.by_reference({{3}, {-4}})[1] == Values{5});
  CHECK(ps[0].state()->values()[0] == doctest::Approx(-0.6).epsilon(1e-6));
  CHECK(ps[1].state()->values()[0] == doctest::Approx(0.8).epsilon(1e-6));
  by_norm.by_reference({{0.3}, {0}});  // short enough
  CHECK(ps[0].state()->values()[0] == doctest::Approx(-0.9).epsilon(1e-6));
  sgd.set_hyperparameter("clip_norm", 0.25);  // of the step that is recorded already
  by_norm.by_reference({{0}, {2}});
  CHECK(ps[1].state()->values()[0] == doctest::Approx(0.55).epsilon(1e-6));
  by_norm.by_reference({{0}, {-2}});
  CHECK_THROWS_WITH_AS(sgd.set_hyperparameter("clip_norm", 0),
                       doctest::Contains("clip_norm must be greater than 0"), Error);
  sgd.clip_norm(1e9);
  Stepper by_value(sgd, ps, {.clip_value = 0.5});
  by_value.by_reference({{7}, {-0.25}});
  CHECK(ps[0].state()->values()[0] == doctest::Approx(-1.4).epsilon(1e-6));
  CHECK(ps[1].state()->values()[0] == doctest::Approx(1.05).epsilon(1e-6));
}

TEST_CASE("optim: the learning rate is a state, set between steps") {
  const Tensor p = parameter({0});
  optim::Sgd sgd{std::vector{p}, {.lr = 1}};
  Stepper stepper(sgd, {p});
  stepper.by_reference({{1}});
  sgd.set_learning_rate(0.5);
  stepper.by_reference({{1}});
  CHECK(p.state()->values() == std::vector<float>{-1.5});
  CHECK_THROWS_AS(sgd.set_learning_rate(-1), Error);
  CHECK_THROWS_AS(sgd.set_learning_rate(std::nan("")), Error);
}

TEST_CASE("optim: weight decay is a state, of which each parameter has its share") {
  const Tensor matrix = nn::init::zeros({1, 1}), bias = parameter({1});
  matrix.state()->set_values(std::vector<float>{1});
  const std::vector<Tensor> ps{matrix, bias};
  optim::Sgd sgd{ps, {.lr = 0.5, .weight_decay = optim::WeightDecay::of_matrices(0.5)}};
  Stepper stepper(sgd, ps);
  stepper.by_reference({{0}, {0}});
  CHECK(matrix.state()->values() == std::vector<float>{0.75});
  sgd.set_hyperparameter("weight_decay", 1);
  stepper.by_reference({{0}, {0}});
  CHECK(matrix.state()->values() == std::vector<float>{0.375});
  CHECK(bias.state()->values() == std::vector<float>{1});
  optim::Sgd plain{ps, {.lr = 0.5}};
  CHECK_THROWS_WITH_AS(plain.set_hyperparameter("weight_decay", 1),
                       "this optimizer was not made with a weight_decay; it has learning_rate",
                       Error);
}

// Updates of a weight [2, 3], which decays, and a bias [4], which does not, with their average.
void check_groups(const Json& golden, bool device) {
  const Json& inputs = golden.at("inputs");
  const auto given = [&](std::size_t i, std::int64_t count) {
    return golden_values(inputs[i].at("stream"), count);
  };
  Tensor weight = nn::init::zeros({2, 3});
  weight.state()->set_values(given(0, 6));
  const std::vector<Tensor> ps{weight, parameter(given(1, 4))};
  const auto decay = optim::WeightDecay::of_matrices(golden.at("weight_decay"));
  std::unique_ptr<Optimizer> optimizer;
  if (golden.at("op") == "sgd")
    optimizer = std::make_unique<optim::Sgd>(
        ps, optim::SgdOptions{.lr = golden.at("lr"), .weight_decay = decay});
  else
    optimizer = std::make_unique<optim::AdamW>(
        ps, optim::AdamWOptions{.lr = golden.at("lr"), .weight_decay = decay});
  optimizer->average(golden.at("average_decay"));
  Stepper stepper(*optimizer, ps);
  const std::vector<float> gradients = given(2, 60);
  for (std::size_t step = 0; step < 6; ++step) {
    std::vector<Values> now{Values(6), Values(4)};
    for (std::size_t i = 0; i < 10; ++i)
      now[i / 6][i % 6] = step == 3 ? std::nan("") : gradients[10 * step + i];
    device ? stepper.on_device(now) : stepper.by_reference(now);
    const auto slots = optimizer->state();
    for (std::size_t i = 0; i < 10; ++i) {
      CAPTURE(step);
      CAPTURE(i);
      const Tensor& average = slots[slots.size() - 2 + i / 6].state;
      CHECK(std::abs(ps[i / 6].state()->values()[i % 6] -
                     golden.at("after")[10 * step + i].get<double>()) < 1e-6);
      CHECK(std::abs(average.state()->values()[i % 6] -
                     golden.at("average")[10 * step + i].get<double>()) < 1e-6);
    }
  }
}

TEST_CASE("optim: weight decay of matrices alone, and the average of the weights, are PyTorch's") {
  const Json training = golden_file("training.json");
  for (const Json& golden : training.at("updates")) {
    const std::string op = golden.at("op");
    CAPTURE(op);
    check_groups(golden, false);
    if (have_device()) check_groups(golden, true);
  }
}

TEST_CASE("optim: a schedule changes the rate of each update, and a skipped one does not count") {
  const Tensor p = parameter({0});
  optim::Sgd sgd{std::vector{p}, {.lr = 1}};
  sgd.schedule(optim::step_decay(1, 0.5));
  Stepper stepper(sgd, {p});
  stepper.by_reference({{1}});
  stepper.by_reference({{INFINITY}});
  stepper.by_reference({{1}});
  CHECK(p.state()->values()[0] == doctest::Approx(-1.5));
  sgd.set_learning_rate(2);
  stepper.by_reference({{1}});
  CHECK(p.state()->values()[0] == doctest::Approx(-2));
}

TEST_CASE("optim: in a function that asks for it the parameters are their average") {
  if (!have_device()) return;
  const Tensor a = parameter({1, 2}), b = parameter({3});
  optim::Sgd sgd{std::vector{a, b}, {.lr = 1}};
  sgd.average(0.5);
  Stepper stepper(sgd, {a, b});
  stepper.on_device({{1, 1}, {2}});  // of the average 9 / 11 is new
  auto averages = compile([&] {
    sgd.use_average();
    return concat({a * 1.0, b * 1.0}, 0);
  });
  auto values = compile([&] { return concat({a * 1.0, b * 1.0}, 0); });
  const auto average = averages().values();
  const double expected[] = {1 - 9.0 / 11, 2 - 9.0 / 11, 3 - 18.0 / 11};
  for (std::size_t i = 0; i < 3; ++i) CHECK(average[i] == doctest::Approx(expected[i]));
  CHECK(values().values() == std::vector<float>{0, 1, 1});
}

TEST_CASE("optim: state lists what a checkpoint must hold, by slot and parameter") {
  const Tensor a = parameter({1, 2}), b = parameter({3});
  optim::Adam adam{std::vector<Parameter>{{"layer.weight", a}, {"layer.bias", b}}};
  std::vector<std::string> names;
  for (const optim::Slot& slot : adam.state()) names.push_back(slot.slot + "/" + slot.parameter);
  CHECK(names == std::vector<std::string>{"learning_rate/", "updates/", "m/layer.weight",
                                          "m/layer.bias", "v/layer.weight", "v/layer.bias"});
  CHECK(adam.state()[3].state.shape() == Shape{1});
  CHECK(b.state()->values() == std::vector<float>{3});
}

TEST_CASE("optim: wrong uses are errors that name the parameter") {
  const Tensor a = parameter({1, 2}), b = parameter({3});
  CHECK_THROWS_WITH_AS((optim::Sgd{std::vector{a, b, a}}), doctest::Contains("twice, as 0 and 2"),
                       Error);
  CHECK_THROWS_WITH_AS((optim::Sgd{std::vector<Tensor>{}}), doctest::Contains("no parameters"),
                       Error);
  CHECK_THROWS_WITH_AS((optim::Adam{std::vector{a}, {.beta1 = 1}}), doctest::Contains("beta1"),
                       Error);
  CHECK_THROWS_WITH_AS((optim::Sgd{std::vector{a}, {.nesterov = true}}),
                       doctest::Contains("momentum"), Error);
  CHECK_THROWS_WITH_AS(optim::make("adamm", std::vector{a}), doctest::Contains("adamw"), Error);

  optim::Sgd first{std::vector{a, b}};
  Trace trace;
  CHECK_THROWS_WITH_AS(first.step({fill({2}, 1)}), doctest::Contains("2 parameters was given 1"),
                       Error);
  CHECK_THROWS_WITH_AS(first.step({fill({2}, 1), fill({2}, 1)}),
                       doctest::Contains("the gradient of 1 has shape [2], the parameter [1]"),
                       Error);
  optim::Sgd second{std::vector{b}};
  CHECK_THROWS_WITH_AS(first.step({fill({2}, 1), fill({1}, 1)}),
                       doctest::Contains("another optimizer"), Error);
}

TEST_CASE("optim: every name makes an optimizer") {
  for (const std::string_view name : optim::names()) {
    const Tensor p = parameter({1});
    const auto made = optim::make(name, std::vector{p}, {.lr = 0.25});
    CHECK(made->learning_rate().state()->values() == std::vector<float>{0.25f});
  }
}

}  // namespace lemnos::test
