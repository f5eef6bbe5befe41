// SPDX-License-Identifier: Apache-2.0
// Images and maps of numbers as panels draw them: pixel by pixel, by the GPU, from the host's
// memory or straight from the device's, without a read-back.
//
// ImGui 1.86's Vulkan backend binds no textures but its font: draw() adds a callback to the draw
// list, and the window that renders it has a small pipeline for it. Without a window (tests)
// nothing is drawn there.
#pragma once

#include <imgui/imgui.h>

#include <cstdint>
#include <functional>
#include <memory>

#include "data/array.h"

namespace lemnos {
class Storage;
}

namespace lemnos::viewer {

// [count, height, width, channels]; channels 1 or 3.
struct Picture {
  std::int64_t count = 0, height = 0, width = 0, channels = 1;
  data::Array pixels;               // f32 or u8, where the host has them
  std::shared_ptr<Storage> device;  // f32 on the device that the window draws with; or none
  std::int64_t first = 0;           // element of `device` at which they begin

  // Value of a pixel of the host's: f32, or u8 / 255. NaN where the host has none.
  float at(std::int64_t image, std::int64_t y, std::int64_t x, std::int64_t channel) const;
};
using PicturePtr = std::shared_ptr<const Picture>;  // one that is drawn does not change

// [N, H, W], [N, H, W, 1] or [N, H, W, 3].
PicturePtr picture_of(data::Array pixels);

// How values of one channel become colours; three channels are red, green and blue.
enum class Colors : std::uint8_t {
  gray,
  sequential,  // from dark to bright, of even lightness steps (viridis)
  diverging,   // blue below the middle of the range, red above
};

// The colour of 0 to 1, as pictures have it: for legends, and for maps that are drawn otherwise.
ImU32 color_of(Colors colors, float at);

struct PictureStyle {
  Colors colors = Colors::gray;
  float low = 0, high = 1;   // values that become the ends of the colours
  std::int64_t columns = 0;  // of the grid of images; 0: those that make them largest
  std::int64_t image = -1;   // this one alone; -1: all, as a grid
  float gap = 0;             // pixels of the screen between images
  // Magnified: what begins at these parts of the whole's width and height, `zoom` times as large.
  float x = 0, y = 0, zoom = 1;
};

// Where images are on the screen: as large as fits into `space` with square pixels, whole pixels of
// the screen (or one and a half) for each of an image where there is room.
struct PictureLayout {
  ImVec2 size{0, 0};  // of the whole
  std::int64_t columns = 1, rows = 1;
  float cell_width = 0, cell_height = 0;  // of an image, without the gap
};
PictureLayout layout(const Picture& picture, ImVec2 space, const PictureStyle& style);

// Draws at the cursor, into `space`, and moves on as an image would. Returns the layout, for hit
// testing: see pixel_at.
PictureLayout draw(const PicturePtr& picture, ImVec2 space, const PictureStyle& style = {});

// The image and pixel below a point given from the picture's left upper corner; image -1: none is.
struct PixelPlace {
  std::int64_t image = -1, y = 0, x = 0;
};
PixelPlace pixel_at(const Picture& picture, const PictureLayout& layout, ImVec2 point,
                    const PictureStyle& style);

// ---- for the window that renders ----------------------------------------------------------------

struct PictureDraw {
  PicturePtr picture;
  PictureStyle style;
  PictureLayout layout;
  ImVec2 at{0, 0};          // left upper corner, in ImGui's coordinates
  ImVec4 clip{0, 0, 0, 0};  // left, top, right, bottom: of the draw command
};
// Called for each picture of the frame when its draw list is rendered.
void render_pictures_with(std::function<void(const PictureDraw&)> render);
// What was drawn in the last frame is no longer needed: before ImGui::NewFrame().
void forget_pictures();

}  // namespace lemnos::viewer
