// SPDX-License-Identifier: Apache-2.0
#include "data/formats/idx.h"

#include "data/formats/gzip.h"
#include "runtime/base/os.h"

namespace lemnos::data {
namespace {

struct Header {
  DType dtype = DType::u8;
  Shape shape;
  std::size_t data_at = 0;
  std::size_t data_bytes = 0;
};

constexpr std::size_t longest_header = 4 + 4 * Shape::max_rank;

DType element_type(unsigned code, std::string_view name) {
  switch (code) {
    case 0x08:
      return DType::u8;
    case 0x0C:
      return DType::i32;
    case 0x0D:
      return DType::f32;
    case 0x09:
      fail("{}: IDX elements of type i8 are not supported; u8, i32 and f32 are", name);
    case 0x0B:
      fail("{}: IDX elements of type i16 are not supported; u8, i32 and f32 are", name);
    case 0x0E:
      fail("{}: IDX elements of type f64 are not supported; u8, i32 and f32 are", name);
  }
  fail("{}: the IDX element type is 0x{:02x}; expected 0x08 (u8), 0x0c (i32) or 0x0d (f32)", name,
       code);
}

Header parse_header(Bytes bytes, std::string_view name) {
  if (bytes.size() < 4) fail("{}: {} bytes are too few for an IDX header", name, bytes.size());
  const std::uint32_t magic = load_big32(bytes, 0);
  if (magic >> 16 != 0)
    fail("{}: not an IDX file: it begins with 0x{:08x}, expected two zero bytes (or gzip's 1f 8b)",
         name, magic);
  Header header;
  header.dtype = element_type(magic >> 8 & 0xff, name);
  const std::size_t rank = magic & 0xff;
  if (rank < 1 || rank > Shape::max_rank)
    fail("{}: the IDX rank is {}, expected 1 to {}", name, rank, Shape::max_rank);
  header.data_at = 4 + 4 * rank;
  if (bytes.size() < header.data_at)
    fail("{}: cut off inside the IDX header: {} bytes, rank {} needs {}", name, bytes.size(), rank,
         header.data_at);
  std::vector<std::uint64_t> sizes;
  for (std::size_t axis = 0; axis < rank; ++axis) sizes.push_back(load_big32(bytes, 4 + 4 * axis));
  header.shape = declared_shape(sizes, name);
  header.data_bytes = static_cast<std::size_t>(header.shape.elements()) * size_of(header.dtype);
  return header;
}

void swap_words(std::span<std::byte> bytes) {
  for (std::size_t at = 0; at + 4 <= bytes.size(); at += 4) {
    const std::uint32_t word = load_big32(bytes, at);
    std::memcpy(bytes.data() + at, &word, 4);
  }
}

}  // namespace

Array parse_idx(Bytes bytes, std::string_view name) {
  std::vector<std::byte> inflated;
  if (is_gzip(bytes)) {
    const Header header = parse_header(gunzip_head(bytes, longest_header, name), name);
    inflated = gunzip(bytes, header.data_at + header.data_bytes, name);
    bytes = inflated;
  }
  const Header header = parse_header(bytes, name);
  const Bytes data = bytes.subspan(header.data_at);
  if (data.size() != header.data_bytes)
    fail("{}: the IDX header declares {} {}, that is {} bytes, but {} follow it; {}", name,
         name_of(header.dtype), header.shape, header.data_bytes, data.size(),
         data.size() < header.data_bytes ? "the file is cut off, fetch it again"
                                         : "the file is damaged");
  Array array{header.dtype, header.shape, {data.begin(), data.end()}};
  if (size_of(array.dtype) == 4) swap_words(array.bytes);
  return array;
}

Array read_idx(const std::filesystem::path& path) {
  return parse_idx(os::read_file(path), path.string());
}

std::vector<std::byte> encode_idx(const Array& array) {
  array.verify();
  check(array.dtype != DType::u32, "IDX has no u32 elements; use i32");
  check(array.shape.rank() > 0, "IDX has no scalars; use the shape [1]");
  const std::uint32_t type = array.dtype == DType::u8    ? 0x08
                             : array.dtype == DType::i32 ? 0x0C
                                                         : 0x0D;
  std::vector<std::byte> out;
  append_big32(out, type << 8 | static_cast<std::uint32_t>(array.shape.rank()));
  for (const std::int64_t size : array.shape) {
    check(size <= 0xFFFFFFFF, "IDX sizes have 32 bits; {} does not fit", size);
    append_big32(out, static_cast<std::uint32_t>(size));
  }
  const std::size_t data_at = out.size();
  append(out, array.bytes);
  if (size_of(array.dtype) == 4) swap_words(std::span(out).subspan(data_at));
  return out;
}

}  // namespace lemnos::data
