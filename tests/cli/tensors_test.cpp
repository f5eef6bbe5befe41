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
  CHECK(output.json()["tensors"]["features"] == nlohmann::json({100, 8}));
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

TEST_CASE("cli: --attention maps of a text, as long as it is, for each layer and head") {
  const Workplace place;
  if (!have_device(place)) return;
  write_texts(place);
  REQUIRE(succeeds(place.lemnos(std::string("train gpt --data texts.csv --out r ") + small)));
  const Output output = place.lemnos("run r --attention a.st --prompt 'the cat' --json");
  REQUIRE(succeeds(output));
  CHECK(output.json()["tensors"]["layers.1"] == nlohmann::json({1, 2, 7, 7}));
  const data::TensorFile file = data::read_safetensors(place / "a.st");
  CHECK(file.tensors.size() == 3);
  CHECK(file.metadata.at("tokens") == R"([["t","h","e"," ","c","a","t"]])");
  CHECK(file.tensors.at("inputs").shape == Shape{1, 7});
  for (const char* name : {"layers.0", "layers.1"}) {
    const data::Array& map = file.tensors.at(name);
    REQUIRE(map.shape == Shape{1, 2, 7, 7});
    for (std::size_t row = 0; row < 14; ++row) {
      const auto weights = map.as<float>().subspan(row * 7, 7);
      double seen = 0;
      for (std::size_t key = 0; key <= row % 7; ++key) seen += weights[key];
      CHECK(seen == doctest::Approx(1).epsilon(1e-5));
      for (std::size_t key = row % 7 + 1; key < 7; ++key) CHECK(weights[key] == 0);
    }
  }
}

TEST_CASE("cli: --attention and --saliency of the first held-out rows, beside what they are") {
  const Workplace place;
  if (!have_device(place)) return;
  REQUIRE(
      succeeds(place.lemnos("train vit --data tiny_images --embedding 8 --heads 2 --layers 2 "
                            "--steps 2 --out r --quiet")));
  const data::Dataset images = data::open_dataset("tiny_images");
  REQUIRE(succeeds(place.lemnos("run r --attention a.st --rows 3")));
  const auto maps = data::read_safetensors(place / "a.st").tensors;
  CHECK(maps.at("layers.1").shape == Shape{3, 2, 4, 4});
  const std::vector<std::uint32_t> first{0, 1, 2};
  CHECK(maps.at("inputs").bytes == images.test.inputs.take(first).bytes);
  CHECK(maps.at("labels").bytes == images.test.targets.take(first).bytes);

  REQUIRE(succeeds(place.lemnos("run r --saliency s.st")));
  const data::TensorFile file = data::read_safetensors(place / "s.st");
  CHECK(file.metadata.at("split") == "test");
  CHECK(file.tensors.at("saliency").shape == Shape{16, 8, 8, 1});
  CHECK(file.tensors.at("chosen").shape == Shape{16});
  CHECK(file.tensors.at("labels").shape == Shape{16});
  const auto gradient = file.tensors.at("saliency").as<float>();
  CHECK(std::ranges::any_of(gradient, [](float x) { return x != 0; }));
}

TEST_CASE("cli: --saliency of texts is a number for each token, and of bert's too") {
  const Workplace place;
  if (!have_device(place)) return;
  write_texts(place);
  REQUIRE(succeeds(
      place.lemnos(std::string("train bert --head classes --data texts.csv --out r ") + small)));
  REQUIRE(succeeds(place.lemnos("run r --saliency s.st --rows 2")));
  const data::TensorFile file = data::read_safetensors(place / "s.st");
  CHECK(file.metadata.at("classes") == R"(["cats","dogs"])");
  const auto ids = file.tensors.at("inputs").as<std::int32_t>();
  const auto lengths = file.tensors.at("saliency").as<float>();
  REQUIRE(file.tensors.at("saliency").shape == Shape{2, 10});
  for (std::size_t i = 0; i < 20; ++i) CHECK((lengths[i] > 0) == (ids[i] != 0));
  REQUIRE(succeeds(place.lemnos("run r --saliency p.st --prompt 'the dog ran'")));
  CHECK(data::read_safetensors(place / "p.st").tensors.at("saliency").shape == Shape{1, 3});
  check_usage(place.lemnos("run r --saliency p.st --prompt ' . '"), {"--prompt", "0 tokens"});
  check_usage(place.lemnos("run r --attention p.st --prompt 'a b c d e f g h i j k'"),
              {"--prompt", "11 tokens", "1 to 10"});
}

