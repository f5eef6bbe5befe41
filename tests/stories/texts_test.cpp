// SPDX-License-Identifier: Apache-2.0
// Models of texts through the command line: pre-trained, then fine-tuned; classes; writing.
#include "data/formats/jsonl.h"
#include "data/formats/safetensors.h"
#include "tests/cli/binary.h"

using namespace lemnos;
using namespace lemnos::test;

namespace {

Output run(const Workplace& place, const std::string& arguments) {
  const Output output = place.lemnos(arguments);
  CAPTURE(output.err);
  REQUIRE(output.code == 0);
  return output;
}

// Two classes that differ in their words, as files whose documents are separated by %.
void write_classes(const Workplace& place) {
  std::filesystem::create_directory(place / "texts");
  std::string day, night;
  for (int i = 0; i < 40; ++i) {
    day += fmt::format("the sun is up and it is {} degrees warm\n%\n", i);
    night += fmt::format("a moon and {} stars stand over the dark sea\n%\n", i);
  }
  os::append_text(place / "texts/day", day);
  os::append_text(place / "texts/night", night);
}

nlohmann::json last_eval(const std::filesystem::path& file) {
  nlohmann::json last;
  for (const auto& line : data::read_jsonl(file))
    if (line["kind"] == "eval") last = line;
  return last;
}

const std::string small = " --width 16 --layers 1 --heads 2 --batch 8 --quiet ";

}  // namespace

TEST_CASE("texts: with LoRA and with frozen parts, the weights a run began with keep their bits") {
  const Workplace place;
  if (!have_device(place)) return;
  write_classes(place);
  run(place, "train bert --data texts --tokens words --steps 20 --length 16 --out base" + small);
  const std::string tuned =
      "train bert --data texts --head classes --init base --lr 1e-2 --steps 60" + small;
  const Output other = place.lemnos(tuned + "--length 32 --out other");
  CHECK(other.code == 2);
  CHECK(other.says("go with its weights"));
  run(place, tuned + "--lora-rank 2 --out lora");
  run(place, tuned + "--freeze tokens,places,transformer --out frozen");
  const auto base = data::read_safetensors(place / "base/checkpoint.safetensors");
  for (const char* name : {"lora", "frozen"}) {
    CAPTURE(name);
    const auto after =
        data::read_safetensors(place / (std::string(name) + "/checkpoint.safetensors"));
    int kept = 0;
    for (const auto& [tensor, array] : base.tensors)
      if (tensor.starts_with("model/") && !tensor.starts_with("model/head")) {
        CAPTURE(tensor);
        CHECK(after.tensors.at(tensor).bytes == array.bytes);
        ++kept;
      }
    CHECK(kept > 10);
    CHECK(last_eval(place / (std::string(name) + "/metrics.jsonl"))["accuracy"] > 0.9);
  }
  const auto all = data::read_safetensors(place / "lora/checkpoint.safetensors");
  CHECK(all.tensors.contains("model/transformer.blocks.0.up.lora_b"));
}

