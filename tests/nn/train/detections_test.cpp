// SPDX-License-Identifier: Apache-2.0
#include "nn/train/detections.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "nn/models/detector.h"
#include "nn/train/generator.h"
#include "runtime/tensor/storage.h"
#include "tests/golden/golden.h"

namespace lemnos::test {
namespace {

using nlohmann::json;

// As tests/golden/detections.py says.
std::vector<Detection> boxes_of(std::uint32_t stream, std::uint32_t count, std::uint32_t classes) {
  std::vector<Detection> made;
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto part = [&](std::uint32_t k, std::uint32_t from, std::uint32_t choices) {
      return static_cast<float>(from + golden_hash(stream + k, i) % choices) / 64;
    };
    made.push_back({{part(0, 0, 65), part(1, 0, 65), part(2, 1, 64), part(3, 1, 64)},
                    golden_hash(stream + 4, i) % classes,
                    static_cast<float>(golden_hash(stream + 5, i) % 1024) / 1024});
  }
  return made;
}

std::vector<JudgedImage> images_of(const json& golden) {
  const std::uint32_t stream = golden["stream"], truths = golden["truths"], count = golden["found"];
  const std::uint32_t classes = golden["classes"], images = golden["images"];
  std::vector<JudgedImage> made(images);
  const auto image = [&](std::uint32_t of, std::uint32_t i) {
    return golden_hash(of + 6, i) % images;
  };
  const std::vector<Detection> truth = boxes_of(stream, truths, classes);
  for (std::uint32_t i = 0; i < truths; ++i) made[image(stream, i)].truth.push_back(truth[i]);
  std::vector<Detection> found = boxes_of(stream + 10, count, classes);
  for (std::uint32_t i = 0; i < count; ++i) {
    if (i % 2 == 1) {
      made[image(stream + 10, i)].found.push_back(found[i]);
      continue;
    }
    found[i].box = truth[i / 2].box;
    found[i].box.x +=
        static_cast<float>(static_cast<int>(golden_hash(stream + 17, i) % 17) - 8) / 256;
    found[i].label = truth[i / 2].label;
    made[image(stream, i / 2)].found.push_back(found[i]);
  }
  return made;
}

const Box square{0.5f, 0.5f, 0.2f, 0.2f};

}  // namespace

TEST_CASE("detections: overlap and suppression agree with torchvision") {
  const json golden = golden_file("detections.json")["suppression"];
  const std::vector<Detection> made =
      boxes_of(golden["stream"], golden["boxes"], golden["classes"]);
  for (std::size_t i = 0; i < made.size(); ++i)
    CHECK(std::abs(overlap(made[0].box, made[i].box) - golden["overlaps"][i].get<double>()) <=
          1e-12);
  const std::vector<Detection> kept = suppressed(made, golden["most"]);
  REQUIRE(kept.size() == golden["kept"].size());
  CHECK(kept.size() < made.size());
  for (std::size_t i = 0; i < kept.size(); ++i) {
    const Detection& expected = made[golden["kept"][i].get<std::size_t>()];
    CHECK(kept[i].score == expected.score);
    CHECK(kept[i].box.x == expected.box.x);
    CHECK(kept[i].box.y == expected.box.y);
  }
}

TEST_CASE("detections: mean average precision is COCO's, written out one recall after the other") {
  const json golden = golden_file("detections.json")["precision"];
  const std::vector<JudgedImage> images = images_of(golden);
  for (const auto& [least, mean] : golden["mean_average_precision"].items())
    CHECK(std::abs(mean_average_precision(images, golden["classes"], std::stod(least)) -
                   mean.get<double>()) <= 1e-12);
  double total = 0;
  for (int i = 0; i < 10; ++i)
    total += mean_average_precision(images, golden["classes"], 0.5 + 0.05 * i) / 10;
  const auto metrics = detection_metrics(images, golden["classes"]);
  CHECK(metrics[0].value == mean_average_precision(images, golden["classes"], 0.5));
  CHECK(std::abs(metrics[1].value - total) <= 1e-9);
}

TEST_CASE("detections: what is found twice, elsewhere or as another class counts against it") {
  const Detection truth{square, 1, 1};
  const auto judged = [&](std::vector<Detection> found) {
    const JudgedImage image{std::move(found), {truth}};
    return mean_average_precision({&image, 1}, 3, 0.5);
  };
  CHECK(judged({{square, 1, 0.9f}}) == doctest::Approx(1));
  CHECK(judged({}) == 0);
  CHECK(judged({{square, 2, 0.9f}}) == 0);
  CHECK(judged({{{0.8f, 0.5f, 0.2f, 0.2f}, 1, 0.9f}}) == 0);
  CHECK(judged({{square, 1, 0.9f}, {square, 1, 0.8f}}) == doctest::Approx(1));
  CHECK(judged({{{0.1f, 0.5f, 0.2f, 0.2f}, 1, 0.95f}, {square, 1, 0.9f}}) == doctest::Approx(0.5));
}

