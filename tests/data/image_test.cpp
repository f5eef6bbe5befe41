// SPDX-License-Identifier: Apache-2.0
#include "data/formats/image.h"

#include <zlib.h>

#include <limits>

#include "tests/data/fixtures.h"

namespace lemnos::data {
namespace {

std::vector<std::uint8_t> threes(std::size_t n) {
  std::vector<std::uint8_t> values;
  for (std::size_t i = 0; i < n; ++i) values.push_back(static_cast<std::uint8_t>(3 * i));
  return values;
}

// Makes every chunk's checksum right, so that damage reaches libpng.
void fix_checksums(std::vector<std::byte>& bytes) {
  for (std::size_t at = 8; at + 12 <= bytes.size();) {
    const std::size_t length = load_big32(bytes, at);
    if (length > bytes.size() - at - 12) return;
    auto* body = reinterpret_cast<unsigned char*>(bytes.data() + at + 4);
    const auto sum = __builtin_bswap32(static_cast<std::uint32_t>(crc32_z(0, body, 4 + length)));
    std::memcpy(bytes.data() + at + 8 + length, &sum, 4);
    at += 12 + length;
  }
}

std::vector<std::byte> declaring(std::uint32_t width, std::uint32_t height) {
  auto bytes = fixture_bytes("gray.png");
  for (const auto& [at, value] : {std::pair{16, width}, std::pair{20, height}}) {
    const std::uint32_t big = __builtin_bswap32(value);
    std::memcpy(bytes.data() + at, &big, 4);
  }
  fix_checksums(bytes);
  return bytes;
}

Array parse(Bytes bytes, std::string_view name) { return parse_png(bytes, name); }

}  // namespace

TEST_CASE("png: gray, RGB and RGBA read what Python wrote") {
  CHECK(holds(read_png(fixture("gray.png")), Shape{4, 5, 1}, threes(20)));
  CHECK(holds(read_png(fixture("rgb.png")), Shape{4, 5, 3}, threes(60)));
  CHECK(holds(read_png(fixture("rgba.png")), Shape{4, 5, 4}, threes(80)));
}

TEST_CASE("png: palettes, 16 bits and gray with alpha become 8-bit channels") {
  CHECK(holds<std::uint8_t>(read_png(fixture("palette.png")), Shape{2, 2, 3},
                            {255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 0, 0}));
  CHECK(holds(read_png(fixture("gray16.png")), Shape{4, 5, 1}, threes(20)));
  const Array alpha = read_png(fixture("gray_alpha.png"));
  CHECK(alpha.shape == Shape{4, 5, 4});
  CHECK(alpha.as<std::uint8_t>()[4] == 6);  // second pixel: gray 6 ...
  CHECK(alpha.as<std::uint8_t>()[7] == 9);  // ... alpha 9
}

TEST_CASE("png: conversion on request, gray to RGB and back is the identity") {
  const Array rgb = read_png(fixture("gray.png"), Channels::rgb);
  CHECK(rgb.shape == Shape{4, 5, 3});
  CHECK(rgb.as<std::uint8_t>()[3 * 7] == 21);
  const Array gray = parse_png(encode_png(rgb), "rgb", Channels::gray);
  CHECK(holds(gray, Shape{4, 5, 1}, threes(20)));
  CHECK(read_png(fixture("rgba.png"), Channels::gray).shape == Shape{4, 5, 1});
}

TEST_CASE("png: what is written is read back, f32 is clamped and rounded") {
  for (const char* name : {"gray.png", "rgb.png", "rgba.png"}) {
    const Array image = read_png(fixture(name));
    CHECK(parse(encode_png(image), "again").bytes == image.bytes);
  }
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const Array image = Array::of<float>(Shape{1, 6}, {-1, 0, 0.5f, 1, 7, nan});
  const ScratchFolder folder;
  write_png(folder / "a.png", image);
  CHECK(holds<std::uint8_t>(read_png(folder / "a.png"), Shape{1, 6, 1}, {0, 0, 128, 255, 255, 0}));
}

TEST_CASE("png: arrays that are no images are refused") {
  CHECK_FAILS(encode_png(Array::zeros(DType::u8, Shape{2, 2, 2})), "C = 1, 3 or 4, not [2, 2, 2]");
  CHECK_FAILS(encode_png(Array::zeros(DType::u8, Shape{4})), "an image is [H, W] or [H, W, C]");
  CHECK_FAILS(encode_png(Array::zeros(DType::i32, Shape{2, 2})), "not i32");
  CHECK_FAILS(image_grid(Array::zeros(DType::u8, Shape{2, 2, 1}), 1),
              "[N, H, W, C], not [2, 2, 1]");
  CHECK_FAILS(image_grid(Array::zeros(DType::u8, Shape{1, 2, 2, 1}), 0),
              "at least 1 column, not 0");
}

TEST_CASE("png: a grid has the images in reading order with a 2-pixel gap") {
  const Array images = Array::of<std::uint8_t>(Shape{3, 1, 2, 1}, {1, 2, 3, 4, 5, 6});
  CHECK(holds<std::uint8_t>(image_grid(images, 2), Shape{4, 6, 1},
                            {1,  2,  64, 64, 3,  4,  64, 64, 64, 64, 64, 64,  //
                             64, 64, 64, 64, 64, 64, 5,  6,  64, 64, 64, 64}));
  CHECK(image_grid(images, 100).shape == Shape{1, 10, 1});
  const ScratchFolder folder;
  write_grid(folder / "grid.png", images, 2);
  CHECK(read_png(folder / "grid.png").shape == Shape{4, 6, 1});
}

TEST_CASE("png: 100000 x 100000 declared pixels are refused before allocation") {
  CHECK_FAILS(parse(declaring(100000, 100000), "bomb.png"),
              "bomb.png: 100000 x 100000 pixels are more than the 67108864 allowed");
  CHECK_FAILS(parse(declaring(0x7fffffff, 0x7fffffff), "bomb.png"), "bomb.png: ");
  CHECK_FAILS(parse(declaring(0, 4), "bomb.png"), "bomb.png: ");
  CHECK_FAILS(read_png(fixture("gray.png"), Channels::gray, 19), "more than the 19 allowed");
}

TEST_CASE("png: a file that is no PNG, is cut at any byte or damaged is refused by name") {
  CHECK_FAILS(parse(fixture_bytes("u8.idx"), "a.png"), "a.png: not a PNG file");
  for (const char* name : {"gray.png", "palette.png"})
    refuses_every_truncation(fixture_bytes(name), parse);
  auto bytes = fixture_bytes("gray.png");
  bytes[50] ^= std::byte{4};
  CHECK_FAILS(parse(bytes, "a.png"), "the chunk at byte 33 fails its checksum");
}

TEST_CASE("png: thousands of damaged files neither crash nor escape as other exceptions") {
  survives_mutations(fixture_bytes("gray.png"), parse);
  for (const char* name : {"rgb.png", "palette.png", "gray16.png", "gray_alpha.png"})
    survives_mutations(fixture_bytes(name), parse, fix_checksums);
}

TEST_CASE("png: a colour's gray is its luma, whatever the format") {
  const Array palette = read_png(fixture("palette.png"), Channels::gray);
  CHECK(holds<std::uint8_t>(palette, Shape{2, 2, 1}, {76, 150, 29, 76}));
  const Array jpeg = read_image(fixture("rgb.jpg"), Channels::gray);  // nearly the same colours
  CHECK(jpeg.as<std::uint8_t>()[0] == 76);
}

TEST_CASE("png: an opaque image has its alpha laid on black") {
  CHECK(read_png(fixture("gray_alpha.png"), Channels::opaque).shape == Shape{4, 5, 1});
  CHECK(read_png(fixture("rgba.png"), Channels::opaque).shape == Shape{4, 5, 3});
  const Array half = Array::of<std::uint8_t>(Shape{1, 2, 4}, {90, 60, 30, 255, 90, 60, 30, 0});
  CHECK(holds<std::uint8_t>(parse_png(encode_png(half), "half", Channels::opaque), Shape{1, 2, 3},
                            {90, 60, 30, 0, 0, 0}));
}

}  // namespace lemnos::data
