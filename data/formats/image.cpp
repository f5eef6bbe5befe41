// SPDX-License-Identifier: Apache-2.0
#include "data/formats/image.h"

#include <png.h>
#include <zlib.h>

#include <algorithm>

#include "runtime/base/os.h"

namespace lemnos::data {
namespace {

constexpr std::uint64_t max_file_bytes = std::uint64_t{1} << 30;

// libpng's simplified API: errors come back as codes, never as longjmp.
struct Png : png_image {
  Png() : png_image{} { version = PNG_IMAGE_VERSION; }
  ~Png() { png_image_free(this); }
  Png(const Png&) = delete;
  Png& operator=(const Png&) = delete;
};

// Walks all chunks: libpng stops at the last pixel and would not notice damage or a cut behind it.
void check_chunks(Bytes bytes, std::string_view name) {
  constexpr std::string_view signature = "\x89PNG\r\n\x1a\n";
  if (text_of(bytes.first(std::min(bytes.size(), signature.size()))) != signature)
    fail("{}: not a PNG file ({} bytes, without the PNG signature)", name, bytes.size());
  for (std::size_t at = signature.size();;) {
    const std::size_t left = bytes.size() - at;
    if (left < 12) fail("{}: the PNG is cut off at byte {}", name, bytes.size());
    const std::uint64_t length = load_big32(bytes, at);
    if (length > left - 12)
      fail("{}: the PNG is cut off: a chunk at byte {} has {} bytes, {} are left", name, at, length,
           left - 12);
    const Bytes body = bytes.subspan(at + 4, 4 + static_cast<std::size_t>(length));
    const auto sum = crc32_z(0, reinterpret_cast<const Bytef*>(body.data()), body.size());
    if (sum != load_big32(bytes, at + 4 + body.size()))
      fail("{}: the PNG is damaged: the chunk at byte {} fails its checksum", name, at);
    if (text_of(body.first(4)) == "IEND") return;
    at += 8 + body.size();
  }
}

Channels stored_channels(png_uint_32 format) {
  if ((format & PNG_FORMAT_FLAG_ALPHA) != 0) return Channels::rgba;
  return (format & PNG_FORMAT_FLAG_COLOR) != 0 ? Channels::rgb : Channels::gray;
}

png_uint_32 format_of(std::int64_t channels) {
  return channels == 1 ? PNG_FORMAT_GRAY : channels == 3 ? PNG_FORMAT_RGB : PNG_FORMAT_RGBA;
}

std::uint8_t to_u8(float value) {
  if (!(value > 0.0f)) return 0;  // NaN too
  return static_cast<std::uint8_t>(std::min(value, 1.0f) * 255.0f + 0.5f);
}

Array as_u8(const Array& images) {
  if (images.dtype == DType::u8) return images;
  if (images.dtype != DType::f32)
    fail_usage("an image is u8, or f32 in [0, 1], not {}", name_of(images.dtype));
  Array result = Array::zeros(DType::u8, images.shape);
  std::ranges::transform(images.as<float>(), result.as<std::uint8_t>().begin(), to_u8);
  return result;
}

}  // namespace

Array parse_png(Bytes bytes, std::string_view name, Channels channels, std::uint64_t max_pixels) {
  check_chunks(bytes, name);
  Png png;
  if (png_image_begin_read_from_memory(&png, bytes.data(), bytes.size()) == 0)
    fail("{}: cannot be read as PNG: {}", name, png.message);
  if (std::uint64_t{png.width} * png.height > max_pixels)
    fail("{}: {} x {} pixels are more than the {} allowed; scale the image down", name, png.width,
         png.height, max_pixels);
  if (channels == Channels::as_stored) channels = stored_channels(png.format);
  png.format = format_of(static_cast<std::int64_t>(channels));
  png.flags |= PNG_IMAGE_FLAG_16BIT_sRGB;  // as image programs write them, not linear light
  Array image = Array::zeros(DType::u8, Shape{png.height, png.width, static_cast<int>(channels)});
  const png_color black{0, 0, 0};
  if (png_image_finish_read(&png, &black, image.bytes.data(), 0, nullptr) == 0)
    fail("{}: cannot be read as PNG: {}", name, png.message);
  return image;
}

Array read_png(const std::filesystem::path& path, Channels channels, std::uint64_t max_pixels) {
  return parse_png(os::read_file(path, max_file_bytes), path.string(), channels, max_pixels);
}

std::vector<std::byte> encode_png(const Array& image) {
  image.verify();
  const Shape& shape = image.shape;
  const std::int64_t depth = shape.rank() == 3 ? shape[2] : 1;
  if ((shape.rank() != 2 && shape.rank() != 3) || (depth != 1 && depth != 3 && depth != 4))
    fail_usage("an image is [H, W] or [H, W, C] with C = 1, 3 or 4, not {}", shape);
  if (shape[0] > 1'000'000 || shape[1] > 1'000'000)
    fail_usage("a PNG of {} x {} pixels is too large to write", shape[1], shape[0]);
  const Array pixels = as_u8(image);
  Png png;
  png.height = static_cast<png_uint_32>(shape[0]);
  png.width = static_cast<png_uint_32>(shape[1]);
  png.format = format_of(depth);
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(png);
  std::vector<std::byte> out(size);
  if (png_image_write_to_memory(&png, out.data(), &size, 0, pixels.bytes.data(), 0, nullptr) == 0)
    fail("cannot encode an image {} as PNG: {}", shape, png.message);
  out.resize(size);
  return out;
}

void write_png(const std::filesystem::path& path, const Array& image) {
  os::write_file(path, encode_png(image));
}

Array image_grid(const Array& images, std::int64_t columns) {
  constexpr std::int64_t gap = 2;
  constexpr std::byte gap_value{64};
  images.verify();
  const Shape& shape = images.shape;
  if (shape.rank() != 4) fail_usage("images for a grid are [N, H, W, C], not {}", shape);
  if (columns < 1) fail_usage("a grid needs at least 1 column, not {}", columns);
  const Array pixels = as_u8(images);
  const std::int64_t count = shape[0], height = shape[1], width = shape[2], depth = shape[3];
  columns = std::min(columns, count);
  const std::int64_t rows = (count + columns - 1) / columns;
  const std::int64_t full = columns * (width + gap) - gap;
  Array grid = Array::zeros(DType::u8, Shape{rows * (height + gap) - gap, full, depth});
  std::ranges::fill(grid.bytes, gap_value);
  for (std::int64_t line = 0; line < count * height; ++line) {
    const std::int64_t image = line / height;
    const std::int64_t y = image / columns * (height + gap) + line % height;
    const std::int64_t x = image % columns * (width + gap);
    std::copy_n(pixels.bytes.begin() + line * width * depth, width * depth,
                grid.bytes.begin() + (y * full + x) * depth);
  }
  return grid;
}

void write_grid(const std::filesystem::path& path, const Array& images, std::int64_t columns) {
  write_png(path, image_grid(images, columns));
}

}  // namespace lemnos::data
