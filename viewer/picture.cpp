// SPDX-License-Identifier: Apache-2.0
#include "viewer/picture.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <deque>
#include <limits>
#include <utility>

#include "runtime/base/error.h"
#include "viewer/colors.inc"

namespace lemnos::viewer {
namespace {

// Kept until the frame that shows them has been rendered; a deque does not move what it holds.
std::deque<PictureDraw> drawn;
std::function<void(const PictureDraw&)> renderer;

void render_one(const ImDrawList*, const ImDrawCmd* command) {
  if (!renderer) return;
  auto& draw = *static_cast<PictureDraw*>(command->UserCallbackData);
  draw.clip = command->ClipRect;
  renderer(draw);
}

std::int64_t images_of(const Picture& picture, const PictureStyle& style) {
  return style.image >= 0 ? std::min<std::int64_t>(picture.count, 1) : picture.count;
}

using Rgb = std::array<float, 3>;
constexpr Rgb color(float r, float g, float b) { return {r, g, b}; }
constexpr Rgb viridis[] = {VIRIDIS(color)};
constexpr Rgb blue_red[] = {BLUE_RED(color)};

template <std::size_t n>
ImU32 mixed(const Rgb (&map)[n], float at) {
  const float place = at * static_cast<float>(n - 1);
  const auto below = std::min(static_cast<std::size_t>(place), n - 2);
  const float rest = place - static_cast<float>(below);
  int channels[3];
  for (std::size_t c = 0; c < 3; ++c)
    channels[c] = static_cast<int>(std::lround(std::lerp(map[below][c], map[below + 1][c], rest)));
  return IM_COL32(channels[0], channels[1], channels[2], 255);
}

}  // namespace

float Picture::at(std::int64_t image, std::int64_t y, std::int64_t x, std::int64_t channel) const {
  const bool inside = image >= 0 && image < count && y >= 0 && y < height && x >= 0 && x < width &&
                      channel >= 0 && channel < channels;
  if (!inside || pixels.empty()) return std::numeric_limits<float>::quiet_NaN();
  const auto index =
      static_cast<std::size_t>(((image * height + y) * width + x) * channels + channel);
  if (pixels.dtype == DType::u8) return static_cast<float>(pixels.as<std::uint8_t>()[index]) / 255;
  return pixels.as<float>()[index];
}

PicturePtr picture_of(data::Array pixels) {
  const Shape& shape = pixels.shape;
  const bool fits = (pixels.dtype == DType::f32 || pixels.dtype == DType::u8) &&
                    (shape.rank() == 3 || (shape.rank() == 4 && (shape[3] == 1 || shape[3] == 3)));
  check(fits && !pixels.empty(),
        "a picture is f32 or u8 of shape [N, H, W], [N, H, W, 1] or [N, H, W, 3], not {} of {}",
        shape, name_of(pixels.dtype));
  pixels.verify();
  auto picture = std::make_shared<Picture>();
  picture->count = shape[0];
  picture->height = shape[1];
  picture->width = shape[2];
  picture->channels = shape.rank() == 4 ? shape[3] : 1;
  picture->pixels = std::move(pixels);
  return picture;
}

// Pixels of the screen for each of an image, where so many columns of them fill the space: whole
// ones, or halves where that would leave much of it empty.
static float size_in(const Picture& picture, ImVec2 space, float gap, std::int64_t images,
                     std::int64_t columns) {
  const auto across = static_cast<float>(columns);
  const auto down = static_cast<float>((images + columns - 1) / columns);
  const float size =
      std::min((space.x - gap * (across - 1)) / (across * static_cast<float>(picture.width)),
               (space.y - gap * (down - 1)) / (down * static_cast<float>(picture.height)));
  if (size < 1) return size;
  return size < 3 ? std::floor(size * 2) / 2 : std::floor(size);
}

PictureLayout layout(const Picture& picture, ImVec2 space, const PictureStyle& style) {
  PictureLayout made;
  const std::int64_t images = images_of(picture, style);
  if (images < 1 || picture.height < 1 || picture.width < 1) return made;
  const auto size_of = [&](std::int64_t columns) {
    return size_in(picture, space, style.gap, images, columns);
  };
  if (style.image < 0 && style.columns > 0) made.columns = std::min(style.columns, images);
  if (style.image < 0 && style.columns <= 0)
    for (std::int64_t columns = 2; columns <= images; ++columns)
      if (size_of(columns) > size_of(made.columns)) made.columns = columns;
  made.rows = (images + made.columns - 1) / made.columns;

  const float size = size_of(made.columns);
  if (!(size > 0)) return made;
  made.cell_width = static_cast<float>(picture.width) * size;
  made.cell_height = static_cast<float>(picture.height) * size;
  const auto columns = static_cast<float>(made.columns), rows = static_cast<float>(made.rows);
  made.size = {columns * made.cell_width + style.gap * (columns - 1),
               rows * made.cell_height + style.gap * (rows - 1)};
  return made;
}

PictureLayout draw(const PicturePtr& picture, ImVec2 space, const PictureStyle& style) {
  check(picture != nullptr, "there is no picture to draw");
  const PictureLayout made = layout(*picture, space, style);
  const ImVec2 cursor = ImGui::GetCursorScreenPos();
  const ImVec2 at{std::floor(cursor.x), std::floor(cursor.y)};  // whole pixels
  ImGui::Dummy(made.size);
  if (made.size.x <= 0 || !ImGui::IsItemVisible()) return made;
  drawn.push_back({.picture = picture, .style = style, .layout = made, .at = at});
  ImDrawList& list = *ImGui::GetWindowDrawList();
  list.AddCallback(render_one, &drawn.back());
  list.AddCallback(ImDrawCallback_ResetRenderState, nullptr);
  return made;
}

PixelPlace pixel_at(const Picture& picture, const PictureLayout& layout, ImVec2 point,
                    const PictureStyle& style) {
  PixelPlace place;
  if (point.x < 0 || point.y < 0 || point.x >= layout.size.x || point.y >= layout.size.y)
    return place;
  const float x = style.x * layout.size.x + point.x / style.zoom;
  const float y = style.y * layout.size.y + point.y / style.zoom;
  const auto column = static_cast<std::int64_t>(std::floor(x / (layout.cell_width + style.gap)));
  const auto row = static_cast<std::int64_t>(std::floor(y / (layout.cell_height + style.gap)));
  const float inside_x = x - static_cast<float>(column) * (layout.cell_width + style.gap);
  const float inside_y = y - static_cast<float>(row) * (layout.cell_height + style.gap);
  const std::int64_t image = row * layout.columns + column;
  if (column < 0 || row < 0 || column >= layout.columns || image >= images_of(picture, style) ||
      inside_x >= layout.cell_width || inside_y >= layout.cell_height)
    return place;  // a gap, or beyond the last image
  const auto pixel = [](float inside, float cell, std::int64_t size) {
    const auto found = static_cast<std::int64_t>(inside / cell * static_cast<float>(size));
    return std::min(found, size - 1);
  };
  place.image = std::max<std::int64_t>(style.image, 0) + image;
  place.y = pixel(inside_y, layout.cell_height, picture.height);
  place.x = pixel(inside_x, layout.cell_width, picture.width);
  return place;
}

ImU32 color_of(Colors colors, float at) {
  constexpr Rgb odd = color(NOT_FINITE);
  if (!std::isfinite(at)) return IM_COL32(odd[0], odd[1], odd[2], 255);
  at = std::clamp(at, 0.0f, 1.0f);
  if (colors == Colors::sequential) return mixed(viridis, at);
  if (colors == Colors::diverging) return mixed(blue_red, at);
  const auto gray = static_cast<int>(std::lround(at * 255));
  return IM_COL32(gray, gray, gray, 255);
}

void render_pictures_with(std::function<void(const PictureDraw&)> render) {
  renderer = std::move(render);
}

void forget_pictures() { drawn.clear(); }

}  // namespace lemnos::viewer
