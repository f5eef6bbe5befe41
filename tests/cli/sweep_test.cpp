// SPDX-License-Identifier: Apache-2.0
// sweep: what it refuses before anything runs, and what it prints.
#include "tests/cli/binary.h"

using namespace lemnos;
using namespace lemnos::test;

namespace {

void succeeds(const Output& output) {
  CAPTURE(output.err);
  REQUIRE(output.code == 0);
}

struct Wrong {
  const char* arguments;
  std::vector<const char*> named;
};

// Nothing is left behind either.
void check_refused(const Workplace& place, const std::vector<Wrong>& cases) {
  for (const Wrong& wrong : cases) {
    const Output output = place.lemnos(std::string("sweep ") + wrong.arguments + " --out s");
    CAPTURE(std::string(wrong.arguments));
    CAPTURE(output.err);
    CHECK(output.code == 2);
    CHECK(output.out.empty());
    CHECK(!std::filesystem::exists(place / "s"));
    for (const char* part : wrong.named) CHECK_MESSAGE(output.says(part), part);
  }
}

}  // namespace

TEST_CASE("sweep: axes that are none, and flags that are none, are refused by name") {
  const Workplace place;
  check_refused(place, {{"", {"which model", "mlp"}},
                        {"resnet9000 --grid lr=1", {"'resnet9000'"}},
                        {"mlp --data blobs", {"what is to be varied", "--grid"}},
                        {"mlp --grid lr", {"--grid lr", "FLAG=VALUE"}},
                        {"mlp --grid lr=", {"--grid lr=", "a value is missing"}},
                        {"mlp --grid hiden=3", {"'hiden'", "hidden", "dropout"}},
                        {"mlp --grid latent=3", {"'latent'"}},
                        {"mlp --grid device=0", {"'device'"}},
                        {"mlp --grid out=a,b", {"'out'"}},
                        {"mlp --grid lr=1e-2,fast", {"--lr", "fast"}},
                        {"mlp --grid lr=1e-2,-1", {"--lr", "-1"}},
                        {"mlp --grid optimizer=adam,adamax", {"adamax", "nesterov"}},
                        {"mlp --grid epochs=1,0", {"--epochs", "0"}},
                        {"mlp --grid lr=1 --lr 2", {"--lr=2", "varied as well"}},
                        {"mlp --grid lr=1 --grid lr=2", {"another axis of --lr"}},
                        {"mlp --grid lr=1 --trials 3", {"--random"}},
                        {"mlp --random lr=1e-3..1e-1", {"--trials"}},
                        {"mlp --random lr=1e-1..1e-3 --trials 2", {"from a number up"}},
                        {"mlp --random lr=0.0..1 --trials 2", {"--lr", "0"}},
                        {"mlp --grid lr=1 --folds 1", {"--folds", "at least 2"}},
                        {"mlp --grid lr=1 --fold 1", {"--fold"}},
                        {"mlp --grid lr=1 --colour red", {"--colour", "--grid"}}});
}

TEST_CASE("sweep: what only the model and its data can refuse is refused before a run begins") {
  const Workplace place;
  if (!have_device(place)) return;
  check_refused(place,
                {{"mlp --data blobs --grid hidden=4,x", {"hidden", "\"x\""}},
                 {"mlp --data blobs --grid dropout=0.1,1.5", {"dropout", "1.5"}},
                 {"mlp --data blobs --grid lr=1 --folds 201", {"--folds 201", "each part"}},
                 {"mlp --data blobs --grid freeze=layers.0,head", {"--freeze", "head"}},
                 {"mlp --data blobs --grid lr=1 --metric rmse", {"rmse", "accuracy", "roc_auc"}},
                 {"mlp --data blobs --grid lr=1 --metric beauty", {"beauty", "accuracy"}}});
}

TEST_CASE("sweep: a trial that fails is told with its error, and the others are ranked") {
  const Workplace place;
  if (!have_device(place)) return;
  // Too large a rate: nothing is finite after few steps.
  const Output output = place.lemnos(
      "sweep mlp --data linear --optimizer sgd --hidden 4 --steps 300 --grid lr=1e5,0.1,0.01 --out "
      "s "
      "--json --quiet");
  succeeds(output);
  const auto json = output.json();
  CHECK(json["sweep"] == "s");
  CHECK(json["metric"] == "rmse");
  CHECK(json["larger_is_better"] == false);
  CHECK(json["stopped"] == false);
  REQUIRE(json["trials"].size() == 3);
  CHECK(json["trials"][0]["value"] <= json["trials"][1]["value"]);
  CHECK(json["trials"][0]["metrics"]["rmse"] == json["trials"][0]["value"]);
  const auto& last = json["trials"][2];
  CHECK(last["trial"] == 1);
  CHECK(last["settings"]["lr"] == "1e5");
  CHECK(last["error"].get<std::string>().find("not finite") != std::string::npos);
  CHECK(!last.contains("value"));

  const std::string run = json["trials"][0]["runs"][0];
  CHECK(place.lemnos("eval " + run + " --json").json()["rmse"] == json["trials"][0]["value"]);
  const Output again = place.lemnos("sweep --resume s --metric mae");
  succeeds(again);
  CHECK(again.says("trial 1 of 3 (lr=1e5): failed"));  // tried again
  CHECK(!again.says("trial 2 of 3"));
  CHECK(again.out.find("mae") != std::string::npos);
  CHECK(again.out.find("best: s/trial-") != std::string::npos);
  CHECK(place.lemnos("sweep --resume s --metric accuracy").says("rmse, mae, r2"));
  CHECK(place.lemnos("sweep --resume s --lr 3").says("--lr"));
  const Output other = place.lemnos("sweep mlp --data linear --grid lr=0.1 --out s");
  CHECK(other.code == 2);
  CHECK(other.says("another sweep"));
}

TEST_CASE("sweep: where every trial fails, so does the command") {
  const Workplace place;
  if (!have_device(place)) return;
  const Output output = place.lemnos(
      "sweep mlp --data linear --optimizer sgd --steps 150 --grid lr=1e5 --out s --quiet");
  CHECK(output.code == 1);
  CHECK(output.out.find("failed") != std::string::npos);
  // Too few steps for the training to give up: what it comes to is no result all the same.
  const Output shorter = place.lemnos(
      "sweep mlp --data linear --optimizer sgd --steps 60 --grid lr=1e5 --out t --quiet");
  CHECK(shorter.code == 1);
  CHECK(shorter.out.find("not finite at the end") != std::string::npos);
}

TEST_CASE("sweep: seeds of trials differ, the rows they are judged by do not") {
  const Workplace place;
  if (!have_device(place)) return;
  succeeds(
      place.lemnos("sweep mlp --data blobs --hidden 3 --steps 5 --grid seed=1,2 --out s --quiet"));
  const Output both = place.lemnos("eval --ensemble s/trial-1 s/trial-2 --json");
  succeeds(both);  // the same rows
  CHECK(both.json()["members"][0]["loss"] != both.json()["members"][1]["loss"]);
}
