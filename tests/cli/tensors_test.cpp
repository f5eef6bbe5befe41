// SPDX-License-Identifier: Apache-2.0
// The .safetensors files that `lemnos run` writes.
#include <algorithm>

#include "data/datasets/csv_table.h"
#include "data/datasets/dataset.h"
#include "data/formats/safetensors.h"
#include "tests/cli/binary.h"

using namespace lemnos;
using namespace lemnos::test;

namespace {

bool succeeds(const Output& output) {
  CAPTURE(output.err);
  CHECK(output.code == 0);
  return output.code == 0;
}

void check_usage(const Output& output, std::initializer_list<std::string> named) {
  CAPTURE(output.err);
  CHECK(output.code == 2);
  for (const std::string& part : named) CHECK_MESSAGE(output.says(part), part);
}

// Labelled texts, 12 of them.
void write_texts(const Workplace& place) {
  std::string table = "text,label\n";
  for (int i = 0; i < 6; ++i)
    table += fmt::format("the cat number {} sat,cats\nthe dog number {} ran off,dogs\n", i, i);
  os::write_file(place / "texts.csv", table);
}

constexpr const char* small = "--width 8 --heads 2 --layers 2 --length 10 --steps 2 --quiet";

}  // namespace

TEST_CASE("cli: --features of held-out data, from which the last layer makes eval's accuracy") {
  const Workplace place;
  if (!have_device(place)) return;
  REQUIRE(succeeds(place.lemnos("train mlp --data blobs --hidden 8 --epochs 3 --out r --quiet")));
  const Output output = place.lemnos("run r --features f.st --json");
  REQUIRE(succeeds(output));
  CHECK(output.json()["features"] == nlohmann::json({100, 8}));
  CHECK(output.json()["split"] == "test");
  const data::TensorFile file = data::read_safetensors(place / "f.st");
  CHECK(file.metadata.at("model") == "mlp");
  CHECK(file.metadata.at("split") == "test");
  CHECK(file.metadata.at("classes") == R"(["0","1"])");
  REQUIRE(file.tensors.at("features").shape == Shape{100, 8});
  const auto features = file.tensors.at("features").as<float>();
  const auto labels = file.tensors.at("labels").as<std::uint32_t>();
  REQUIRE(labels.size() == 100);

  const auto weights = data::read_safetensors(place / "r/checkpoint.safetensors").tensors;
  const auto weight = weights.at("model/layers.1.weight").as<float>();
  const auto bias = weights.at("model/layers.1.bias").as<float>();
  double right = 0;
  for (std::size_t row = 0; row < 100; ++row) {
    double logits[2] = {bias[0], bias[1]};
    for (std::size_t i = 0; i < 16; ++i) logits[i / 8] += weight[i] * features[row * 8 + i % 8];
    if ((logits[1] > logits[0]) == (labels[row] == 1)) ++right;
  }
  CHECK(place.lemnos("eval r --json").json()["accuracy"] == doctest::Approx(right / 100));
}

TEST_CASE("cli: --features have labels where the data have, whatever the model learned from them") {
  const Workplace place;
  if (!have_device(place)) return;
  const auto tensors_of = [&](const std::string& train, const std::string& run) {
    place.shell("rm -rf r");
    REQUIRE(succeeds(place.lemnos("train " + train + " --out r")));
    REQUIRE(succeeds(place.lemnos("run r --features f.st " + run)));
    return data::read_safetensors(place / "f.st").tensors;
  };
  // An autoencoder's codes, with the classes it never saw.
  const auto codes =
      tensors_of("conv_vae --data tiny_images --filters 4 --latent 3 --steps 2 --quiet", "");
  const data::Dataset images = data::open_dataset("tiny_images");
  CHECK(codes.at("features").shape == Shape{images.test.rows(), 3});
  CHECK(codes.at("labels").bytes == images.test.targets.bytes);
  // Numbers, as they were given.
  std::string table = "a,b,price\n";
  for (int i = 0; i < 40; ++i) table += fmt::format("{},{},{}\n", i % 7, i % 5, 1000.5 + 3 * i);
  os::write_file(place / "prices.csv", table);
  const auto numbers = tensors_of("mlp --data prices.csv --hidden 4 --steps 2 --quiet", "");
  const data::Dataset prices = data::csv_table(place / "prices.csv");
  CHECK(numbers.at("labels").bytes == prices.test.targets.bytes);
  CHECK(numbers.at("labels").shape == Shape{prices.test.rows()});
  // A language model's: of its own data as it learned from them; of others text by text.
  write_texts(place);
  std::string notes;
  for (int i = 0; i < 40; ++i) notes += fmt::format("line {} of running text\n", i);
  os::write_file(place / "notes", notes);
  const auto windows = tensors_of(std::string("gpt --data texts.csv ") + small, "");
  CHECK(windows.at("features").shape[1] == 8);
  CHECK(windows.count("labels") == 0);
  REQUIRE(succeeds(place.lemnos("run r --features t.st --data texts.csv")));
  const auto documents = data::read_safetensors(place / "t.st").tensors;
  CHECK(documents.at("features").shape == Shape{2, 8});
  CHECK(documents.at("labels").shape == Shape{2});
  REQUIRE(succeeds(place.lemnos("run r --features n.st --data notes")));
  CHECK(data::read_safetensors(place / "n.st").tensors.count("labels") == 0);
}

TEST_CASE("cli: tensors that cannot be had or written") {
  const Workplace place;
  if (!have_device(place)) return;
  REQUIRE(succeeds(place.lemnos("train seq2seq --steps 1 --out s --quiet")));
  check_usage(place.lemnos("run s --features f.st"), {"seq2seq has no features", "--prompt"});
  CHECK(!std::filesystem::exists(place / "f.st"));
  REQUIRE(succeeds(place.lemnos("train mlp --data blobs --steps 1 --out m --quiet")));
  const Output lost = place.lemnos("run m --features nowhere/f.st");
  CHECK(lost.code == 1);
  CHECK(lost.says("nowhere/f.st"));
  check_usage(place.lemnos("run m --features f.st --data no_such_set"), {"'no_such_set'"});
  const Output other = place.lemnos("run m --features f.st --data tiny_images");
  CHECK(other.code == 1);
  CHECK(other.says("tiny_images"));
  CHECK(other.says("the model takes rows [2]"));
}

TEST_CASE("cli: flags of tensors that contradict each other are wrong usage") {
  const Workplace place;
  check_usage(place.lemnos("run r --features f.st --predict x.png"), {"one of", "--features"});
  check_usage(place.lemnos("run r --features f.st --prompt hello"), {"one of", "--features"});
  check_usage(place.lemnos("run r --predict x.png --data blobs"), {"--data", "--features"});
}
