// SPDX-License-Identifier: Apache-2.0
// Training with 16-bit storage ends where training in f32 does, through the command a user types.
#include <algorithm>
#include <cmath>

#include "data/formats/jsonl.h"
#include "tests/cli/binary.h"
#include "tests/stories/same_bits.h"

using namespace lemnos;
using namespace lemnos::test;

namespace {

nlohmann::json trained(const Workplace& place, const std::string& arguments) {
  const Output output = place.lemnos("train " + arguments + " --quiet --json");
  CAPTURE(output.err);
  REQUIRE(output.code == 0);
  return output.json();
}

// The mean loss of the last quarter of the steps: the batches are the same in all runs.
double end_loss(const std::filesystem::path& run) {
  std::vector<double> losses;
  for (const auto& line : data::read_jsonl(run / "metrics.jsonl"))
    if (line["kind"] == "train") losses.push_back(line["loss"]);
  const std::size_t last = losses.size() / 4;
  double sum = 0;
  for (std::size_t i = losses.size() - last; i < losses.size(); ++i) sum += losses[i];
  return sum / static_cast<double>(last);
}

void check_same_end(const Workplace& place, const std::string& arguments) {
  CAPTURE(arguments);
  trained(place, arguments + " --out f32");
  const double expected = end_loss(place / "f32");
  for (const std::string type : {"f16", "bf16"}) {
    trained(place, fmt::format("{} --precision {} --out {}", arguments, type, type));
    const double loss = end_loss(place / type);
    MESSAGE(arguments << " " << type << ": " << loss << ", f32 " << expected);
    CHECK(std::abs(loss - expected) <= 0.01 * expected);
  }
}

bool all_finite(const std::filesystem::path& checkpoint) {
  const auto finite = [](float x) { return std::isfinite(x); };
  for (const auto& [name, array] : data::read_safetensors(checkpoint).tensors)
    if (array.dtype == DType::f32 && !std::ranges::all_of(array.as<float>(), finite)) return false;
  return true;
}

}  // namespace

TEST_CASE("mixed precision: f16 and bf16 end within 1 % of f32's loss, mlp") {
  const Workplace place;
  if (have_device(place)) check_same_end(place, "mlp --data spirals --hidden 32,32 --steps 400");
}

TEST_CASE("mixed precision: gradients that overflow f16 halve the loss scale, and it goes on") {
  const Workplace place;
  if (!have_device(place)) return;
  const std::string flags = "mlp --data spirals --hidden 32 --precision f16 --loss-scale 16777216";
  trained(place, flags + " --steps 60 --out whole");
  std::vector<double> scales, skipped;
  for (const auto& line : data::read_jsonl(place / "whole/metrics.jsonl")) {
    if (line["kind"] == "train") scales.push_back(line["loss_scale"]);
    if (line["kind"] == "event" && line["event"] == "skipped") skipped.push_back(line["step"]);
  }
  REQUIRE(scales.size() == 60);
  CHECK(!skipped.empty());
  CHECK(skipped.size() < 20);
  CHECK(scales.back() == 16777216 / std::exp2(skipped.size()));
  CHECK(all_finite(place / "whole/checkpoint.safetensors"));

  // The scale is in the checkpoint: two halves are the whole, bit for bit.
  trained(place, flags + " --steps 30 --out parts");
  trained(place, "--resume parts --steps 60");
  CHECK(differences(place / "whole/checkpoint.safetensors", place / "parts/checkpoint.safetensors")
            .empty());
}

TEST_SUITE("long") {
  TEST_CASE("mixed precision: f16 and bf16 end within 1 % of f32's loss, mlp on images, cnn, gpt") {
    const Workplace place;
    if (!have_device(place)) return;
    for (const char* model :
         {"mlp --steps 600", "cnn --steps 400", "gpt --data fortunes --length 64 --steps 200"}) {
      check_same_end(place, model);
      for (const char* run : {"f32", "f16", "bf16"}) std::filesystem::remove_all(place / run);
    }
  }
}
