// SPDX-License-Identifier: Apache-2.0
// Several models together are better than each of them is on average.
#include "tests/cli/binary.h"

using namespace lemnos;
using namespace lemnos::test;

TEST_CASE("ensemble: three mlps together are at least as good as their mean, by mean and by vote") {
  const Workplace place;
  if (!have_device(place)) return;
  for (const int seed : {1, 2, 3}) {
    const Output output = place.lemnos(
        fmt::format("train mlp --data xor --data-seed 0 --hidden 4 --lr 0.01 --steps 100 "
                    "--seed {} --out r{} --quiet",
                    seed, seed));
    CAPTURE(output.err);
    REQUIRE(output.code == 0);
  }
  const Output output = place.lemnos("eval --ensemble r1 r2 r3 --json");
  CAPTURE(output.err);
  REQUIRE(output.code == 0);
  const auto json = output.json();
  double accuracy = 0, loss = 0;
  for (const auto& member : json["members"]) {
    accuracy += member["accuracy"].get<double>() / 3;
    loss += member["loss"].get<double>() / 3;
  }
  MESSAGE(json["mean"]["accuracy"], " and ", json["vote"]["accuracy"], " beside ", accuracy);
  CHECK(json["members"][0]["loss"] != json["members"][1]["loss"]);  // or nothing would be shown
  CHECK(accuracy > 0.6);
  CHECK(json["mean"]["accuracy"] >= accuracy);
  CHECK(json["vote"]["accuracy"] >= accuracy);
  CHECK(json["mean"]["loss"] < loss);
}
