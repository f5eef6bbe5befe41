// SPDX-License-Identifier: Apache-2.0
// Augmentation and mixup as a user has them: in training alone, by the seed, through interruptions.
#include "data/formats/image.h"
#include "runtime/base/os.h"
#include "tests/cli/binary.h"
#include "tests/stories/same_bits.h"

using namespace lemnos;
using namespace lemnos::test;

namespace {

const std::string model = "cnn --data tiny_images --convolutions 4 --hidden 8 --batch 64 ";
const std::string all = "--augment flip,rotate=15,scale=0.2,crop --mixup 0.4 ";

nlohmann::json run(const Workplace& place, const std::string& arguments) {
  const Output output = place.lemnos(arguments + " --quiet --json");
  CAPTURE(output.err);
  REQUIRE(output.code == 0);
  return output.json();
}

// Whether two runs ended with other weights.
bool differ(const Workplace& place, const std::string& a, const std::string& b) {
  return !differences(place / (a + "/checkpoint.safetensors"),
                      place / (b + "/checkpoint.safetensors"))
              .empty();
}

}  // namespace

TEST_CASE("augmentation: a seed's run is the same again, and others differ") {
  const Workplace place;
  if (!have_device(place)) return;
  const auto train = [&](const std::string& flags, const std::string& folder) {
    run(place, "train " + model + "--steps 10 " + flags + " --out " + folder);
  };
  train(all, "one");
  train(all, "again");
  CHECK(!differ(place, "one", "again"));
  train("", "plain");
  CHECK(differ(place, "one", "plain"));
  train("--mixup 0.4", "mixed");
  CHECK(differ(place, "mixed", "plain"));
  CHECK(differ(place, "mixed", "one"));

  const auto shown = [&](const char* folder) {
    return data::read_png(place / folder / "samples/augmented.png");
  };
  CHECK(shown("one").bytes == shown("again").bytes);
  CHECK(shown("one").shape == Shape{8 * 8 + 7 * 2, 8 * 8 + 7 * 2, 1});
  CHECK(!std::filesystem::exists(place / "plain/samples/augmented.png"));
}

TEST_CASE("augmentation: evaluations see images as they are") {
  const Workplace place;
  if (!have_device(place)) return;
  const auto trained = run(place, "train " + model + "--steps 40 " + all + "--out run");
  auto config = nlohmann::json::parse(os::read_text(place / "run/config.json"));
  CHECK(config["technique"]["augment"] == "flip,rotate=15,scale=0.2,crop");
  CHECK(config["technique"]["mixup"] == 0.4);
  const auto judged = run(place, "eval run");
  CHECK(judged["loss"] == trained["test"]["loss"]);
  // The same weights, where nothing is known of any augmentation.
  config["technique"]["augment"] = "none";
  config["technique"]["mixup"] = 0;
  REQUIRE(place.shell("cp -r run plain").code == 0);
  os::write_file(place / "plain/config.json", config.dump());
  auto plain = run(place, "eval plain");
  for (const char* each : {"loss", "accuracy", "confusion"}) CHECK(judged[each] == plain[each]);
}

TEST_CASE("augmentation: an interruption changes no bit, with accumulated batches too") {
  const Workplace place;
  if (!have_device(place)) return;
  const std::string flags = "train " + model + all + "--accumulate 2 --seed 3 ";
  run(place, flags + "--steps 13 --out whole");  // 4 steps an epoch, the last one short
  run(place, flags + "--steps 6 --out parts");
  const auto before = std::filesystem::last_write_time(place / "parts/samples/augmented.png");
  CHECK(differ(place, "whole", "parts"));
  run(place, "train --resume parts --steps 13");
  CHECK(!differ(place, "whole", "parts"));
  CHECK(std::filesystem::last_write_time(place / "parts/samples/augmented.png") == before);
}

TEST_CASE("augmentation: what it is not for is told before anything is made, and exits with 2") {
  const Workplace place;
  if (!have_device(place)) return;
  os::write_file(place / "words.txt", "one two three four five six seven eight nine ten");
  for (const auto& [arguments, words] : std::initializer_list<std::pair<const char*, const char*>>{
           {"mlp --data blobs --augment flip", "--augment is for images; a row of these data is"},
           {"gpt --augment flip --length 8 --data words.txt", "--augment is for images"},
           {"cnn --data tiny_images --augment crop=0.05", "of images of 8 x 8 pixels that is none"},
           {"cnn --data tiny_images --augment flop", "there is no 'flop'; there are flip, rotate"},
           {"cnn --data tiny_images --mixup 2", "--mixup must be from 0.001 to 1, not 2"},
           {"conv_vae --data tiny_images --mixup 0.2", "--mixup is for models that tell classes"},
           {"mlp --data linear --mixup 0.2", "--mixup is for models that tell classes"},
           {"gpt --mixup 0.2 --length 8 --data words.txt",
            "--mixup blends images or numbers; gpt reads"}}) {
    CAPTURE(arguments);
    const Output output = place.lemnos(std::string("train ") + arguments + " --steps 1 --out x");
    CAPTURE(output.err);
    CHECK(output.code == 2);
    CHECK(output.says(words));
    CHECK(!std::filesystem::exists(place / "x"));
  }
  run(place, "train " + model + "--steps 1 --out run");
  CHECK(place.lemnos("train --resume run --augment flip").says("--augment cannot be given"));
}
