// SPDX-License-Identifier: Apache-2.0
// Training techniques as a user has them: by flags, through interruptions, and in what is kept.
#include "data/formats/jsonl.h"
#include "data/formats/safetensors.h"
#include "tests/cli/binary.h"

using namespace lemnos;
using namespace lemnos::test;

namespace {

nlohmann::json run(const Workplace& place, const std::string& arguments) {
  const Output output = place.lemnos(arguments + " --quiet --json");
  CAPTURE(output.err);
  REQUIRE(output.code == 0);
  return output.json();
}

std::vector<nlohmann::json> lines(const std::filesystem::path& file, const std::string& kind) {
  std::vector<nlohmann::json> found;
  for (const auto& line : data::read_jsonl(file))
    if (line["kind"] == kind) found.push_back(line);
  return found;
}

void check_same_weights(const Workplace& place, const std::string& a, const std::string& b) {
  const auto read = [&](const std::string& folder) {
    return data::read_safetensors(place / (folder + "/checkpoint.safetensors"));
  };
  const data::TensorFile left = read(a), right = read(b);
  REQUIRE(left.tensors.size() == right.tensors.size());
  for (const auto& [name, array] : left.tensors) {
    CAPTURE(name);
    CHECK(right.tensors.at(name).bytes == array.bytes);
  }
}

}  // namespace

TEST_CASE("techniques: all together learn, and an interruption changes no bit") {
  const Workplace place;
  if (!have_device(place)) return;
  const std::string flags =
      "train mlp --data blobs --hidden 24 --batch 10 --accumulate 3 --optimizer adamw --lr 0.02 "
      "--weight-decay 0.05 --schedule cosine --schedule-steps 150 --warmup 10 --lr-floor 0.1 "
      "--ema 0.9 --label-smoothing 0.05 --patience 50 --seed 5 ";
  const auto whole = run(place, flags + "--steps 150 --out whole");
  CHECK(whole["test"]["accuracy"] > 0.9);
  run(place, flags + "--steps 37 --out parts");
  run(place, "train --resume parts --steps 150");
  check_same_weights(place, "whole", "parts");

  const auto steps = lines(place / "whole/metrics.jsonl", "train");
  CHECK(steps[0]["learning_rate"].get<double>() == doctest::Approx(0.002));
  CHECK(steps[9]["learning_rate"].get<double>() == doctest::Approx(0.02));
  CHECK(steps[149]["learning_rate"].get<double>() == doctest::Approx(0.002).epsilon(0.01));

  // What was judged in training is the average; the weights themselves are there as well.
  CHECK(run(place, "eval whole")["loss"] == whole["test"]["loss"]);
  CHECK(run(place, "eval whole --raw")["loss"] != whole["test"]["loss"]);
}

TEST_CASE("techniques: early stopping keeps the best checkpoint, also when interrupted") {
  const Workplace place;
  if (!have_device(place)) return;
  const std::string flags =
      "train mlp --data spirals --hidden 64 --lr 0.3 --batch 40 --patience 2 ";
  const auto whole = run(place, flags + "--epochs 1000 --out whole");
  const std::uint64_t end = whole["steps"];
  REQUIRE(end < 10000);
  const auto evals = lines(place / "whole/metrics.jsonl", "eval");
  REQUIRE(evals.size() >= 3);
  const nlohmann::json& best = evals[evals.size() - 3];
  for (const nlohmann::json& each : evals) CHECK(each["loss"] >= best["loss"]);
  CHECK(lines(place / "whole/metrics.jsonl", "event").back()["event"] == "checkpoint");
  CHECK(run(place, "eval whole/best.safetensors")["loss"] == best["loss"]);
  CHECK(run(place, "eval whole")["loss"] == evals.back()["loss"]);

  run(place, flags + fmt::format("--epochs 1000 --steps {} --out parts",
                                 best["step"].get<std::uint64_t>()));
  run(place, "train --resume parts --epochs 1000");
  check_same_weights(place, "whole", "parts");
  const Output again = place.lemnos("train --resume parts");
  CHECK(again.says("more --patience"));
  const auto further = run(place, "train --resume parts --patience 3");
  CHECK(further["steps"] > end);
  const Output refused = place.lemnos("train --resume parts/best.safetensors");
  CHECK(refused.code == 2);
  CHECK(refused.says("--init begins another"));
}

TEST_CASE("techniques: a run's schedule is as long as the run, and config.json says so") {
  const Workplace place;
  if (!have_device(place)) return;
  const std::string flags = "train mlp --data blobs --hidden 4 --batch 100 --schedule one-cycle ";
  run(place, flags + "--epochs 5 --lr 1 --out five");  // 4 steps an epoch
  const auto steps = lines(place / "five/metrics.jsonl", "train");
  REQUIRE(steps.size() == 20);
  CHECK(steps[5]["learning_rate"].get<double>() == doctest::Approx(1));
  CHECK(steps[19]["learning_rate"].get<double>() == doctest::Approx(4e-6));
  const auto config = nlohmann::json::parse(os::read_text(place / "five/config.json"));
  CHECK(config["planned_steps"] == 20);
  CHECK(config["technique"]["schedule"] == "one-cycle");
  // Resumed for longer, the learning rate stays where it ended.
  run(place, "train --resume five --epochs 6");
  CHECK(lines(place / "five/metrics.jsonl", "train").back()["learning_rate"].get<double>() ==
        doctest::Approx(4e-6));
  // Another run by the same configuration plans its own steps.
  run(place, "train --config five/config.json --epochs 1 --out one");
  CHECK(lines(place / "one/metrics.jsonl", "train").back()["learning_rate"].get<double>() ==
        doctest::Approx(4e-6));
}
