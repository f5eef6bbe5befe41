// SPDX-License-Identifier: Apache-2.0
#include "viewer/picture.h"

#include <doctest/doctest.h>

#include <cmath>
#include <numeric>
#include <vector>

#include "runtime/tensor/storage.h"
#include "tests/skip.h"
#include "viewer/window.h"

namespace lemnos::viewer {
namespace {

// [count, height, width] of 0, 1, 2, ... over the number of elements.
data::Array ramp(std::int64_t count, std::int64_t height, std::int64_t width) {
  std::vector<float> values(static_cast<std::size_t>(count * height * width));
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<float>(i) / static_cast<float>(values.size() - 1);
  return data::Array::of<float>({count, height, width}, values);
}

TEST_CASE("picture: a grid has the columns that make it largest, with whole pixels of the screen") {
  const PicturePtr picture = picture_of(ramp(64, 28, 28));
  const PictureLayout made = layout(*picture, {700, 500}, {.gap = 2});
  CHECK(made.columns == 8);
  CHECK(made.rows == 8);
  CHECK(made.cell_width == 56);  // (500 - 14) / 8 / 28 is a little above 2
  CHECK(made.size.x == 8 * 56 + 14);
  const PictureLayout wide = layout(*picture_of(ramp(10, 8, 16)), {320, 320}, {});
  CHECK(wide.columns == 2);  // 5 rows of 32 x 8 pixels, 8 times as large
  CHECK(wide.cell_width == 128);
  CHECK(layout(*picture, {700, 500}, {.columns = 16, .gap = 0}).rows == 4);
}

TEST_CASE("picture: where there is little room images are shrunk, and with none left out") {
  const PicturePtr picture = picture_of(ramp(4, 100, 100));
  const PictureLayout made = layout(*picture, {50, 80}, {});
  CHECK(made.size.x == doctest::Approx(50));
  CHECK(made.cell_width == doctest::Approx(25));
  CHECK(layout(*picture, {0, 80}, {}).size.x == 0);
  CHECK(layout(*picture, {3, 3}, {.gap = 20}).size.x == 0);
  CHECK(layout({}, {300, 300}, {}).size.x == 0);
}

TEST_CASE("picture: a point is in an image's pixel, in a gap or beyond the last image") {
  const PicturePtr picture = picture_of(ramp(3, 2, 4));  // two columns, of 4 x 2 pixels
  const PictureStyle style{.columns = 2, .gap = 10};
  const PictureLayout made = layout(*picture, {90, 50}, style);
  REQUIRE(made.cell_width == 40);
  const auto place = [&](float x, float y) { return pixel_at(*picture, made, {x, y}, style); };
  CHECK(place(0, 0).image == 0);
  CHECK(place(39.5f, 19.5f).x == 3);
  CHECK(place(39.5f, 19.5f).y == 1);
  CHECK(place(45, 5).image == -1);  // the gap
  CHECK(place(61, 12).image == 1);
  CHECK(place(61, 12).x == 1);
  CHECK(place(61, 12).y == 1);
  CHECK(place(5, 35).image == 2);
  CHECK(place(61, 35).image == -1);  // there is no fourth
  CHECK(place(-1, 0).image == -1);
  CHECK(place(90, 0).image == -1);
}

TEST_CASE("picture: magnified, a point means the part that is shown") {
  const PicturePtr picture = picture_of(ramp(3, 10, 10));
  const PictureStyle style{.image = 2, .x = 0.5f, .y = 0.2f, .zoom = 2};
  const PictureLayout made = layout(*picture, {100, 100}, style);
  const PixelPlace place = pixel_at(*picture, made, {41, 1}, style);
  CHECK(place.image == 2);
  CHECK(place.x == 7);
  CHECK(place.y == 2);
}

TEST_CASE("picture: values are read as numbers from 0 to 1, and outside there is none") {
  const PicturePtr bytes =
      picture_of(data::Array::of<std::uint8_t>({1, 1, 2, 3}, {0, 51, 255, 1, 2, 3}));
  CHECK(bytes->at(0, 0, 0, 1) == doctest::Approx(0.2));
  CHECK(std::isnan(bytes->at(0, 0, 2, 0)));
  CHECK(std::isnan(Picture{}.at(0, 0, 0, 0)));
  CHECK_THROWS(picture_of(data::Array::zeros(DType::f32, {2, 2})));
  CHECK_THROWS(picture_of(data::Array::zeros(DType::f32, {2, 2, 2, 2})));
  CHECK_THROWS(picture_of(data::Array::zeros(DType::i32, {2, 2, 2})));
}

TEST_CASE("picture: the ends and middles of the colour maps") {
  CHECK(color_of(Colors::gray, 0.5f) == IM_COL32(128, 128, 128, 255));
  CHECK(color_of(Colors::sequential, 0) == IM_COL32(68, 1, 84, 255));
  CHECK(color_of(Colors::sequential, 7) == IM_COL32(253, 231, 37, 255));
  CHECK(color_of(Colors::diverging, 0.5f) == IM_COL32(247, 247, 247, 255));
  CHECK(color_of(Colors::diverging, 0) == IM_COL32(5, 48, 97, 255));
}

// ---- drawn by the device, without a display ----------------------------------------------------

struct Drawn {
  data::Array pixels;
  PictureLayout layout;
  ImU32 at(float x, float y) const {
    const auto index = static_cast<std::size_t>(y) * static_cast<std::size_t>(pixels.shape[1]) +
                       static_cast<std::size_t>(x);
    const auto* p = &pixels.as<std::uint8_t>()[index * 3];
    return IM_COL32(p[0], p[1], p[2], 255);
  }
};

// The picture at (16, 24) of a window of 200 x 120 pixels.
Drawn drawn_with(Window& window, const PicturePtr& picture, const PictureStyle& style,
                 ImVec2 space) {
  Drawn drawn;
  window.frame([&] {
    ImGui::SetNextWindowPos({0, 0});
    ImGui::SetNextWindowSize({200, 120});
    ImGui::Begin("picture", nullptr, ImGuiWindowFlags_NoDecoration);
    ImGui::SetCursorScreenPos({16, 24});
    drawn.layout = draw(picture, space, style);
    ImGui::TextUnformatted("after");  // what follows is drawn as before
    ImGui::End();
  });
  drawn.pixels = window.capture();
  return drawn;
}

bool near(ImU32 a, ImU32 b) {
  for (const int shift : {0, 8, 16})
    if (std::abs(static_cast<int>(a >> shift & 255) - static_cast<int>(b >> shift & 255)) > 1)
      return false;
  return true;
}

// Every pixel of the picture, on the screen and by pixel_at() and color_of().
int wrong_pixels(const Drawn& drawn, const Picture& picture, const PictureStyle& style) {
  int wrong = 0;
  for (float y = 0; y < drawn.layout.size.y; ++y)
    for (float x = 0; x < drawn.layout.size.x; ++x) {
      const PixelPlace place = pixel_at(picture, drawn.layout, {x + 0.5f, y + 0.5f}, style);
      const ImU32 seen = drawn.at(16 + x, 24 + y);
      ImU32 expected = theme().background;
      if (place.image >= 0 && picture.channels == 1) {
        const float value = picture.at(place.image, place.y, place.x, 0);
        expected = color_of(style.colors, (value - style.low) / (style.high - style.low));
      } else if (place.image >= 0) {
        const auto byte = [&](int c) {
          return static_cast<int>(picture.at(place.image, place.y, place.x, c) * 255 + 0.5f);
        };
        expected = IM_COL32(byte(0), byte(1), byte(2), 255);
      }
      if (!near(seen, expected)) ++wrong;
    }
  return wrong;
}

struct Offscreen {
  std::shared_ptr<gpu::Device> device = gpu::Device::open();
  std::uint64_t before = device->validation_messages();
  Window window{device, {.offscreen = true, .width = 200, .height = 120}};
  ~Offscreen() { CHECK(device->validation_messages() == before); }
};

TEST_CASE("picture: on the screen every pixel is what the numbers say, in all three colour maps") {
  if (!test::have_device()) return;
  Offscreen screen;
  const PicturePtr picture = picture_of(ramp(5, 4, 6));
  for (const Colors colors : {Colors::gray, Colors::sequential, Colors::diverging}) {
    const PictureStyle style{.colors = colors, .low = 0.1f, .high = 0.8f, .gap = 3};
    const Drawn drawn = drawn_with(screen.window, picture, style, {150, 80});
    CHECK(drawn.layout.size.x > 60);
    CHECK(wrong_pixels(drawn, *picture, style) == 0);
    CHECK(drawn.at(8, 8) == theme().background);
  }
}

TEST_CASE("picture: bytes of three channels, one image alone and magnified") {
  if (!test::have_device()) return;
  Offscreen screen;
  std::vector<std::uint8_t> bytes(3 * 8 * 8 * 3);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i * 37);
  const PicturePtr picture = picture_of(data::Array::of<std::uint8_t>({3, 8, 8, 3}, bytes));
  for (const PictureStyle& style : {PictureStyle{}, PictureStyle{.image = 1},
                                    PictureStyle{.image = 2, .x = 0.25f, .y = 0.5f, .zoom = 2}}) {
    const Drawn drawn = drawn_with(screen.window, picture, style, {150, 80});
    CHECK(drawn.layout.size.x > 20);
    CHECK(wrong_pixels(drawn, *picture, style) == 0);
  }
}

TEST_CASE("picture: numbers on the device are drawn from there, at any offset") {
  if (!test::have_device()) return;
  Offscreen screen;
  const data::Array values = ramp(3, 5, 7);
  const auto storage = std::make_shared<Storage>("samples", DType::f32, 500);
  const std::int64_t first = 131;
  storage->write(first * 4, values.bytes);
  storage->on(screen.device);
  const PicturePtr host = picture_of(values);
  auto device = std::make_shared<Picture>(*host);
  device->pixels = {};
  device->device = storage;
  device->first = first;
  const PictureStyle style{.colors = Colors::sequential, .gap = 1};
  const Drawn drawn = drawn_with(screen.window, device, style, {150, 80});
  CHECK(wrong_pixels(drawn, *host, style) == 0);
  device->first = 400;
  CHECK_THROWS(drawn_with(screen.window, device, style, {150, 80}));
}

TEST_CASE("picture: what is not finite has a colour of its own") {
  if (!test::have_device()) return;
  Offscreen screen;
  const float nan = std::nanf("");
  const PicturePtr picture = picture_of(data::Array::of<float>({1, 1, 3}, {nan, 0.5f, INFINITY}));
  const Drawn drawn = drawn_with(screen.window, picture, {}, {30, 30});
  CHECK(drawn.at(20, 28) == color_of(Colors::gray, nan));
  CHECK(drawn.at(30, 28) == IM_COL32(128, 128, 128, 255));
  CHECK(drawn.at(40, 28) == color_of(Colors::gray, nan));
}

}  // namespace
}  // namespace lemnos::viewer
