// SPDX-License-Identifier: Apache-2.0
// The first 20 losses of the models beside PyTorch's, through the tasks and the
// encoding of texts that `lemnos train` uses; tests/golden/network_curves.py says how PyTorch's
// are made.
#include <doctest/doctest.h>

#include <array>
#include <cstring>
#include <sstream>

#include "data/text/tokenizer.h"
#include "nn/models/dcgan.h"
#include "nn/models/token_transformer.h"
#include "nn/train/models.h"
#include "ops/loss/loss.h"
#include "ops/pointwise/pointwise.h"
#include "ops/reduce/reduce.h"
#include "runtime/base/os.h"
#include "tests/nn/golden_curve.h"
#include "tests/skip.h"

namespace lemnos::test {
namespace {

using nlohmann::json;

constexpr std::int64_t batch = 16, steps = 20, rows = batch * steps;

std::uint32_t checksum(std::span<const std::byte> bytes) {
  std::uint32_t total = 0;
  for (std::uint32_t i = 0; i < bytes.size(); ++i)
    total += golden_hash(0, 256 * i + std::to_integer<std::uint32_t>(bytes[i]));
  return total;
}

// ---- data as the script reads them
// ---------------------------------------------------------------

std::optional<std::string> text_or_skip(const json& text) {
  const std::string path = text.at("path");
  try {
    std::string read = os::read_text(path);
    if (checksum(std::as_bytes(std::span(read))) == text.at("bytes")) return read;
    skip(path + ": another version than that of the golden values");
  } catch (const Error& error) {
    skip(error.what());
  }
  return std::nullopt;
}

data::Dataset running_text(const std::string& text) {
  return {.name = "text", .task = data::Task::next_token, .train = {.texts = {text}}};
}

data::Dataset labelled_lines(const std::string& text) {
  data::Dataset made{.name = "lines", .task = data::Task::classes, .class_names = {"0", "1", "2"}};
  std::vector<std::uint32_t> labels;
  std::istringstream stream(text);
  for (std::string line; labels.size() < rows && std::getline(stream, line);) {
    if (line.find_first_not_of(" \t\f") == std::string::npos) continue;
    made.train.texts.push_back(line);
    labels.push_back(golden_hash(900, static_cast<std::uint32_t>(labels.size())) % 3);
  }
  made.train.targets = data::Array::of<std::uint32_t>(Shape{rows}, labels);
  return made;
}

data::Dataset reversed_pieces(const std::string& text) {
  data::Dataset made{.name = "pieces", .task = data::Task::sequence};
  std::istringstream stream(text);
  for (std::string piece; made.train.texts.size() < rows && stream >> piece;) {
    made.train.texts.push_back(piece);
    made.train.target_texts.emplace_back(piece.rbegin(), piece.rend());
  }
  return made;
}

// Four images to a scene, and boxes from the hash.
data::Dataset hashed_scenes(const data::Dataset& things) {
  constexpr std::size_t side = 28, wide = 2 * side;
  data::Dataset made{
      .name = "scenes", .task = data::Task::boxes, .class_names = things.class_names};
  made.train.inputs = data::Array::zeros(DType::u8, Shape{rows, wide, wide, 1});
  made.train.targets = data::Array::zeros(DType::f32, Shape{rows, 4, 5});
  const auto pixels = made.train.inputs.as<std::uint8_t>();
  const auto boxes = made.train.targets.as<float>();
  for (std::uint32_t n = 0; n < 4 * rows; ++n) {
    const std::size_t scene = n / 4, left = n % 2 * side, top = n % 4 / 2 * side;
    const auto image = things.train.inputs.row(n);
    for (std::size_t y = 0; y < side; ++y)
      std::memcpy(&pixels[(scene * wide + top + y) * wide + left], &image[y * side], side);
    const auto part = [n](std::uint32_t stream, std::uint32_t from, std::uint32_t choices) {
      return static_cast<float>(from + golden_hash(stream, n) % choices) / 64;
    };
    const bool there = golden_hash(1400, n) % 3 != 0 || n % 4 == 0;
    const auto label = static_cast<float>(things.train.targets.as<std::uint32_t>()[n]);
    const std::array<float, 5> box{label, part(1401, 0, 65), part(1402, 0, 65), part(1403, 1, 32),
                                   part(1404, 1, 32)};
    for (std::size_t i = 0; i < box.size(); ++i) boxes[n * box.size() + i] = there ? box[i] : -1;
  }
  return made;
}

// ---- curves -------------------------------------------------------------------------------------

Bytes batch_of(const data::Array& array, std::size_t step) {
  const std::size_t size = static_cast<std::size_t>(batch) * array.row_bytes();
  return bytes_of(std::span(array.bytes).subspan(step * size, size));
}

Tensor input_of(Trace& trace, const data::Array& array) {
  return trace.input("rows", {array.shape.with(0, batch), array.dtype});
}

// The model as `lemnos train` makes it, on the data set as it prepares it.
Curve task_curve(std::string_view model, const json& golden, data::Dataset dataset,
                 const TextSettings& settings = {}) {
  const Preprocessing preprocessing = Preprocessing::fit(dataset, settings);
  const auto data =
      std::make_shared<const data::Split>(preprocessing.apply(std::move(dataset)).train);
  const std::shared_ptr<Task> task = model_kind(model).make(golden.at("config"), preprocessing);
  return {golden.at("model"),
          [task, data](Trace& trace, const Task::Update& update) {
            const Tensor x = input_of(trace, data->inputs);
            task->step(x, data->targets.empty() ? Tensor() : input_of(trace, data->targets),
                       update);
          },
          [data](std::size_t step) {
            std::vector<Bytes> made{batch_of(data->inputs, step)};
            if (!data->targets.empty()) made.push_back(batch_of(data->targets, step));
            return made;
          },
          task->parameters()};
}

struct Masked {
  std::vector<data::Token> seen, ids;
  std::vector<float> chosen;
};

// What the task draws at random comes from the hash here.
Masked masked(const data::Array& windows, std::size_t step) {
  const auto width = static_cast<std::size_t>(windows.shape[1]);
  const auto all = windows.as<data::Token>();
  const auto hash = [&](std::size_t stream, std::size_t i) {
    return golden_hash(static_cast<std::uint32_t>(stream + step), static_cast<std::uint32_t>(i));
  };
  Masked made;
  for (std::size_t i = 0; i < batch * (width - 1); ++i) {
    const std::size_t row = step * batch + i / (width - 1);
    const data::Token right = all[row * width + i % (width - 1)];
    const bool chosen = hash(1000, i) % 100 < 15 && right >= data::token::first;
    const std::uint32_t how = hash(1100, i) % 10;
    const auto any = static_cast<data::Token>(hash(1200, i) % 256) + data::token::first;
    made.ids.push_back(right);
    made.chosen.push_back(chosen ? 1.0f : 0.0f);
    made.seen.push_back(!chosen ? right : how < 8 ? data::token::mask : how == 8 ? any : right);
  }
  return made;
}

Curve bert_curve(const json& golden, const data::Dataset& dataset) {
  const auto bert = std::make_shared<nn::Bert>([&] {
    nn::Bert::Config config;
    nn::from_json(golden.at("config"), config);
    return config;
  }());
  const std::int64_t length = bert->config.length;
  const Preprocessing preprocessing = Preprocessing::fit(dataset, {.length = length});
  const auto data = std::make_shared<const data::Split>(preprocessing.apply(dataset).train);
  return {golden.at("model"), lessening([bert, length](Trace& trace) {
            const Tensor seen = trace.input("seen", {Shape{batch, length}, DType::i32});
            const Tensor ids = trace.input("ids", {Shape{batch, length}, DType::i32});
            const Tensor chosen = trace.input("chosen", {Shape{batch, length}, DType::f32});
            const Tensor losses = cross_entropy((*bert)(seen), ids, {.reduce = LossReduce::none});
            return sum(losses * chosen) / maximum(sum(chosen), 1.0);
          }),
          [data](std::size_t step) {
            const Masked m = masked(data->inputs, step);
            return std::vector{bytes_of(m.seen), bytes_of(m.ids), bytes_of(m.chosen)};
          },
          named_parameters(*bert)};
}

// What the task draws at random comes from the hash here.
Curve dcgan_curve(const json& golden, const data::Dataset& dataset) {
  const auto dcgan = std::make_shared<nn::Dcgan>([&] {
    nn::Dcgan::Config config;
    nn::from_json(golden.at("config"), config);
    return config;
  }());
  const auto data = std::make_shared<const data::Split>(dataset.train);
  const Shape z{batch, dcgan->config.latent};
  return {golden.at("model"),
          [dcgan, data, z](Trace& trace, const Task::Update& update) {
            const Tensor images = normalized(input_of(trace, data->inputs));
            record_adversarial_step(
                {.generate = [&](const Tensor& noise) { return dcgan->generate(noise); },
                 .discriminate = [&](const Tensor& x) { return dcgan->discriminate(x); },
                 .features = nullptr},
                images, trace.input("z", {z, DType::f32}), update);
          },
          [data, z](std::size_t step) {
            const auto stream = static_cast<std::uint32_t>(1300 + step);
            return std::vector{batch_of(data->inputs, step),
                               bytes_of(golden_values(stream, z.elements(), 1))};
          },
          named_parameters(*dcgan),
          {"discriminator", "generator"}};
}

Curve text_curve(const std::string& name, const json& golden, const std::string& text) {
  if (name == "gpt") return task_curve(name, golden, running_text(text), {.length = 32});
  if (name == "bert") return bert_curve(golden, running_text(text));
  if (name.starts_with("seq2seq"))
    return task_curve("seq2seq", golden, reversed_pieces(text), {.length = 16});
  return task_curve("lstm_classifier", golden, labelled_lines(text),
                    {.vocabulary = 600, .length = 12});
}

void with_curve(const std::string& name,
                const std::function<void(const Curve&, const json&)>& check) {
  CAPTURE(name);
  const json file = golden_file("network_curves.json");
  const auto golden = std::ranges::find(
      file.at("cases"), name, [](const json& c) { return c.at("model").get<std::string>(); });
  REQUIRE(golden != file.at("cases").end());
  if (name == "dcgan") {
    if (const auto images = fashion_mnist_or_skip()) check(dcgan_curve(*golden, *images), *golden);
  } else if (name == "detector") {
    if (const auto images = fashion_mnist_or_skip())
      check(task_curve(name, *golden, hashed_scenes(*images)), *golden);
  } else if (name == "cnn" || name == "resnet" || name == "vit") {
    if (auto images = fashion_mnist_or_skip())
      check(task_curve(name, *golden, std::move(*images)), *golden);
  } else if (const auto text = text_or_skip(file.at("text"))) {
    check(text_curve(name, *golden, *text), *golden);
  }
}

void check_on_device(const std::string& name) { with_curve(name, check_curve); }

}  // namespace

TEST_CASE("golden networks: inputs are the script's, and first losses PyTorch's in double") {
  for (const char* name :
       {"lstm_classifier_lstm", "lstm_classifier_gru", "lstm_classifier_rnn", "gpt", "bert",
        "seq2seq_lstm", "seq2seq_transformer", "cnn", "resnet", "vit", "dcgan", "detector"})
    with_curve(name, [](const Curve& curve, const json& golden) {
      Bytes all;
      for (std::size_t step = 0; step < steps; ++step)
        for (const Bytes& each : curve.inputs(step))
          all.insert(all.end(), each.begin(), each.end());
      CHECK(checksum(all) == golden.at("inputs"));
      check_first_loss(curve, golden);
    });
}

TEST_CASE("golden networks: 20 steps of lstm_classifier on the device stay with PyTorch's") {
  check_on_device("lstm_classifier_lstm");
}
TEST_CASE("golden networks: 20 steps of lstm_classifier --cell gru stay with PyTorch's") {
  check_on_device("lstm_classifier_gru");
}
TEST_CASE("golden networks: 20 steps of lstm_classifier --cell rnn stay with PyTorch's") {
  check_on_device("lstm_classifier_rnn");
}
TEST_CASE("golden networks: 20 steps of gpt on the device stay with PyTorch's") {
  check_on_device("gpt");
}
TEST_CASE("golden networks: 20 steps of bert on the device stay with PyTorch's") {
  check_on_device("bert");
}
TEST_CASE("golden networks: 20 steps of seq2seq on the device stay with PyTorch's") {
  check_on_device("seq2seq_lstm");
}
TEST_CASE("golden networks: 20 steps of seq2seq --cell transformer stay with PyTorch's") {
  check_on_device("seq2seq_transformer");
}
TEST_CASE("golden networks: 20 steps of cnn on the device stay with PyTorch's") {
  check_on_device("cnn");
}
TEST_CASE("golden networks: 20 steps of resnet on the device stay with PyTorch's") {
  check_on_device("resnet");
}
TEST_CASE("golden networks: 20 steps of detector on the device stay with PyTorch's") {
  check_on_device("detector");
}
TEST_CASE("golden networks: 20 steps of dcgan on the device stay with PyTorch's") {
  check_on_device("dcgan");
}
TEST_CASE("golden networks: 20 steps of vit on the device stay with PyTorch's") {
  check_on_device("vit");
}

}  // namespace lemnos::test