TEST_CASE("detections: candidates below the score, and those that are not finite, are none") {
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> candidates{0.5f, 0.5f, 0.2f, 0.2f, 0.9f, 0.3f,  //
                                      0.1f, 0.1f, nan,  0.2f, 0.9f, 0.1f,  //
                                      0.9f, 0.9f, 0.2f, 0.2f, 0.2f, 0.1f};
  const std::vector<Detection> found = detections_of(candidates, 2, 0.25, Labels::all);
  REQUIRE(found.size() == 2);
  CHECK(found[0].label == 0);
  CHECK(found[0].score == 0.9f);
  CHECK(found[1].label == 1);  // another class is not suppressed
  CHECK(detections_of(candidates, 2, 0.25, Labels::surest).size() == 1);
  CHECK(true_boxes(std::vector<float>{2, 0.5f, 0.5f, 1, 1, -1, -1, -1, -1, -1}).size() == 1);
}

TEST_CASE("detections: frames are drawn where the boxes are, in the image three times as large") {
  const data::Array images = data::Array::zeros(DType::u8, Shape{2, 20, 20, 1});
  const std::vector<JudgedImage> judged{{}, {{{square, 0, 1}}, {{{0.5f, 0.5f, 0.4f, 0.4f}, 0, 1}}}};
  const data::Array pictures = framed(images, judged);
  REQUIRE(pictures.shape == Shape{2, 60, 60, 3});
  const auto red = [&](std::size_t y, std::size_t x) {
    return pictures.as<std::uint8_t>()[(3600 + y * 60 + x) * 3];
  };
  CHECK(red(18, 18) == 128);  // of the true box, 18 to 41
  CHECK(red(41, 30) == 128);
  CHECK(red(24, 24) == 230);  // of the one found, 24 to 35, two thick
  CHECK(red(25, 30) == 230);
  CHECK(red(26, 30) == 0);
  CHECK(red(35, 35) == 230);
  CHECK(red(42, 42) == 0);
}

TEST_CASE("detector: a cell's answer is the box around its own place, and scores are products") {
  const nn::Detector detector(
      {.height = 8, .width = 16, .channels = 1, .classes = 2, .halvings = {4, 4}, .neck = {}});
  CHECK(detector.rows == 2);
  CHECK(detector.columns == 4);
  data::Array said = data::Array::zeros(DType::f32, Shape{1, 8, 7});
  said.as<float>()[5 * 7 + 5] = std::log(3.0f);  // class 0 of cell 5: row 1, column 1
  const data::Array found =
      answers(said, [&](const Tensor& x) { return std::vector{detector.found(x)}; })[0];
  REQUIRE(found.shape == Shape{1, 8, 6});
  const auto cell = found.as<float>().subspan(5 * 6, 6);
  const float expected[] = {1.5f / 4, 1.5f / 2, 0.5f, 0.5f, 0.5f * 0.75f, 0.5f * 0.25f};
  for (std::size_t i = 0; i < 6; ++i) CHECK(cell[i] == doctest::Approx(expected[i]).epsilon(1e-6));
}

TEST_CASE("detector: a network that says where everything is has no loss") {
  const nn::Detector detector(
      {.height = 8, .width = 8, .channels = 1, .classes = 2, .halvings = {4, 4}, .neck = {}});
  const float sure = 30;
  data::Array said = data::Array::zeros(DType::f32, Shape{2, 4, 7});
  const auto cells = said.as<float>();
  for (std::size_t cell = 0; cell < 8; ++cell) cells[cell * 7 + 4] = -sure;
  const std::size_t right = 3 * 7;  // the first image's cell of row 1, column 1
  cells[right + 4] = sure;
  cells[right + 6] = sure;  // class 1; the box is at its cell's centre, half the image in size
  const data::Array boxes =
      data::Array::of<float>(Shape{2, 2, 5}, {1,  0.75f, 0.75f, 0.5f, 0.5f, -1, -1, -1, -1, -1,  //
                                              -1, -1,    -1,    -1,   -1,   -1, -1, -1, -1, -1});
  const auto losses = [&](const data::Array& truth) {
    CompiledFunction function(
        [&](std::span<const Tensor> in) {
          const auto [loss, objectness, box, label] = detector.loss(in[0], in[1]);
          return std::vector{loss, objectness, box, label};
        },
        {.name = "loss", .training = false});
    const Feed feeds[] = {Feed(said), Feed(truth)};
    std::vector<float> values;
    for (const Result& result : function.call(feeds)) values.push_back(result.values()[0]);
    return values;
  };
  for (const float value : losses(boxes)) CHECK(std::abs(value) <= 1e-6f);
  data::Array elsewhere = boxes;
  elsewhere.as<float>()[1] = 0.25f;  // a cell that says nothing is there, and no class
  const auto wrong = losses(elsewhere);
  CHECK(wrong[1] == doctest::Approx(30).epsilon(1e-5));  // two cells are wrong, over two images
  CHECK(wrong[3] == doctest::Approx(std::log(2.0) / 2).epsilon(1e-5));
}

}  // namespace lemnos::test
