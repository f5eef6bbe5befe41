// SPDX-License-Identifier: Apache-2.0
#include "data/formats/npy.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>
#include <string>

#include "runtime/base/os.h"

namespace lemnos::data {
namespace {

constexpr std::string_view magic = "\x93NUMPY";
constexpr std::size_t longest_header = 1 << 20;

struct Header {
  std::string type;  // "<f4"
  bool fortran = false;
  std::vector<std::uint64_t> sizes;
};

// The header is a Python literal: {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }
class HeaderReader {
 public:
  HeaderReader(std::string_view text, std::string_view name) : text_(text), name_(name) {}

  Header read() {
    std::optional<std::string> type;
    std::optional<bool> fortran;
    std::optional<std::vector<std::uint64_t>> sizes;
    expect('{');
    while (!accept('}')) {
      const std::string key = quoted();
      expect(':');
      if (key == "descr" && !type) {
        type = descr();
      } else if (key == "fortran_order" && !fortran) {
        fortran = boolean();
      } else if (key == "shape" && !sizes) {
        sizes = tuple();
      } else {
        fail("{}: the .npy header has an unknown or repeated key '{}'", name_, key);
      }
      if (accept('}')) break;
      expect(',');
    }
    skip_space();
    if (!text_.empty() || !type || !fortran || !sizes) broken();
    return {*type, *fortran, *sizes};
  }

 private:
  [[noreturn]] void broken() const {
    fail("{}: the .npy header cannot be understood near \"{}\"", name_, text_.substr(0, 20));
  }
  void skip_space() {
    text_.remove_prefix(std::min(text_.find_first_not_of(" \t\r\n"), text_.size()));
  }
  bool accept(char wanted) {
    skip_space();
    if (text_.empty() || text_[0] != wanted) return false;
    text_.remove_prefix(1);
    return true;
  }
  void expect(char wanted) {
    if (!accept(wanted)) broken();
  }
  std::string quoted() {
    const char quote = accept('\'') ? '\'' : '"';
    if (quote == '"') expect('"');
    const std::size_t end = text_.find(quote);
    if (end == std::string_view::npos) broken();
    std::string result(text_.substr(0, end));
    text_.remove_prefix(end + 1);
    return result;
  }
  std::string descr() {
    skip_space();
    if (text_.starts_with('['))
      fail("{}: structured .npy arrays are not supported; save one plain array for each field",
           name_);
    return quoted();
  }
  bool boolean() {
    skip_space();
    const bool value = text_.starts_with("True");
    if (!value && !text_.starts_with("False")) broken();
    text_.remove_prefix(value ? 4 : 5);
    return value;
  }
  std::vector<std::uint64_t> tuple() {
    std::vector<std::uint64_t> sizes;
    expect('(');
    while (!accept(')')) {
      skip_space();
      std::uint64_t size = 0;
      const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), size);
      if (error != std::errc{} || sizes.size() > Shape::max_rank) broken();
      text_.remove_prefix(static_cast<std::size_t>(end - text_.data()));
      sizes.push_back(size);
      if (accept(')')) break;
      expect(',');
    }
    return sizes;
  }

  std::string_view text_;
  std::string_view name_;
};

struct Content {
  Header header;
  Bytes data;
};

Content split(Bytes bytes, std::string_view name) {
  if (bytes.size() < 10 || text_of(bytes.first(magic.size())) != magic)
    fail("{}: not a .npy file ({} bytes, without NumPy's signature)", name, bytes.size());
  const int version = std::to_integer<int>(bytes[6]);
  if (version < 1 || version > 3)
    fail("{}: .npy version {} is not supported; versions 1 to 3 are", name, version);
  const std::size_t at = version == 1 ? 10 : 12;
  if (bytes.size() < at) fail("{}: cut off inside the .npy header", name);
  const std::size_t length =
      version == 1 ? load_little<std::uint16_t>(bytes, 8) : load_little<std::uint32_t>(bytes, 8);
  if (length > longest_header)
    fail("{}: the .npy header declares {} bytes; more than {} is refused", name, length,
         longest_header);
  if (length > bytes.size() - at)
    fail("{}: cut off inside the .npy header: it declares {} bytes, {} are left", name, length,
         bytes.size() - at);
  return {HeaderReader(text_of(bytes.subspan(at, length)), name).read(),
          bytes.subspan(at + length)};
}

