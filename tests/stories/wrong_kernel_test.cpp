// SPDX-License-Identifier: Apache-2.0
// A driver is wrong about a kernel. Training there gives other losses, until the doctor has found
// the kernel: then they are those of a driver that is right.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "data/datasets/synthetic.h"
#include "nn/init.h"
#include "nn/optim/adam.h"
#include "nn/train/models.h"
#include "nn/train/trainer.h"
#include "runtime/doctor/checkup.h"
#include "runtime/doctor/session.h"
#include "tests/runtime/gpu/broken_driver.h"
#include "tests/skip.h"

namespace lemnos::test {
namespace {

struct Losses : Observer {
  void on_step(const StepInfo& step) override { all.push_back(step.loss); }
  std::vector<double> all;
};

std::vector<double> train_mlp() {
  data::Dataset dataset = data::spirals(200);
  const Preprocessing preprocessing = Preprocessing::fit(dataset);
  dataset = preprocessing.apply(std::move(dataset));
  const ModelKind& mlp = model_kind("mlp");
  seed(1);
  const std::vector<Setting> hidden{{"hidden", "16"}};
  const auto task = mlp.make(mlp.configure(preprocessing, "", nullptr, hidden), preprocessing);
  optim::Adam adam(task->parameters(), optim::AdamOptions{.lr = 1e-2});
  const auto losses = std::make_shared<Losses>();
  Trainer(*task, {&adam}, dataset, {.epochs = 100, .steps = 8}, {losses}).run({});
  return losses->all;
}

double furthest(const std::vector<double>& a, const std::vector<double>& b) {
  REQUIRE(a.size() == b.size());
  double most = 0;
  for (std::size_t i = 0; i < a.size(); ++i) most = std::max(most, std::abs(a[i] - b[i]));
  return most;
}

// The findings that concern what an mlp is made of.
std::vector<std::string> wrong_kernels(const BrokenDriver& driver) {
  const doctor::Journal silent{[](const auto&, const auto&) {}, [](auto&) {}};
  std::vector<doctor::Finding> known;
  for (const doctor::Try& each : doctor::choose(device()->caps(), doctor::Scope::first_use))
    if (each.test_case.op->name != "matmul")
      known.push_back({.name = each.name, .kernels = each.kernels});
  return quarantined(doctor::judge(
      doctor::check_up([&] { return driver.open(); }, doctor::Scope::first_use, silent, known)));
}

}  // namespace

TEST_CASE("wrong kernel: once it is quarantined, training gives the right losses") {
  if (!have_device()) return;
  const gpu::Caps& caps = device()->caps();
  if (caps.subgroup_size != 8 || !caps.texel_loads_preferred || !caps.subgroup_arithmetic)
    return skip("the kernel that is broken here is that of lavapipe with 8 lanes, nothing hidden");
  const std::vector<double> right = train_mlp();

  const BrokenDriver driver("matmul_registers_texel", [](Words& words) {
    for_each_instruction(words, add_floats, [](auto each) { turn_into(each, subtract_floats); });
  });
  use(driver.open());
  CHECK(furthest(train_mlp(), right) > 1e-2);

  const auto mended = driver.open();
  mended->quarantine(wrong_kernels(driver));
  CHECK(mended->caps().quarantined == std::vector<std::string>{"matmul_registers_texel"});
  use(mended);
  CHECK(furthest(train_mlp(), right) < 1e-4);
  use(nullptr);
}

}  // namespace lemnos::test
