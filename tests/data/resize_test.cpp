// SPDX-License-Identifier: Apache-2.0
#include "data/resize.h"

#include <cmath>

#include "tests/data/fixtures.h"
#include "tests/golden/golden.h"

namespace lemnos::data {

TEST_CASE("resize: as PyTorch with antialiasing, to smaller and larger sizes") {
  const nlohmann::json file = test::golden_file("resize.json");
  std::uint32_t stream = 0;
  for (const auto& golden : file.at("cases")) {
    CAPTURE(stream);
    const auto shape = golden.at("shape").get<std::vector<std::int64_t>>();
    const auto size = golden.at("size").get<std::vector<std::int64_t>>();
    const auto output = golden.at("output").get<std::vector<double>>();
    Array image = Array::zeros(DType::u8, Shape(shape));
    std::uint32_t index = 0;
    for (std::uint8_t& pixel : image.as<std::uint8_t>())
      pixel = static_cast<std::uint8_t>(test::golden_hash(stream, index++) >> 24);
    const Array made = resized(image, size[0], size[1]);
    CHECK(made.shape == Shape{size[0], size[1], shape[2]});
    double worst = 0;
    for (std::size_t i = 0; i < output.size(); ++i)
      worst = std::max(worst, std::abs(made.as<std::uint8_t>()[i] - output[i]));
    CHECK(worst < 0.5001);
    ++stream;
  }
  CHECK(stream == 5);
}

TEST_CASE("resize: a pixel's neighbours count by their distance, the image itself stays") {
  const Array image = Array::of<std::uint8_t>(Shape{1, 4, 1}, {0, 80, 160, 240});
  CHECK(holds<std::uint8_t>(resized(image, 1, 4), Shape{1, 4, 1}, {0, 80, 160, 240}));
  // Weights 3, 3, 1 of 7, and mirrored: (0 * 3 + 80 * 3 + 160) / 7 = 57.1.
  CHECK(holds<std::uint8_t>(resized(image, 1, 2), Shape{1, 2, 1}, {57, 183}));
  CHECK_FAILS(resized(image, 0, 4), "at least 1 x 1 pixels, not 4 x 0");
  CHECK_FAILS(resized(Array::zeros(DType::f32, Shape{2, 2, 1}), 1, 1), "u8 [H, W, C], not f32");
}

}  // namespace lemnos::data
