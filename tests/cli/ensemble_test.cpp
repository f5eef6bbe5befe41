// SPDX-License-Identifier: Apache-2.0
// eval --ensemble: what it prints, and what does not go together.
#include "tests/cli/binary.h"

using namespace lemnos;
using namespace lemnos::test;

namespace {

void succeeds(const Output& output) {
  CAPTURE(output.err);
  REQUIRE(output.code == 0);
}

void train(const Workplace& place, const std::string& arguments) {
  succeeds(place.lemnos("train " + arguments + " --quiet"));
}

void check_refused(const Workplace& place, const std::string& arguments,
                   const std::vector<const char*>& named) {
  const Output output = place.lemnos("eval " + arguments + " --quiet");
  CAPTURE(arguments);
  CAPTURE(output.err);
  CHECK(output.code == 2);
  CHECK(output.out.empty());
  for (const char* part : named) CHECK_MESSAGE(output.says(part), part);
}

}  // namespace

TEST_CASE("ensemble: members agree with eval alone, and checkpoints of one run go together too") {
  const Workplace place;
  if (!have_device(place)) return;
  train(place, "mlp --data blobs --hidden 4 --steps 30 --checkpoint-every 10 --keep 3 --out r");
  const Output output = place.lemnos(
      "eval --ensemble r/checkpoint-10.safetensors r/checkpoint-20.safetensors r --json");
  succeeds(output);
  const auto json = output.json();
  CHECK(json["split"] == "test");
  REQUIRE(json["members"].size() == 3);
  CHECK(json["members"][0]["run"] == "r/checkpoint-10.safetensors");
  CHECK(json["members"][1]["steps"] == 20);
  for (const char* run : {"r", "r/checkpoint-20.safetensors"}) {
    const auto alone = place.lemnos(fmt::format("eval {} --json", run)).json();
    const auto& member = json["members"][std::string(run) == "r" ? 2 : 1];
    for (const char* key : {"loss", "accuracy", "roc_auc", "confusion"})
      CHECK(alone[key] == member[key]);
  }
  for (const char* key : {"accuracy", "precision", "recall", "f1", "roc_auc", "loss", "confusion"})
    CHECK_MESSAGE(json["mean"].contains(key), key);
  CHECK(json["vote"].contains("confusion"));
  CHECK(!json["vote"].contains("loss"));
  const Output text = place.lemnos("eval --ensemble r r");
  for (const char* part : {"accuracy", "roc_auc", "mean ", "vote ", "100 rows"})
    CHECK_MESSAGE(text.out.find(part) != std::string::npos, part);
  CHECK(place.shell("cd r && $lemnos eval checkpoint-20.safetensors --json").json()["loss"] ==
        json["members"][1]["loss"]);
  CHECK(place.lemnos("train --resume r/checkpoint-10.safetensors").says("name its folder, r"));
}

TEST_CASE("ensemble: of numbers the mean is judged, in their own unit") {
  const Workplace place;
  if (!have_device(place)) return;
  for (const int seed : {1, 2})
    train(place, fmt::format("mlp --data linear --data-seed 0 --hidden 3 --steps 20 --seed {} "
                             "--out r{}",
                             seed, seed));
  const auto json = place.lemnos("eval --ensemble r1 r2 --json").json();
  CHECK(!json.contains("vote"));
  double mean_square = 0;
  for (const auto& member : json["members"]) {
    const double rmse = member["rmse"];
    mean_square += rmse * rmse / 2;
  }
  const double rmse = json["mean"]["rmse"];
  CHECK(rmse * rmse < mean_square);  // always so, but where both predict the same
  const auto same = place.lemnos("eval --ensemble r1 r1 --json").json();
  for (const char* key : {"rmse", "mae", "r2"})
    CHECK(same["mean"][key].get<double>() ==
          doctest::Approx(same["members"][0][key].get<double>()).epsilon(1e-5));
}

TEST_CASE("ensemble: folds of one data set are judged together by what the set itself holds out") {
  const Workplace place;
  if (!have_device(place)) return;
  for (const int fold : {0, 1})
    train(place, fmt::format("mlp --data blobs --hidden 4 --steps 5 --folds 3 --fold {} --out r{}",
                             fold, fold));
  check_refused(place, "--ensemble r0 r1", {"r1", "r0", "part 1 of 3", "part 0 of 3", "--data"});
  const Output output = place.lemnos("eval --ensemble r0 r1 --data blobs");
  succeeds(output);
  CHECK(output.out.find("100 rows") != std::string::npos);
}

TEST_CASE("ensemble: models of other classes, columns, encodings and rows are refused by name") {
  const Workplace place;
  if (!have_device(place)) return;
  os::write_file(place / "t.tsv", "text\tlabel\na b c\tx\nb c d\ty\nc d e\tx\nd e f\ty\n");
  std::string table = "a,b,kind\n";
  for (int i = 0; i < 30; ++i) table += fmt::format("{},{},{}\n", i % 7, i % 11, "xyz"[i % 3]);
  os::write_file(place / "t.csv", table);
  os::write_file(place / "n.csv", "a,b\n1,0.5\n2,1.5\n3,0.25\n4,2.5\n5,1.25\n6,0.75\n");
  const std::string brief = " --steps 1 --out ";
  train(place, "mlp --data blobs --hidden 2" + brief + "blobs");
  train(place, "mlp --data t.csv --hidden 2" + brief + "table");
  train(place, "mlp --data t.csv --hidden 2 --seed 5" + brief + "seed");
  train(place, "mlp --data n.csv --hidden 2" + brief + "number");
  train(place, "conv_vae --data tiny_images --filters 2 --latent 2" + brief + "vae");
  train(place, "lstm_classifier --data t.tsv --hidden 4 --embedding 4" + brief + "words");
  train(place, "lstm_classifier --data t.tsv --hidden 4 --embedding 4 --tokens characters" + brief +
                   "letters");
  check_refused(place, "--ensemble blobs table", {"table predicts 3 classes (x, y, z)", "blobs"});
  check_refused(place, "--ensemble table number", {"number predicts a number", "3 classes"});
  check_refused(place, "--ensemble table seed", {"other rows", "--data-seed 5", "--data-seed 0"});
  check_refused(place, "--ensemble words letters",
                {"letters encodes its texts otherwise", "words"});
  check_refused(place, "--ensemble vae blobs", {"vae (conv_vae) predicts neither"});
  check_refused(place, "--ensemble blobs", {"two runs or more, not 1"});
  check_refused(place, "blobs table", {"'table'", "--ensemble"});
}
