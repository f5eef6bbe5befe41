// SPDX-License-Identifier: Apache-2.0
// PNG and JPEG images as u8 arrays [H, W, C], C = 1 (gray), 3 (RGB) or 4 (RGBA), sRGB as stored.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>
#include <vector>

#include "data/array.h"
#include "data/formats/bytes.h"

namespace lemnos::data {

// as_stored: 1, 3 or 4 channels, whichever loses nothing (gray with alpha becomes RGBA); opaque: 1
// or 3 of them. Dropping alpha lays the image on black; a colour's gray is its luma, (299 R + 587 G
// + 114 B) / 1000, as in Pillow and torchvision.
enum class Channels { opaque = -1, as_stored = 0, gray = 1, rgb = 3, rgba = 4 };

constexpr std::uint64_t default_max_pixels = std::uint64_t{64} << 20;

// A PNG or JPEG image, whichever its first bytes say it is, whatever its name.
Array parse_image(Bytes bytes, std::string_view name, Channels channels = Channels::as_stored,
                  std::uint64_t max_pixels = default_max_pixels);
Array read_image(const std::filesystem::path& path, Channels channels = Channels::as_stored,
                 std::uint64_t max_pixels = default_max_pixels);

// Whether a file's name says that it is an image: .png, .jpg or .jpeg, in letters of any case.
bool has_image_name(const std::filesystem::path& path);

// Fails naming the file when it is not a PNG, damaged (every chunk's checksum is tested), cut off,
// or larger than max_pixels, which is tested before anything of that size is allocated. 16-bit
// samples are reduced to 8.
Array parse_png(Bytes bytes, std::string_view name, Channels channels = Channels::as_stored,
                std::uint64_t max_pixels = default_max_pixels);
Array read_png(const std::filesystem::path& path, Channels channels = Channels::as_stored,
               std::uint64_t max_pixels = default_max_pixels);

// The same of a JPEG (libjpeg-turbo): baseline or progressive, gray, YCbCr, RGB, CMYK or YCCK. Ink
// becomes light, R = (1 - C) (1 - K); where Adobe's marker says so, it was stored inverted. Pixels
// are where the file has them: an orientation in its EXIF data is not applied, as Pillow and
// torchvision do not either. What follows the end of the image is passed over.
Array parse_jpeg(Bytes bytes, std::string_view name, Channels channels = Channels::as_stored,
                 std::uint64_t max_pixels = default_max_pixels);

// An opaque image [H, W, 1|3] with other channels; alpha that it lacks is 255.
Array with_channels(Array image, Channels channels);

// Fails naming the file where it declares more pixels than are allowed.
void check_pixels(std::uint64_t width, std::uint64_t height, std::uint64_t max_pixels,
                  std::string_view name);

// An image [H, W] or [H, W, 1|3|4]: u8, or f32 in [0, 1] (clamped; NaN becomes 0; rounded to
// nearest).
std::vector<std::byte> encode_png(const Array& image);
void write_png(const std::filesystem::path& path, const Array& image);

// N images [N, H, W, 1|3|4] side by side in one image, row by row, with 2 dark gray pixels between.
// u8 or f32 in [0, 1]. Cells of the last row that have no image are dark gray too.
Array image_grid(const Array& images, std::int64_t columns);
void write_grid(const std::filesystem::path& path, const Array& images, std::int64_t columns);

}  // namespace lemnos::data