TEST_CASE("cli: --attention and --features of seq2seq: what it reads and what it writes") {
  const Workplace place;
  if (!have_device(place)) return;
  REQUIRE(
      succeeds(place.lemnos("train seq2seq --cell transformer --width 8 --heads 2 --steps 1 "
                            "--out r --quiet")));
  REQUIRE(succeeds(place.lemnos("run r --attention a.st --rows 3")));
  const data::TensorFile file = data::read_safetensors(place / "a.st");
  const auto& maps = file.tensors;
  for (const char* layer : {"layers.0", "layers.1", "layers.2"})
    CHECK(maps.at(layer).shape == Shape{3, 2, 13, 13});
  // The right text, reversed, after the begin token.
  const auto read = nlohmann::json::parse(file.metadata.at("tokens"));
  const auto written = nlohmann::json::parse(file.metadata.at("written"));
  for (std::size_t row = 0; row < 3; ++row) {
    std::vector<std::string> letters = read[row];
    CHECK(letters.back() == "<end>");
    letters.back() = "<begin>";
    std::ranges::reverse(letters);
    if (letters.size() == 13)
      CHECK(written[row] == letters);
    else
      CHECK(std::vector<std::string>(written[row].begin(), written[row].end() - 1) == letters);
  }
  CHECK(maps.at("written").shape == Shape{3, 13});
  CHECK(!maps.contains("labels"));

  REQUIRE(succeeds(place.lemnos("run r --attention p.st --prompt 'abc'")));
  const auto asked = data::read_safetensors(place / "p.st");
  const std::int64_t steps = asked.tensors.at("written").shape[1];
  CHECK(asked.metadata.at("tokens") == R"([["a","b","c","<end>"]])");
  CHECK(asked.tensors.at("layers.0").shape == Shape{1, 2, 4, 4});
  CHECK(asked.tensors.at("layers.1").shape == Shape{1, 2, steps, steps});
  CHECK(asked.tensors.at("layers.2").shape == Shape{1, 2, steps, 4});
  check_usage(place.lemnos("run r --attention p.st --prompt abcdefghijklm"), {"14 tokens", "13"});

  REQUIRE(succeeds(place.lemnos("run r --features f.st")));
  const auto features = data::read_safetensors(place / "f.st").tensors;
  CHECK(features.at("features").shape == Shape{5000, 8});
  CHECK(!features.contains("labels"));
  os::write_file(place / "pairs.tsv", "ab\tba\ncd\tdc\nef\tfe\ngh\thg\nij\tji\n");
  REQUIRE(succeeds(place.lemnos("run r --features f.st --data pairs.tsv")));
  check_usage(place.lemnos("run r --features f.st --data tiny_images"), {"tiny_images", "pairs"});

  REQUIRE(succeeds(place.lemnos("train seq2seq --width 8 --steps 1 --out l --quiet")));
  REQUIRE(succeeds(place.lemnos("run l --attention a.st --rows 2")));
  const auto looked = data::read_safetensors(place / "a.st").tensors;
  CHECK(looked.at("layers.0").shape == Shape{2, 1, 13, 13});
  CHECK(!looked.contains("layers.1"));
}

TEST_CASE("cli: tensors that cannot be had or written") {
  const Workplace place;
  if (!have_device(place)) return;
  REQUIRE(succeeds(place.lemnos("train seq2seq --steps 1 --out s --quiet")));
  check_usage(place.lemnos("run s --prompt abc --temperature 0.5"), {"seq2seq", "likeliest"});
  check_usage(place.lemnos("run s --saliency f.st"),
              {"seq2seq decides nothing", "--prompt, --features, --attention"});
  CHECK(!std::filesystem::exists(place / "f.st"));
  REQUIRE(succeeds(place.lemnos("train mlp --data blobs --steps 1 --out m --quiet")));
  check_usage(place.lemnos("run m --attention f.st"),
              {"mlp has no attention maps", "--predict, --features, --saliency"});
  check_usage(place.lemnos("run m --saliency f.st --prompt hello"), {"mlp reads no --prompt"});
  check_usage(place.lemnos("run m --saliency f.st --rows 101"), {"--rows 101", "100"});
  CHECK(!std::filesystem::exists(place / "f.st"));
  const Output unwritable = place.lemnos("run m --saliency m/config.json/f.st");
  CHECK(unwritable.code == 1);
  CHECK(unwritable.says("m/config.json/f.st"));
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
  check_usage(place.lemnos("run r --attention a.st --saliency s.st"), {"one of", "--attention"});
  check_usage(place.lemnos("run r --attention a.st --sample 3"), {"one of", "--attention"});
  check_usage(place.lemnos("run r --predict x.png --data blobs"), {"--data", "--features"});
  check_usage(place.lemnos("run r --features f.st --rows 3"), {"--rows", "--attention"});
  check_usage(place.lemnos("run r --saliency s.st --rows 0"), {"--rows", "0"});
  check_usage(place.lemnos("run r --saliency s.st --prompt x --data y"), {"--prompt", "--data"});
  check_usage(place.lemnos("run r --saliency s.st --prompt x --rows 2"), {"--prompt", "--rows"});
  check_usage(place.lemnos("run r --saliency s.st --prompt x --tokens 2"), {"--tokens"});
  check_usage(place.lemnos("run r --features f.st --png x.png"), {"--png", "--sample"});
}
