// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iostream>
#include <numeric>

#include "cli/abilities.h"
#include "cli/commands.h"
#include "cli/flags.h"
#include "cli/inputs.h"
#include "cli/tensors.h"
#include "data/datasets/image_folder.h"
#include "data/formats/image.h"
#include "nn/text/writer.h"
#include "nn/train/detections.h"
#include "nn/train/generator.h"
#include "nn/train/run.h"

namespace lemnos::cli {
namespace {

constexpr std::int64_t most_images = 65536, most_tokens = 1'000'000;

struct RunFlags {
  CommonFlags common;
  std::string folder, png, out_folder, predict, merge;
  bool raw = false;
  std::optional<std::string> prompt;
  std::optional<std::int64_t> sample, reconstruct, seed, tokens;
  Sampling sampling;
  TensorFlags tensors;

  bool writes() const { return prompt && !tensors.takes_prompt(); }  // else it is looked into
  int run() const;
  void verify() const;
  int sampled(const Run& run) const;
  int reconstructed(const Run& run) const;
  int predicted(const Run& run) const;
  int detected(const Run& run, const Inputs& inputs) const;
  int wrote_text(const Run& run) const;
  int merged(const Run& run) const;
  int wrote(std::int64_t images) const;
};

void RunFlags::verify() const {
  const int asked = (sample ? 1 : 0) + (reconstruct ? 1 : 0) + (predict.empty() ? 0 : 1) +
                    (writes() ? 1 : 0) + (merge.empty() ? 0 : 1) + tensors.asked();
  if (asked != 1)
    fail_usage(
        "run: say one of --sample N, --reconstruct N, --predict FILE, --prompt TEXT, --merge OUT, "
        "--features OUT, --attention OUT and --saliency OUT");
  tensors.verify(prompt.has_value());
  if (tokens && !writes()) fail_usage("--tokens goes with writing on from a --prompt");
  if (tokens && (*tokens < 1 || *tokens > most_tokens))
    fail_usage("--tokens must be 1 to {}, not {}", most_tokens, *tokens);
  sampling.verify();
  if (!(sampling == Sampling{}) && !writes())
    fail_usage("--temperature, --top-k and --top-p go with writing on from a --prompt");
  for (const auto& [flag, count] :
       {std::pair("--sample", sample), std::pair("--reconstruct", reconstruct)}) {
    if (!count) continue;
    if (*count < 1 || *count > most_images)
      fail_usage("{} must be 1 to {}, not {}", flag, most_images, *count);
    if (png.empty() && (out_folder.empty() || reconstruct))
      fail_usage("{} needs --png FILE{}", flag, sample ? " or --out DIR" : "");
  }
  if (!png.empty() && !sample && !reconstruct && predict.empty())
    fail_usage("--png goes with --sample, --reconstruct and a detector's --predict");
  if (!out_folder.empty() && !sample) fail_usage("--out goes with --sample");
  std::error_code error;
  if (std::filesystem::exists(out_folder, error) && !std::filesystem::is_empty(out_folder, error))
    fail_usage("--out {}: it is there already, and nothing is overwritten; choose another folder",
               out_folder);
  if (seed && !sample && !writes())
    fail_usage("--seed goes with --sample and with writing on from a --prompt");
  if (seed && *seed < 0) fail_usage("--seed must be at least 0, not {}", *seed);
}

int RunFlags::wrote(std::int64_t images) const {
  nlohmann::ordered_json json;
  for (const auto& [flag, path] : {std::pair("png", png), std::pair("out", out_folder)}) {
    if (path.empty()) continue;
    json[flag] = path;
    if (!common.json) fmt::print("{}: {} images\n", path, images);
  }
  json["images"] = images;
  if (common.json) print_json(json);
  return 0;
}

int RunFlags::sampled(const Run& run) const {
  if (!run.task->generates()) refuse(run, "does not generate");
  const auto from = static_cast<std::uint64_t>(seed.value_or(0));
  Generator generator(*run.task, std::min<std::int64_t>(*sample, 64), from);
  const data::Array images = generator.images(*sample);
  if (!out_folder.empty()) data::write_images(out_folder, images);
  const auto columns = static_cast<std::int64_t>(std::ceil(std::sqrt(*sample)));
  if (!png.empty()) data::write_grid(png, images, columns);
  return wrote(*sample);
}

// Side by side: an image of the test split, what the model is given of it if that is not all, and
// what it makes of it.
int RunFlags::reconstructed(const Run& run) const {
  if (!run.task->reconstructs()) refuse(run, "does not reconstruct");
  const data::Split& split = run.dataset.test.rows() > 0 ? run.dataset.test : run.dataset.train;
  if (*reconstruct > split.rows())
    fail_usage("--reconstruct {}: there are {} images", *reconstruct, split.rows());
  std::vector<std::uint32_t> first(static_cast<std::size_t>(*reconstruct));
  std::iota(first.begin(), first.end(), 0u);
  const data::Array originals = split.inputs.take(first);
  const auto ask = [&](const Tensor& x) {
    std::vector<Tensor> shown = run.task->reconstruct(x);
    shown.insert(shown.begin(), normalized(x));
    return shown;
  };
  const std::vector<data::Array> columns = answers(originals, ask);
  const auto beside = static_cast<std::int64_t>(columns.size());
  data::Array all =
      data::Array::zeros(DType::f32, originals.shape.with(0, beside * originals.rows()));
  const std::size_t size = columns[0].row_bytes() / sizeof(float);
  auto out = all.as<float>().begin();
  for (std::size_t i = 0; i < first.size(); ++i)
    for (const data::Array& column : columns)
      out = std::ranges::copy(column.as<float>().subspan(i * size, size), out).out;
  data::write_grid(png, all, std::min<std::int64_t>(beside * (16 / beside), all.rows()));
  return wrote(*reconstruct);
}

nlohmann::ordered_json item_of(const Inputs& inputs, std::size_t item) {
  nlohmann::ordered_json line{{"item", item}};
  if (!inputs.files.empty()) line["file"] = inputs.files[item];
  return line;
}

// One JSON object a line, for each item: its class and the probability of it, or its value.
int RunFlags::predicted(const Run& run) const {
  if (!run.task->predicts() && !run.task->detects()) refuse(run, "does not predict");
  if (!png.empty() && !run.task->detects())
    fail_usage("--png goes with --predict of a detector, which {} is not", run.config.model);
  const Inputs inputs = predict == "-"
                            ? read_lines(std::cin, run.preprocessing)
                            : read_inputs(predict, run.preprocessing, !run.config.size.empty());
  if (run.task->detects()) return detected(run, inputs);
  const auto ask = [&](const Tensor& x) { return std::vector{run.task->predict(x)}; };
  const data::Array made = answers(inputs.rows, ask)[0];
  const auto values = made.as<float>();
  const auto width = values.size() / static_cast<std::size_t>(made.rows());
  for (std::size_t item = 0; item * width < values.size(); ++item) {
    const auto row = values.subspan(item * width, width);
    nlohmann::ordered_json line = item_of(inputs, item);
    if (run.preprocessing.task == data::Task::classes) {
      const auto best = std::ranges::max_element(row);
      line["class"] = run.preprocessing.class_names[static_cast<std::size_t>(best - row.begin())];
      line["probability"] = *best;
    } else {
      line["value"] = run.preprocessing.target(row[0]);
    }
    print_json(line);
  }
  return 0;
}

// The same of what is found in it: boxes as COCO has them, left, top, width and height in pixels.
int RunFlags::detected(const Run& run, const Inputs& inputs) const {
  const Preprocessing& data = run.preprocessing;
  const auto ask = [&](const Tensor& x) { return std::vector{run.task->detect(x)}; };
  const data::Array candidates = answers(inputs.rows, ask)[0];
  const auto height = static_cast<float>(data.input[0]), width = static_cast<float>(data.input[1]);
  const std::size_t numbers = candidates.row_bytes() / sizeof(float);
  std::vector<JudgedImage> images(static_cast<std::size_t>(inputs.rows.rows()));
  for (std::size_t item = 0; item < images.size(); ++item) {
    const auto row = candidates.as<float>().subspan(item * numbers, numbers);
    images[item].found = detections_of(row, data.class_names.size(), shown_from, Labels::surest);
    nlohmann::ordered_json line = item_of(inputs, item);
    line["boxes"] = nlohmann::json::array();
    for (const auto& [box, label, score] : images[item].found)
      line["boxes"].push_back({{"class", data.class_names[label]},
                               {"score", score},
                               {"box",
                                {(box.x - box.width / 2) * width, (box.y - box.height / 2) * height,
                                 box.width * width, box.height * height}}});
    print_json(line);
  }
  if (!png.empty())
    data::write_grid(png, framed(inputs.rows, images),
                     static_cast<std::int64_t>(std::ceil(std::sqrt(images.size()))));
  return 0;
}

// The text as it is written, or what becomes of the prompt.
int RunFlags::wrote_text(const Run& run) const {
  const auto& text = run.preprocessing.text;
  if (!run.task->writes() && !run.task->rewrites()) refuse(run, "does not write text");
  if (run.task->rewrites() && (tokens || seed || !(sampling == Sampling{})))
    fail_usage("{} always writes the likeliest text, to its end: no flags of sampling go with it",
               run.config.model);
  const std::vector<data::Token> begun = text->tokens->encode(*prompt);
  std::vector<data::Token> made;
  data::StreamDecoder decoder(text->tokens);
  const auto told = [&](data::Token token) {
    if (!common.json) fmt::print("{}", decoder.push(token));
    std::fflush(stdout);
  };
  if (run.task->rewrites()) {
    const data::Array read = text->rows(std::span(&*prompt, 1), data::Task::sequence, "--prompt");
    made = rewritten(*run.task->rewrites(), read.as<data::Token>());
    std::ranges::for_each(made, told);
  } else {
    if (!common.json) fmt::print("{}", *prompt);
    Sampling drawn = sampling;
    drawn.seed = static_cast<std::uint64_t>(seed.value_or(0));
    made = Writer(*run.task->writes()).write(begun, tokens.value_or(200), drawn, told);
  }
  if (common.json) {
    print_json(
        {{"prompt", *prompt}, {"text", text->tokens->decode(made)}, {"tokens", made.size()}});
  } else {
    fmt::print("{}\n", decoder.finish());
  }
  return 0;
}

// The same model with its low-rank changes inside its weights.
int RunFlags::merged(const Run& run) const {
  const std::string out = merge_lora(run, merge).path().string();
  if (common.json) {
    print_json({{"run", out}});
  } else {
    fmt::print("{}: {} with the low-rank changes in its weights\n", out, run.config.model);
  }
  return 0;
}

int RunFlags::run() const {
  verify();
  const RunFolder opened = RunFolder::open(folder);
  common.open_device();
  const Run run = open_run(opened, reconstruct ? WithData::yes : WithData::no, "",
                           raw ? Weights::trained : Weights::averaged);
  if (sample) return sampled(run);
  if (reconstruct) return reconstructed(run);
  if (writes()) return wrote_text(run);
  if (!merge.empty()) return merged(run);
  if (tensors.asked() > 0) return tensors.run(run, prompt, common.json);
  return predicted(run);
}

}  // namespace

Command add_run(CLI::App& app) {
  auto flags = std::make_shared<RunFlags>();
  CLI::App* command = app.add_subcommand("run", "use a trained model");
  command->add_option("RUN", flags->folder, "folder of the run, or one of its kept checkpoints")
      ->required();
  command->add_option("--sample", flags->sample, "new images from random numbers: so many");
  command->add_option("--reconstruct", flags->reconstruct,
                      "held-out images beside what the model makes of them: so many");
  command->add_option(
      "--predict", flags->predict,
      "a .png, .jpg, .npy or .csv file, a folder of images, for texts any file of lines, or - for "
      "standard input");
  command->add_option("--prompt", flags->prompt,
                      "text to go on with, to make another text of, or to look into");
  command->add_option("--tokens", flags->tokens, "to write after --prompt, at most [200]");
  command->add_option("--temperature", flags->sampling.temperature,
                      "of --prompt: 0 takes the likeliest token [1]");
  command->add_option("--top-k", flags->sampling.top_k, "only the k likeliest tokens [all]");
  command->add_option("--top-p", flags->sampling.top_p,
                      "only the likeliest tokens that together reach p [1]");
  command->add_option("--merge", flags->merge,
                      "a new run without LoRA: its changes become part of the weights");
  flags->tensors.add_to(*command);
  command->add_option(
      "--png", flags->png,
      "where --sample and --reconstruct write their images, and a detector's --predict "
      "what it finds, framed");
  command->add_option("--out", flags->out_folder,
                      "new folder for the images of --sample, one file each, as --data takes it");
  command->add_option("--seed", flags->seed, "of --sample and --prompt [0]");
  command->add_flag("--raw", flags->raw, raw_help);
  flags->common.add_to(*command);
  return {command, [flags] { return flags->run(); }};
}

}  // namespace lemnos::cli