TEST_CASE("texts: LoRA's changes are merged into a new run, which answers as the old one does") {
  const Workplace place;
  if (!have_device(place)) return;
  write_classes(place);
  run(place, "train bert --data texts --tokens words --steps 4 --length 16 --out base" + small);
  run(place,
      "train bert --data texts --head classes --init base --lr 1e-2 --steps 30 --lora-rank 2 "
      "--freeze head --out lora" +
          small);
  const auto file = place / "lora/checkpoint.safetensors";
  const auto before = os::read_file(file);
  CHECK(run(place, "run lora --merge merged --json").json()["run"] == "merged");
  CHECK(os::read_file(file) == before);
  const auto tensors = data::read_safetensors(place / "merged/checkpoint.safetensors").tensors;
  const std::string up = "model/transformer.blocks.0.up.";
  CHECK(tensors.contains(up + "weight"));
  CHECK(!tensors.contains(up + "lora_a"));
  CHECK(tensors.at(up + "weight").bytes !=
        data::read_safetensors(file).tensors.at(up + "weight").bytes);

  const auto apart = run(place, "eval lora --json").json();
  const auto merged = run(place, "eval merged --json").json();
  CHECK(apart["accuracy"] > 0.6);  // what the changes have learned: the head is as it began
  CHECK(merged["accuracy"] == apart["accuracy"]);
  CHECK(merged["loss"].get<double>() == doctest::Approx(apart["loss"].get<double>()).epsilon(1e-5));
  os::append_text(place / "lines", "the sun is warm\nthe moon over the sea\n");
  const auto answer = [&](const char* folder) {
    return run(place, fmt::format("run {} --predict lines", folder)).json()["probability"];
  };
  CHECK(answer("merged").get<double>() ==
        doctest::Approx(answer("lora").get<double>()).epsilon(1e-5));
  run(place, "train bert --init merged --data texts --head classes --steps 1 --out next" + small);

  const auto refuses = [&](const std::string& arguments, int code, const char* part) {
    const Output output = place.lemnos(arguments);
    CAPTURE(output.err);
    CHECK(output.code == code);
    CHECK(output.says(part));
  };
  refuses("train --resume merged --steps 99", 2, "--init merged");
  refuses("train bert --init lora --data texts --steps 1" + small, 2, "lemnos run --merge");
  refuses("run merged --merge again", 2, "merged: there is nothing to merge");
  refuses("run base --merge again", 2, "--lora-rank");
  refuses("run lora --merge merged", 2, "merged is not empty");
  refuses("run lora --merge lora", 2, "lora is not empty");
  refuses("run lora --merge /proc/nowhere", 1, "/proc/nowhere");
  CHECK(!std::filesystem::exists(place / "again"));
}

TEST_CASE("texts: a recurrent classifier tells day from night, and answers for lines of text") {
  const Workplace place;
  if (!have_device(place)) return;
  write_classes(place);
  run(place,
      "train lstm_classifier --data texts --hidden 12 --embedding 8 --length 12 --lr 1e-2 "
      "--steps 60 --batch 8 --out cells --quiet");
  CHECK(last_eval(place / "cells/metrics.jsonl")["accuracy"] > 0.9);
  os::append_text(place / "lines", "the sun is warm\nthe moon over the sea\n");
  const Output said = run(place, "run cells --predict lines");
  CHECK(said.out.find("\"day\"") < said.out.find("\"night\""));
}

TEST_CASE("texts: columns of a table are named once, and lines of text are told apart") {
  const Workplace place;
  if (!have_device(place)) return;
  std::string table = "id,review,mood\n";
  for (int i = 0; i < 40; ++i)
    table += fmt::format("{},\"{}, number {}\",{}\n", i, i % 2 == 0 ? "lovely and warm" : "dull", i,
                         i % 2 == 0 ? "good" : "bad");
  os::append_text(place / "reviews.csv", table);
  run(place,
      "train lstm_classifier --data reviews.csv --text review --target mood --hidden 12 "
      "--embedding 8 --length 8 --lr 1e-2 --steps 40 --batch 8 --out cells --quiet");
  CHECK(run(place, "eval cells --json").json()["accuracy"] == 1);
  run(place, "train --resume cells --steps 41 --quiet");
  os::append_text(place / "lines", "dull and number\nlovely, warm\n");
  const Output said = run(place, "run cells --predict lines");
  CHECK(said.out.find("\"bad\"") < said.out.find("\"good\""));
  run(place, "train gpt --data reviews.csv --text review --length 8 --steps 1 --out gpt" + small);
  run(place,
      "train seq2seq --data reviews.csv --text review --target mood --width 8 --steps 1 "
      "--out pairs --quiet");
}

TEST_CASE("texts: gpt writes on from a prompt, the same for the same seed") {
  const Workplace place;
  if (!have_device(place)) return;
  write_classes(place);
  run(place, "train gpt --data texts --lr 1e-2 --steps 40 --length 16 --out gpt" + small);
  const std::string write = "run gpt --prompt \"the sun\" --tokens 30 --seed 3";
  const Output first = run(place, write);
  CHECK(first.out.starts_with("the sun"));
  CHECK(first.out.size() > 20);
  CHECK(run(place, write).out == first.out);
}
