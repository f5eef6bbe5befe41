// SPDX-License-Identifier: Apache-2.0
// The fixtures are blocks of 8 x 8 equal pixels, in two rows; at() looks into a block's middle.
#include "data/formats/image.h"
#include "tests/data/fixtures.h"

namespace lemnos::data {
namespace {

using Pixel = std::vector<int>;

Pixel at(const Array& image, std::int64_t row, std::int64_t column) {
  const std::int64_t channels = image.shape[2];
  const std::int64_t first = ((8 * row + 2) * image.shape[1] + 8 * column + 2) * channels;
  const auto pixel = image.as<std::uint8_t>().subspan(static_cast<std::size_t>(first),
                                                      static_cast<std::size_t>(channels));
  return {pixel.begin(), pixel.end()};
}

// (Y, Cb, Cr) = (76, 85, 255), (149, 43, 21), (29, 255, 107), (180, 128, 128), by JFIF's formula.
void check_colors(const Array& image) {
  CHECK(image.shape == Shape{16, 16, 3});
  CHECK(at(image, 0, 0) == Pixel{254, 0, 0});
  CHECK(at(image, 0, 1) == Pixel{0, 255, 0});
  CHECK(at(image, 1, 0) == Pixel{0, 0, 254});
  CHECK(at(image, 1, 1) == Pixel{180, 180, 180});
}

Array parse(Bytes bytes, std::string_view name) { return parse_jpeg(bytes, name); }

// The fixture with another size in its frame header.
std::vector<std::byte> declaring(std::uint16_t width, std::uint16_t height) {
  auto bytes = fixture_bytes("gray.jpg");
  constexpr std::string_view frame("\xff\xc0", 2);
  const std::size_t marker = text_of(bytes).find(frame);
  for (const auto& [offset, value] : {std::pair{5, height}, std::pair{7, width}}) {
    bytes[marker + static_cast<std::size_t>(offset)] = static_cast<std::byte>(value >> 8);
    bytes[marker + static_cast<std::size_t>(offset) + 1] = static_cast<std::byte>(value & 255);
  }
  return bytes;
}

}  // namespace

TEST_CASE("jpeg: gray images, and sizes that are no multiple of 8") {
  const Array image = read_image(fixture("gray.jpg"));
  CHECK(image.shape == Shape{12, 20, 1});
  CHECK(at(image, 0, 0) == Pixel{0});
  CHECK(at(image, 0, 1) == Pixel{255});
  CHECK(at(image, 0, 2) == Pixel{100});
  CHECK(at(image, 1, 0) == Pixel{128});
  CHECK(at(image, 1, 2) == Pixel{200});
  CHECK(at(read_image(fixture("gray.jpg"), Channels::rgba), 0, 2) == Pixel{100, 100, 100, 255});
}

TEST_CASE("jpeg: baseline and progressive colour images are the same") {
  check_colors(read_image(fixture("rgb.jpg")));
  check_colors(read_image(fixture("progressive.jpg")));
  CHECK(at(read_image(fixture("rgb.jpg"), Channels::gray), 0, 0) == Pixel{76});
  CHECK(at(read_image(fixture("rgb.jpg"), Channels::rgba), 0, 1) == Pixel{0, 255, 0, 255});
}

TEST_CASE("jpeg: CMYK becomes RGB, stored inverted as Adobe does or not") {
  for (const char* name : {"cmyk.jpg", "cmyk_plain.jpg"}) {
    const Array image = read_image(fixture(name));
    CHECK(image.shape == Shape{16, 16, 3});
    CHECK(at(image, 0, 0) == Pixel{255, 0, 0});
    CHECK(at(image, 0, 1) == Pixel{0, 128, 128});  // half black
    CHECK(at(image, 1, 0) == Pixel{255, 255, 255});
    CHECK(at(image, 1, 1) == Pixel{0, 0, 0});  // all black
  }
}

TEST_CASE("jpeg: YCCK becomes RGB") {
  const Array image = read_image(fixture("ycck.jpg"));
  // YCC gives C = 255 - R and so on, which is stored: Adobe's inversion makes light of it again.
  CHECK(at(image, 0, 0) == Pixel{1, 255, 255});
  CHECK(at(image, 0, 1) == Pixel{128, 0, 128});
  CHECK(at(image, 1, 0) == Pixel{255, 255, 1});
  CHECK(at(image, 1, 1) == Pixel{0, 0, 0});
}

TEST_CASE("jpeg: a file is what its first bytes say, and neither format is an error") {
  CHECK(parse_image(fixture_bytes("gray.png"), "picture.JPG").shape == Shape{4, 5, 1});
  CHECK_FAILS(parse_image(fixture_bytes("u8.idx"), "a.jpeg"),
              "a.jpeg: neither a PNG nor a JPEG image (");
  CHECK_FAILS(parse_image({}, "empty.png"), "empty.png: neither a PNG nor a JPEG image (0 bytes");
  CHECK_FAILS(parse(fixture_bytes("gray.png"), "a.jpg"), "a.jpg: cannot be read as JPEG: Not a");
  CHECK_FAILS(read_image("no/such.jpg"), "no/such.jpg");
}

TEST_CASE("jpeg: 65500 x 65500 declared pixels are refused before allocation") {
  CHECK_FAILS(parse(declaring(65500, 65500), "bomb.jpg"),
              "bomb.jpg: 65500 x 65500 pixels are more than the 67108864 allowed");
  CHECK_FAILS(parse(declaring(0, 4), "bomb.jpg"), "bomb.jpg: cannot be read as JPEG: ");
  CHECK_FAILS(read_image(fixture("gray.jpg"), Channels::gray, 239), "more than the 239 allowed");
}

TEST_CASE("jpeg: a file that is cut at any byte is refused by name") {
  for (const char* name : {"rgb.jpg", "progressive.jpg", "ycck.jpg"})
    refuses_every_truncation(fixture_bytes(name), parse);
}

TEST_CASE("jpeg: bytes behind the image are passed over, as cameras put them there") {
  auto bytes = fixture_bytes("rgb.jpg");
  bytes.resize(bytes.size() + 100);
  check_colors(parse(bytes, "trailer.jpg"));
}

TEST_CASE("jpeg: endless scans over the same pixels are refused") {
  auto bytes = fixture_bytes("progressive.jpg");
  constexpr std::string_view start("\xff\xda", 2);
  const std::string_view text = text_of(bytes);
  const std::size_t last = text.rfind(start);
  const std::vector<std::byte> scan(bytes.begin() + static_cast<std::ptrdiff_t>(last),
                                    bytes.end() - 2);
  bytes.resize(last);
  for (int i = 0; i < 2000; ++i) append(bytes, scan);
  append_little<std::uint16_t>(bytes, 0xd9ff);
  CHECK_FAILS(parse(bytes, "scans.jpg"), "scans.jpg: cannot be read as JPEG: ");
}

TEST_CASE("jpeg: thousands of damaged files neither crash nor escape as other exceptions") {
  for (const char* name : {"gray.jpg", "progressive.jpg", "cmyk.jpg"})
    survives_mutations(fixture_bytes(name), parse);
}

}  // namespace lemnos::data