std::size_t element_bytes(const std::string& type, std::string_view name) {
  if (type == "<f8" || type == "<i8") return 8;
  if (type == "<f4" || type == "<i4" || type == "<u4") return 4;
  if (type == "|u1" || type == "|b1") return 1;
  if (type.starts_with('>'))
    fail("{}: elements of type '{}' are big-endian; save with array.astype('<{}')", name, type,
         type.substr(1));
  fail(
      "{}: elements of type '{}' are not supported; f4, f8, i4, i8, u4, u1 and b1 are: save with "
      "array.astype('f4'), say",
      name, type);
}

DType result_type(const std::string& type) {
  switch (type[1]) {
    case 'f':
      return DType::f32;
    case 'i':
      return DType::i32;
    default:
      return type[2] == '4' ? DType::u32 : DType::u8;
  }
}

void narrow_floats(Bytes data, std::span<float> out) {
  for (std::size_t i = 0; i < out.size(); ++i) {
    const double value = load_little<double>(data, 8 * i);
    // A finite double beyond f32's range has no defined conversion; it becomes an infinity.
    constexpr double most = std::numeric_limits<float>::max();
    constexpr float inf = std::numeric_limits<float>::infinity();
    out[i] = value > most ? inf : value < -most ? -inf : static_cast<float>(value);
  }
}

void narrow_integers(Bytes data, std::span<std::int32_t> out, std::string_view name) {
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto value = load_little<std::int64_t>(data, 8 * i);
    out[i] = static_cast<std::int32_t>(value);
    if (out[i] != value) fail("{}: element {} is {}, which does not fit 32 bits", name, i, value);
  }
}

}  // namespace

Array parse_npy(Bytes bytes, std::string_view name) {
  const auto [header, data] = split(bytes, name);
  const std::size_t size = element_bytes(header.type, name);
  if (header.fortran)
    fail("{}: the array is in Fortran order; save it with numpy.ascontiguousarray(array)", name);
  const Shape shape = declared_shape(header.sizes, name);
  const auto count = static_cast<std::size_t>(shape.elements());
  if (data.size() != count * size)
    fail("{}: the .npy header declares {} {}, that is {} bytes, but {} follow it", name,
         header.type, shape, count * size, data.size());
  const DType type = result_type(header.type);
  if (size != 8) return {type, shape, {data.begin(), data.end()}};
  Array array = Array::zeros(type, shape);
  if (type == DType::f32) narrow_floats(data, array.as<float>());
  if (type == DType::i32) narrow_integers(data, array.as<std::int32_t>(), name);
  return array;
}

Array read_npy(const std::filesystem::path& path) {
  return parse_npy(os::read_file(path), path.string());
}

std::vector<std::byte> encode_npy(const Array& array) {
  array.verify();
  const char* type = array.dtype == DType::f32   ? "<f4"
                     : array.dtype == DType::i32 ? "<i4"
                     : array.dtype == DType::u32 ? "<u4"
                                                 : "|u1";
  std::string shape;  // "3, 4, ": a tuple of one keeps its comma
  for (const std::int64_t size : array.shape) shape += fmt::format("{}, ", size);
  if (array.shape.rank() == 1) shape.pop_back();
  if (array.shape.rank() > 1) shape.resize(shape.size() - 2);
  std::string header =
      fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}", type, shape);
  constexpr std::size_t before = 10;  // data starts at a multiple of 64, as NumPy has it
  header.resize((before + header.size() + 1 + 63) / 64 * 64 - before - 1, ' ');
  header += '\n';

  std::vector<std::byte> out;
  append(out, std::as_bytes(std::span(magic)));
  append_little(out, std::uint16_t{1});  // version 1.0
  append_little(out, static_cast<std::uint16_t>(header.size()));
  append(out, std::as_bytes(std::span(header)));
  append(out, array.bytes);
  return out;
}

void write_npy(const std::filesystem::path& path, const Array& array) {
  os::write_file(path, encode_npy(array));
}

}  // namespace lemnos::data
