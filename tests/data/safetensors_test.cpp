// SPDX-License-Identifier: Apache-2.0
#include "data/formats/safetensors.h"

#include "tests/data/fixtures.h"

namespace lemnos::data {
namespace {

std::vector<std::byte> with_header(const std::string& header, std::size_t data_bytes = 0) {
  std::vector<std::byte> bytes;
  append_little(bytes, std::uint64_t{header.size()});
  append(bytes, std::as_bytes(std::span(header)));
  bytes.resize(bytes.size() + data_bytes);
  return bytes;
}

TensorFile parse(const std::string& header, std::size_t data_bytes = 0) {
  return parse_safetensors(with_header(header, data_bytes), "a.st");
}

std::string tensor(const std::string& name, const std::string& dtype, const std::string& shape,
                   std::uint64_t begin, std::uint64_t end) {
  return fmt::format(R"("{}":{{"dtype":"{}","shape":{},"data_offsets":[{},{}]}})", name, dtype,
                     shape, begin, end);
}

}  // namespace

TEST_CASE("safetensors: reads what Python wrote by the format's description") {
  const TensorFile file = read_safetensors(fixture("good.safetensors"));
  CHECK(file.metadata ==
        std::map<std::string, std::string>{{"format", "lemnos"}, {"note", "\u00fcber"}});
  REQUIRE(file.tensors.size() == 4);
  CHECK(holds(file.tensors.at("weight"), Shape{2, 3}, ramp(6)));
  CHECK(holds<std::int32_t>(file.tensors.at("bias"), Shape{3}, {-1, 0, 1}));
  CHECK(holds<std::uint32_t>(file.tensors.at("count"), Shape{}, {5}));
  CHECK(holds<std::uint8_t>(file.tensors.at("mask"), Shape{3}, {0, 1, 2}));
}

TEST_CASE("safetensors: writing gives the bytes that Python wrote, data aligned to 8") {
  const ScratchFolder folder;
  write_safetensors(folder / "a.safetensors", read_safetensors(fixture("good.safetensors")));
  const auto bytes = os::read_file(folder / "a.safetensors");
  CHECK(bytes == fixture_bytes("good.safetensors"));
  CHECK(load_little<std::uint64_t>(bytes, 0) % 8 == 0);
}

TEST_CASE("safetensors: a file without tensors and metadata is legal") {
  CHECK(parse("{}").tensors.empty());
  CHECK(parse_safetensors(encode_safetensors({}), "a.st").metadata.empty());
  CHECK(parse("{}        ").tensors.empty());  // padding
}

TEST_CASE("safetensors: keys given twice are refused at every level") {
  const std::string a = tensor("a", "U8", "[1]", 0, 1);
  CHECK(parse("{" + a + "}", 1).tensors.size() == 1);
  CHECK_FAILS(parse("{" + a + "," + a + "}", 1), "a.st: the key 'a' is given twice");
  CHECK_FAILS(parse(R"({"__metadata__":{"k":"1","k":"2"}})"), "the key 'k' is given twice");
  CHECK_FAILS(parse(R"({"a":{"dtype":"U8","dtype":"U8"}})"), "the key 'dtype' is given twice");
  CHECK_FAILS(parse(R"({"__metadata__":{},"__metadata__":{}})"), "'__metadata__' is given twice");
}

TEST_CASE("safetensors: overlaps, holes and bytes without a tensor are refused") {
  const auto two = [](std::uint64_t begin, std::uint64_t end, std::size_t data_bytes) {
    return parse(
        "{" + tensor("a", "U8", "[4]", 0, 4) + "," + tensor("b", "U8", "[4]", begin, end) + "}",
        data_bytes);
  };
  CHECK(two(4, 8, 8).tensors.size() == 2);
  CHECK_FAILS(two(3, 7, 8), "a.st: tensor 'b' begins at byte 3 of the data, expected 4");
  CHECK_FAILS(two(0, 4, 8), "begins at byte 0 of the data, expected 4");
  CHECK_FAILS(two(5, 9, 9), "begins at byte 5 of the data, expected 4");
  CHECK_FAILS(two(4, 8, 9), "a.st: 1 bytes at the end belong to no tensor");
  CHECK_FAILS(two(4, 8, 7), "tensor 'b' covers bytes 4 to 8, but the data has 7");
  CHECK_FAILS(two(4, 2, 8), "tensor 'b' covers bytes 4 to 2");
  CHECK_FAILS(two(4, 18446744073709551615ull, 8),
              "tensor 'b' covers bytes 4 to 18446744073709551615");
}

TEST_CASE("safetensors: shape, type and offsets must agree, products cannot overflow") {
  const auto one = [](const std::string& dtype, const std::string& shape) {
    return parse("{" + tensor("a", dtype, shape, 0, 8) + "}", 8);
  };
  CHECK(one("F32", "[2]").tensors.at("a").shape == Shape{2});
  CHECK_FAILS(one("F32", "[3]"),
              "tensor 'a' is F32 [3], that is 12 bytes, but its data_offsets span 8");
  CHECK_FAILS(one("F16", "[4]"), "a.st: tensor 'a' is of type F16; F32, I32, U32 and U8");
  CHECK_FAILS(one("F32", "[4611686018427387905,4]"), "a.st: tensor 'a': the shape");
  CHECK_FAILS(one("F32", "[0]"), "has no elements");
  CHECK_FAILS(one("F32", "[1,1,1,1,1,1,2]"), "tensor 'a' has more than 6 axes");
  CHECK_FAILS(one("F32", "[-2]"), "a negative number");
  CHECK_FAILS(one("F32", "[2.0]"), "a fraction");
  CHECK_FAILS(one("F32", "[[2]]"), "a list where it does not belong");
}

TEST_CASE("safetensors: headers that are not as the format says are refused") {
  CHECK_FAILS(parse(""), "does not begin with '{'");
  CHECK_FAILS(parse(" {}"), "does not begin with '{'");
  CHECK_FAILS(parse("{"), "not valid JSON at its byte");
  CHECK_FAILS(parse("{}{}"), "not valid JSON at its byte");
  CHECK_FAILS(parse("{\"\xff\":1}"), "not valid JSON at its byte");
  CHECK_FAILS(parse(R"({"a":1})"), "the entry 'a' is a number, expected an object");
  CHECK_FAILS(parse(R"({"a":{}})"), "tensor 'a' lacks one of dtype, shape and data_offsets");
  CHECK_FAILS(parse(R"({"a":{"x":1}})"), "tensor 'a' has an unknown key 'x'");
  CHECK_FAILS(parse(R"({"a":{"data_offsets":[0]}})"), "tensor 'a' has 1 data_offsets, expected 2");
  CHECK_FAILS(parse(R"({"a":{"dtype":["U8"]}})"), "a list where it does not belong");
  CHECK_FAILS(parse(R"({"__metadata__":{"a":1}})"),
              "__metadata__ 'a' is a number, expected a string");
  CHECK_FAILS(parse(R"({"__metadata__":{"a":null}})"), "__metadata__ 'a' is null");
  CHECK_FAILS(parse(R"({"__metadata__":[]})"), "the entry '__metadata__' is a list");
}

TEST_CASE("safetensors: a header deeply nested or over 100 MB is refused at once") {
  CHECK_FAILS(parse("{\"a\":" + std::string(1'000'000, '[')), "the entry 'a' is a list");
  std::vector<std::byte> bytes(8);
  const std::uint64_t length = 100'000'001;
  std::memcpy(bytes.data(), &length, 8);
  CHECK_FAILS(parse_safetensors(bytes, "a.st"),
              "would have 100000001 bytes, the limit is 100000000");
  std::memset(bytes.data(), 0xff, 8);
  CHECK_FAILS(parse_safetensors(bytes, "a.st"), "would have 18446744073709551615 bytes");
}

TEST_CASE("safetensors: what cannot be written is an error before any file is touched") {
  const ScratchFolder folder;
  TensorFile file;
  file.tensors["\xff"] = Array::zeros(DType::u8, Shape{1});
  CHECK_FAILS(write_safetensors(folder / "a.st", file), "not valid UTF-8");
  file.tensors = {{"__metadata__", Array::zeros(DType::u8, Shape{1})}};
  CHECK_FAILS(write_safetensors(folder / "a.st", file), "cannot be named __metadata__");
  file.tensors = {{"a", Array{}}};
  CHECK_FAILS(write_safetensors(folder / "a.st", file), "needs 4 bytes, but has 0");
  CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("safetensors: a file cut at any byte is refused by name") {
  refuses_every_truncation(fixture_bytes("good.safetensors"), parse_safetensors);
}

TEST_CASE("safetensors: thousands of damaged files neither crash nor escape as other exceptions") {
  survives_mutations(fixture_bytes("good.safetensors"), parse_safetensors);
}

}  // namespace lemnos::data
