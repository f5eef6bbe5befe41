// SPDX-License-Identifier: Apache-2.0
// A run that was interrupted, however rudely, ends with the same bits as one that was not.
#include "data/formats/jsonl.h"
#include "tests/cli/binary.h"
#include "tests/stories/same_bits.h"

using namespace lemnos;
using namespace lemnos::test;

namespace {

std::vector<double> losses(const std::filesystem::path& file) {
  std::vector<double> all;
  for (const auto& line : data::read_jsonl(file)) {
    if (line["kind"] != "train") continue;
    CHECK(line["step"] == all.size() + 1);
    all.push_back(line["loss"]);
  }
  return all;
}

void check_equal(const Workplace& place, const std::string& a, const std::string& b) {
  const auto different =
      differences(place / (a + "/checkpoint.safetensors"), place / (b + "/checkpoint.safetensors"));
  for (const std::string& name : different) FAIL_CHECK(name);
  CHECK(losses(place / (a + "/metrics.jsonl")) == losses(place / (b + "/metrics.jsonl")));
}

void run(const Workplace& place, const std::string& arguments) {
  const Output output = place.lemnos(arguments + " --quiet");
  CAPTURE(output.err);
  REQUIRE(output.code == 0);
}

}  // namespace

TEST_CASE("resume: in the middle of an epoch, and over its end, the weights are the same bits") {
  const Workplace place;
  if (!have_device(place)) return;
  const std::string flags =
      "train mlp --data spirals --hidden 24 --dropout 0.2 --batch 30 --seed 9 --clip-norm 1 ";
  run(place, flags + "--steps 61 --out whole");  // 14 steps an epoch, the last one short
  run(place, flags + "--steps 5 --out parts");
  // What a kill leaves: lines from beyond the checkpoint, the last one torn.
  os::append_text(place / "parts/metrics.jsonl",
                  R"({"kind":"train","step":6,"epoch":0,"time":9,"loss":1,"ms":1})"
                  "\n"
                  R"({"kind":"tra)");
  run(place, "train --resume parts --steps 14");
  run(place, "train --resume parts --steps 39");
  CHECK(!differences(place / "whole/checkpoint.safetensors", place / "parts/checkpoint.safetensors")
             .empty());  // or the comparison would be worth nothing
  run(place, "train --resume parts --steps 61");
  check_equal(place, "whole", "parts");
}

TEST_CASE(
    "resume: a convolutional VAE, whose steps draw random numbers, goes on with the same bits") {
  const Workplace place;
  if (!have_device(place)) return;
  const std::string flags = "train conv_vae --data tiny_images --filters 4 --batch 64 --seed 4 ";
  run(place, flags + "--steps 16 --out whole");
  run(place, flags + "--steps 3 --out parts");
  run(place, "train --resume parts --steps 16");
  check_equal(place, "whole", "parts");
}

TEST_CASE(
    "resume: two networks against each other, with an optimizer each, end with the same bits") {
  const Workplace place;
  if (!have_device(place)) return;
  const std::string flags =
      "train dcgan --data tiny_images --filters 4 --latent 8 --batch 64 --seed 4 ";
  run(place, flags + "--steps 12 --out whole");
  run(place, flags + "--steps 5 --out parts");
  run(place, "train --resume parts --steps 12");
  check_equal(place, "whole", "parts");
}

TEST_CASE(
    "resume: data that are streamed to the device or live there are the same bits, mixed too") {
  const Workplace place;
  if (!have_device(place)) return;
  const std::string flags = "train cnn --data tiny_images --convolutions 4,4 --batch 30 --seed 4 ";
  run(place, flags + "--steps 40 --out whole");  // 14 steps an epoch, the last one short
  const Output begun = place.lemnos(flags + "--steps 5 --out parts --data-memory 0");
  CHECK(begun.says("batches are streamed"));
  run(place, "train --resume parts --steps 14 --data-memory 0");
  run(place, "train --resume parts --steps 17");
  run(place, "train --resume parts --steps 40 --data-memory 0");
  check_equal(place, "whole", "parts");
  const Output streamed = place.lemnos("eval parts --json --data-memory 0");
  CHECK(streamed.says("batches are streamed"));
  const Output resident = place.lemnos("eval parts --json --data-memory 1");
  CHECK(!resident.says("batches are streamed"));
  CHECK(resident.json().at("accuracy") > 0);
  CHECK(streamed.out == resident.out);
}

TEST_CASE("resume: killed at an arbitrary moment, the run ends with the same bits") {
  const Workplace place;
  if (!have_device(place)) return;
  const std::string flags =
      "train mlp --data xor --hidden 16 --steps 1500 --checkpoint-every 70 --seed 2 ";
  run(place, flags + "--out whole");
  const Output killed = place.shell(
      "$lemnos " + flags +
      "--out parts & child=$!; "
      "until grep -q '\"step\":140,.*checkpoint' parts/metrics.jsonl 2>/dev/null; do sleep 0.01; "
      "done; kill -KILL $child; wait $child");
  CHECK(killed.code == 137);  // it had not ended by itself
  run(place, "train --resume parts");
  check_equal(place, "whole", "parts");
}
