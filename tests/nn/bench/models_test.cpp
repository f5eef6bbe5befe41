// SPDX-License-Identifier: Apache-2.0
// Rows of models: losses and answers are those of the reference, and a wrong one does not pass.
#include "nn/bench/models.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "nn/models/mlp.h"
#include "runtime/base/error.h"
#include "runtime/base/os.h"
#include "runtime/doctor/session.h"
#include "runtime/graph/trace.h"
#include "tests/skip.h"

namespace lemnos::test {
namespace {

using namespace bench;

// As `mlp` of the suite, but small.
ModelCase small_model() {
  ModelCase model = model_cases().front();
  model.name = "small";
  model.batch = 8;
  model.checked_batch = 4;
  model.input.shape = Shape{4, 4, 1};
  model.make = [] {
    const auto mlp = std::make_shared<nn::Mlp>(nn::Mlp::Config{.inputs = 16, .hidden = {8}});
    return classification(named_parameters(*mlp),
                          {[mlp](const Tensor& x) { return (*mlp)(x); },
                           [mlp](const Tensor& x) { return mlp->features(x); }});
  };
  return model;
}

Row measured(const ModelCase& model, Use use) {
  Timer timer(device(), {.warm_up = 1, .repetitions = 3, .seconds = 0, .attempts = 1});
  return measure_model(model, use, timer);
}

double extra(const Row& row, std::string_view name) {
  const auto found = std::ranges::find(row.extras, name, &Row::Extra::name);
  REQUIRE_MESSAGE(found != row.extras.end(), std::string(name));
  return found->value;
}

// The values as they are; to the reference, the last one is another.
Tensor wrong_at_the_edge(const Tensor& x) {
  static const OpDef op = [] {
    OpDef copy = *runtime_ops().copy;
    copy.reference = [](const Problem&, std::span<const Values> in, Values& out) {
      out = in[0];
      out.back() += 0.01;
    };
    return copy;
  }();
  return record(op, {x});
}

}  // namespace

TEST_CASE("models: training and answers are right, and a row has what only models have") {
  if (!have_device()) return;
  const Row train = measured(small_model(), Use::train);
  CHECK(train.note.empty());
  CHECK(train.checked);
  CHECK(train.pass);
  CHECK(train.wall_ms.size() == 3);
  CHECK(train.flops > 8 * 2.0 * 16 * 8);
  for (const char* name : {"compile", "first step", "peak memory", "steps"})
    CHECK(extra(train, name) > 0);
  CHECK(extra(train, "samples") == doctest::Approx(8 * extra(train, "steps")));

  const Row run = measured(small_model(), Use::run);
  CHECK(run.note.empty());
  CHECK(run.pass);
  CHECK(extra(run, "latency p50") > 0);
  CHECK(extra(run, "latency p99") >= extra(run, "latency p50"));
}

TEST_CASE("models: a wrong answer does not pass") {
  if (!have_device()) return;
  ModelCase model = small_model();
  const auto right = model.answer;
  model.answer = [right](const Task& task, const Tensor& x) {
    return wrong_at_the_edge(right(task, x));
  };
  const Row row = measured(model, Use::run);
  CHECK(row.checked);
  CHECK(!row.pass);
  CHECK(row.error > 1);
}

TEST_CASE("models: what cannot be recorded has failed, with the reason") {
  if (!have_device()) return;
  ModelCase model = small_model();
  model.answer = [](const Task&, const Tensor&) -> Tensor { fail("no such layer"); };
  const Row row = measured(model, Use::run);
  CHECK(!row.pass);
  CHECK(row.note == "failed: no such layer");
  CHECK(row.times().empty());
}

TEST_CASE("models: the kept losses of mlp are what the double reference computes") {
  const ModelCase mlp = model_cases().front();
  const std::vector<double> kept = kept_losses(mlp);
  REQUIRE(kept.size() >= 2);
  const std::vector<double> computed = compute_losses(mlp, 2);
  CHECK(computed[0] == doctest::Approx(kept[0]).epsilon(1e-12));
  CHECK(computed[1] == doctest::Approx(kept[1]).epsilon(1e-12));
  CHECK(kept_losses(ModelCase{.name = "no such model"}).empty());
  ModelCase half = mlp;
  half.precision = DType::bf16;
  CHECK(losses_name(half) == mlp.name + " bf16");
  CHECK(kept_losses(half).size() >= 2);
}

TEST_CASE("models: names are unique, and some are quick") {
  std::set<std::string> names;
  int quick = 0;
  for (const ModelCase& model : model_cases()) {
    for (const Use use : {Use::train, Use::run})
      CHECK_MESSAGE(names.insert(row_name(model, use)).second, model.name);
    quick += model.quick ? 1 : 0;
  }
  CHECK(quick > 0);
}

// LEMNOS_WRITE_LOSSES="losses.json conv_vae:3,mlp 784-512-10:5" adds the losses of these models, so
// many steps of each, to the file: how tests/speed/baselines/suite-1-losses.json was made.
TEST_SUITE_BEGIN("long");
TEST_CASE("models: losses are computed again where that is asked for") {
  const std::string asked = os::env("LEMNOS_WRITE_LOSSES").value_or("");
  if (asked.empty()) return;
  const std::size_t space = asked.find(' ');
  const std::string path = asked.substr(0, space);
  nlohmann::ordered_json file{{"suite", suite_version},
                              {"losses", nlohmann::ordered_json::object()}};
  if (std::filesystem::exists(path)) file = nlohmann::ordered_json::parse(os::read_text(path));
  std::istringstream wanted(asked.substr(space + 1));
  for (std::string each; std::getline(wanted, each, ',');) {
    const std::size_t colon = each.find(':');
    for (const ModelCase& model : model_cases()) {
      const std::string name = losses_name(model);
      if (name != each.substr(0, colon)) continue;
      file["losses"][name] = compute_losses(model, std::stoi(each.substr(colon + 1)));
      os::write_file(path, file.dump(1) + "\n");
      MESSAGE(name << ": " << file["losses"][name].dump());
    }
  }
}
TEST_SUITE_END();

}  // namespace lemnos::test
