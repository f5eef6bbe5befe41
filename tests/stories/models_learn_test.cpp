// SPDX-License-Identifier: Apache-2.0
// The models learn what PyTorch's do, on real data, through the command a user types. PyTorch's
// figures, same network and settings, seeds 0 to 2: mlp 87.1, 87.7, 86.9 % after 5 epochs; conv_vae
// 271.0 and 275.1 nats after one; seq2seq --cell transformer 99.9 to 100 % exact texts after 2000
// steps.
#include <algorithm>

#include "data/formats/safetensors.h"
#include "tests/cli/binary.h"

using namespace lemnos;
using namespace lemnos::test;

namespace {

nlohmann::json trained(const Workplace& place, const std::string& arguments) {
  const Output output = place.lemnos("train " + arguments + " --quiet --json");
  CAPTURE(output.err);
  REQUIRE(output.code == 0);
  const auto result = output.json();
  MESSAGE(arguments << ": " << result["steps"] << " steps, " << result["ms_per_step"]
                    << " ms a step, test " << result["test"].dump());
  CHECK(result["fallbacks"] == 0);
  CHECK(result["allocations"] == 0);
  return result["test"];
}

}  // namespace

TEST_CASE("learning: logistic regression tells 95 of 100 unseen tumours right") {
  const Workplace place;
  if (!have_device(place)) return;
  const char* table = "/usr/lib/python3/dist-packages/sklearn/datasets/data/breast_cancer.csv";
  if (!std::filesystem::exists(table))
    return skip("breast_cancer.csv of Debian's python3-sklearn is not installed");
  const auto test = trained(place, fmt::format("logistic_regression --data {}", table));
  CHECK(test["accuracy"] >= 0.95);
}

TEST_SUITE("long") {
  TEST_CASE("learning: mlp, three seeds, is right in 86.5 of 100 test images after 5 epochs") {
    const Workplace place;
    if (!have_device(place)) return;
    double sum = 0;
    for (const int seed : {0, 1, 2})
      sum +=
          trained(place, fmt::format("mlp --epochs 5 --seed {}", seed))["accuracy"].get<double>();
    CHECK(sum / 3 >= 0.865);
  }

  TEST_CASE(
      "learning: conv_vae, two seeds, needs at most 277 nats for a test image after an epoch") {
    const Workplace place;
    if (!have_device(place)) return;
    for (const int seed : {0, 1}) {
      const auto test = trained(place, fmt::format("conv_vae --epochs 1 --seed {}", seed));
      CHECK(test["bce"].get<double>() + test["kl"].get<double>() <= 277);
    }
  }

  TEST_CASE("learning: detector finds things with a mean average precision of 0.7 and more") {
    const Workplace place;
    if (!have_device(place)) return;
    for (const int seed : {0, 1})
      CHECK(trained(place, fmt::format("detector --epochs 2 --seed {}", seed))["map50"] >= 0.7);
  }

  TEST_CASE("learning: seq2seq reverses 99 of 100 unseen texts, each letter by looking at it") {
    const Workplace place;
    if (!have_device(place)) return;
    const auto test = trained(place, "seq2seq --cell transformer --steps 2000 --out r");
    CHECK(test["exact"] >= 0.99);
    CHECK(place.lemnos("run r --prompt forgevulcan --quiet").out == "nacluvegrof\n");
    REQUIRE(place.lemnos("run r --prompt forgevulcan --attention a.st --quiet").code == 0);
    const data::Array map = data::read_safetensors(place / "a.st").tensors.at("layers.2");
    REQUIRE(map.shape == Shape{1, 4, 12, 12});
    for (std::size_t letter = 0; letter < 11; ++letter) {
      std::vector<float> looked(12);  // by all heads
      for (std::size_t head = 0; head < 4; ++head)
        for (std::size_t i = 0; i < 12; ++i)
          looked[i] += map.as<float>()[(head * 12 + letter) * 12 + i];
      CHECK(std::ranges::max_element(looked) - looked.begin() == static_cast<long>(10 - letter));
    }
  }
}
