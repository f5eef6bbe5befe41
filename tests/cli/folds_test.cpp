// SPDX-License-Identifier: Apache-2.0
// train --folds and --data-seed: which rows a run is judged by, now and later.
#include "data/formats/safetensors.h"
#include "tests/cli/binary.h"

using namespace lemnos;
using namespace lemnos::test;

namespace {

void succeeds(const Output& output) {
  CAPTURE(output.err);
  REQUIRE(output.code == 0);
}

std::uint64_t rows_of(const nlohmann::json& metrics) {
  std::uint64_t rows = 0;
  for (const auto& line : metrics.at("confusion"))
    for (const std::uint64_t count : line) rows += count;
  return rows;
}

data::Array labels_of(const Workplace& place, const std::string& run) {
  succeeds(place.lemnos("run " + run + " --features f.safetensors --quiet"));
  return data::read_safetensors(place / "f.safetensors").tensors.at("labels");
}

}  // namespace

TEST_CASE("folds: train, resume, eval and run hold out the same part, --data takes the set's own") {
  const Workplace place;
  if (!have_device(place)) return;
  const Output trained =
      place.lemnos("train mlp --data blobs --folds 5 --fold 2 --steps 40 --out r --json --quiet");
  succeeds(trained);
  CHECK(rows_of(trained.json()["test"]) == 80);  // a fifth of 400
  const auto eval = place.lemnos("eval r --json").json();
  CHECK(eval["loss"] == trained.json()["test"]["loss"]);
  CHECK(rows_of(place.lemnos("eval r --split train --json").json()) == 320);
  CHECK(rows_of(place.lemnos("eval r --data blobs --json").json()) == 100);
  CHECK(labels_of(place, "r").rows() == 80);
  const Output resumed = place.lemnos("train --resume r --steps 60 --json --quiet");
  succeeds(resumed);
  CHECK(rows_of(resumed.json()["test"]) == 80);
  CHECK(place.lemnos("train --resume r --fold 1").says("--fold"));

  succeeds(place.lemnos("train --config r/config.json --fold 3 --steps 60 --out other --quiet"));
  CHECK(place.lemnos("eval other --json").json()["loss"] != resumed.json()["test"]["loss"]);
  CHECK(place.lemnos("train mlp --data blobs --folds 201 --fold 0").says("each part needs one"));
}

TEST_CASE("--data-seed: runs of other seeds are judged by the same rows") {
  const Workplace place;
  if (!have_device(place)) return;
  std::string table = "a,b,kind\n";
  for (int i = 0; i < 60; ++i) table += fmt::format("{},{},{}\n", i % 7, i % 11, "xyz"[i % 3]);
  os::write_file(place / "t.csv", table);
  std::vector<data::Array> labels;
  for (const char* seeds : {"--seed 1", "--seed 2", "--seed 1 --data-seed 2"}) {
    const auto run = fmt::format("r{}", labels.size());
    succeeds(
        place.lemnos(fmt::format("train mlp --data t.csv --hidden 4 --steps 2 {} --out {} "
                                 "--quiet",
                                 seeds, run)));
    labels.push_back(labels_of(place, run));
  }
  CHECK(labels[0].bytes != labels[1].bytes);
  CHECK(labels[2].bytes == labels[1].bytes);
}
