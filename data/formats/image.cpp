// SPDX-License-Identifier: Apache-2.0
#include "data/formats/image.h"

#include <png.h>
#include <zlib.h>

#include <algorithm>

#include "runtime/base/os.h"

namespace lemnos::data {
namespace {

constexpr std::uint64_t max_file_bytes = std::uint64_t{1} << 30;
constexpr std::string_view png_signature = "\x89PNG\r\n\x1a\n";

// libpng's simplified API: errors come back as codes, never as longjmp.
struct Png : png_image {
  Png() : png_image{} { version = PNG_IMAGE_VERSION; }
  ~Png() { png_image_free(this); }
  Png(const Png&) = delete;
  Png& operator=(const Png&) = delete;
};

// Walks all chunks: libpng stops at the last pixel and would not notice damage or a cut behind it.
void check_chunks(Bytes bytes, std::string_view name) {
  if (!text_of(bytes).starts_with(png_signature))
    fail("{}: not a PNG file ({} bytes, without the PNG signature)", name, bytes.size());
  for (std::size_t at = png_signature.size();;) {
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

void check_pixels(std::uint64_t width, std::uint64_t height, std::uint64_t max_pixels,
                  std::string_view name) {
  if (width * height > max_pixels)  // each below 2^32
    fail("{}: {} x {} pixels are more than the {} allowed; scale the image down", name, width,
         height, max_pixels);
}

Array with_channels(Array image, Channels channels) {
  const std::int64_t have = image.shape[2], want = static_cast<std::int64_t>(channels);
  if (want < 1 || want == have) return image;
  Array result = Array::zeros(DType::u8, image.shape.with(2, want));
  const auto from = image.as<std::uint8_t>();
  const auto to = result.as<std::uint8_t>();
  const auto step = static_cast<std::size_t>(have), stride = static_cast<std::size_t>(want);
  for (std::size_t i = 0, o = 0; i < from.size(); i += step, o += stride) {
    const auto channel = [&](std::size_t c) -> unsigned { return from[i + (have == 1 ? 0 : c)]; };
    const unsigned luma = 299 * channel(0) + 587 * channel(1) + 114 * channel(2);
    for (std::size_t c = 0; c < stride; ++c)
      to[o + c] = static_cast<std::uint8_t>(want == 1 ? (luma + 500) / 1000
                                            : c == 3  ? 255
                                                      : channel(c));
  }
  return result;
}

Array parse_image(Bytes bytes, std::string_view name, Channels channels, std::uint64_t max_pixels) {
  const std::string_view text = text_of(bytes);
  if (text.starts_with(png_signature)) return parse_png(bytes, name, channels, max_pixels);
  if (text.starts_with("\xff\xd8\xff")) return parse_jpeg(bytes, name, channels, max_pixels);
  fail("{}: neither a PNG nor a JPEG image ({} bytes, without the signature of either)", name,
       bytes.size());
}

Array read_image(const std::filesystem::path& path, Channels channels, std::uint64_t max_pixels) {
  return parse_image(os::read_file(path, max_file_bytes), path.string(), channels, max_pixels);
}

bool has_image_name(const std::filesystem::path& path) {
  std::string extension = path.extension();
  for (char& letter : extension)
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  return extension == ".png" || extension == ".jpg" || extension == ".jpeg";
}

Array parse_png(Bytes bytes, std::string_view name, Channels channels, std::uint64_t max_pixels) {
  check_chunks(bytes, name);
  Png png;
  if (png_image_begin_read_from_memory(&png, bytes.data(), bytes.size()) == 0)
    fail("{}: cannot be read as PNG: {}", name, png.message);
  check_pixels(png.width, png.height, max_pixels, name);
  // libpng would make gray of linear light; a JPEG of the same picture must give the same gray.
  const bool color = (png.format & PNG_FORMAT_FLAG_COLOR) != 0;
  const bool alpha = (png.format & PNG_FORMAT_FLAG_ALPHA) != 0;
  if (channels == Channels::rgba || (channels == Channels::as_stored && alpha)) {
    png.format = PNG_FORMAT_RGBA;
  } else {
    png.format = color ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
  }
  png.flags |= PNG_IMAGE_FLAG_16BIT_sRGB;  // as image programs write them, not linear light
  Array image =
      Array::zeros(DType::u8, Shape{png.height, png.width, PNG_IMAGE_SAMPLE_CHANNELS(png.format)});
  const png_color black{0, 0, 0};
  if (png_image_finish_read(&png, &black, image.bytes.data(), 0, nullptr) == 0)
    fail("{}: cannot be read as PNG: {}", name, png.message);
  return image.shape[2] == 4 ? image : with_channels(std::move(image), channels);
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
