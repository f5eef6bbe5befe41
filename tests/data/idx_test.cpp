// SPDX-License-Identifier: Apache-2.0
#include "data/formats/idx.h"

#include <numeric>

#include "data/formats/gzip.h"
#include "tests/data/fixtures.h"

namespace lemnos::data {
namespace {

std::vector<std::byte> header(std::uint32_t magic, std::vector<std::uint32_t> sizes) {
  std::vector<std::byte> bytes;
  append_big32(bytes, magic);
  for (const auto size : sizes) append_big32(bytes, size);
  return bytes;
}

}  // namespace

TEST_CASE("idx: the three element types and .gz read what Python wrote") {
  std::vector<std::uint8_t> bytes(60);
  std::iota(bytes.begin(), bytes.end(), std::uint8_t{0});
  CHECK(holds(read_idx(fixture("u8.idx")), Shape{3, 4, 5}, bytes));
  CHECK(holds(read_idx(fixture("u8.idx.gz")), Shape{3, 4, 5}, bytes));
  CHECK(holds<std::int32_t>(read_idx(fixture("i32.idx")), Shape{2, 3}, {-3, -2, -1, 0, 1, 2}));
  CHECK(holds(read_idx(fixture("f32.idx")), Shape{4}, ramp(4)));
}

TEST_CASE("idx: encoding gives the bytes that Python wrote") {
  for (const char* name : {"u8.idx", "i32.idx", "f32.idx"})
    CHECK(encode_idx(read_idx(fixture(name))) == fixture_bytes(name));
  CHECK_FAILS(encode_idx(Array::zeros(DType::u32, Shape{1})), "IDX has no u32");
}

TEST_CASE("idx: a file cut at any byte is refused by name, plain and .gz") {
  refuses_every_truncation(fixture_bytes("u8.idx"), parse_idx);
  refuses_every_truncation(fixture_bytes("u8.idx.gz"), parse_idx);
}

TEST_CASE("idx: a truncated .gz is an error that names the file and says it is cut off") {
  auto bytes = fixture_bytes("u8.idx.gz");
  bytes.resize(bytes.size() - 10);
  CHECK_FAILS(parse_idx(bytes, "train.gz"), "train.gz: the gzip data is cut off");
}

TEST_CASE("idx: a damaged .gz is an error that names the file and says it is damaged") {
  auto bytes = fixture_bytes("u8.idx.gz");
  bytes[bytes.size() - 6] ^= std::byte{1};  // the checksum
  CHECK_FAILS(parse_idx(bytes, "train.gz"), "train.gz: the gzip data is damaged");
  bytes = fixture_bytes("u8.idx.gz");
  bytes.push_back(std::byte{0});
  CHECK_FAILS(parse_idx(bytes, "train.gz"), "train.gz: 1 bytes follow the end");
}

TEST_CASE("idx: a .gz that holds more than its header declares is not inflated further") {
  const auto bytes = fixture_bytes("u8.idx.gz");
  CHECK_FAILS(gunzip(bytes, 75, "bomb.gz"), "bomb.gz: the gzip data holds more than the 75 bytes");
  CHECK(gunzip(bytes, 76, "fine.gz").size() == 76);
}

TEST_CASE("idx: wrong magic, type, rank and sizes are named") {
  CHECK_FAILS(parse_idx(header(0x89504e47, {}), "a.idx"), "a.idx: not an IDX file");
  CHECK_FAILS(parse_idx(header(0x00000B01, {1}), "a.idx"), "type i16 are not supported");
  CHECK_FAILS(parse_idx(header(0x00000701, {1}), "a.idx"), "element type is 0x07");
  CHECK_FAILS(parse_idx(header(0x00000800, {}), "a.idx"), "the IDX rank is 0, expected 1 to 6");
  CHECK_FAILS(parse_idx(header(0x00000807, {}), "a.idx"), "the IDX rank is 7, expected 1 to 6");
  CHECK_FAILS(parse_idx(header(0x00000803, {1, 2}), "a.idx"), "cut off inside the IDX header");
  CHECK_FAILS(parse_idx(header(0x00000802, {0, 4}), "a.idx"), "the shape [0, 4] has no elements");
  CHECK_FAILS(parse_idx(header(0x00000801, {5}), "a.idx"), "declares u8 [5], that is 5 bytes");
}

TEST_CASE("idx: huge declared sizes are refused before anything is allocated") {
  const std::uint32_t most = 0xffffffff;
  CHECK_FAILS(parse_idx(header(0x00000D03, {most, most, most}), "a.idx"), "more than 2^40");
  CHECK_FAILS(parse_idx(header(0x00000D01, {most}), "a.idx"), "that is 17179869180 bytes, but 0");
}

TEST_CASE("idx: thousands of damaged files neither crash nor escape as other exceptions") {
  survives_mutations(fixture_bytes("i32.idx"), parse_idx);
  survives_mutations(fixture_bytes("u8.idx.gz"), parse_idx);
}

}  // namespace lemnos::data
