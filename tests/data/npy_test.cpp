// SPDX-License-Identifier: Apache-2.0
#include "data/formats/npy.h"

#include <limits>
#include <numeric>

#include "tests/data/fixtures.h"

namespace lemnos::data {
namespace {

std::vector<std::byte> npy(std::string header, std::size_t data_bytes) {
  header = std::string("\x93NUMPY\x01\x00", 8) + static_cast<char>(header.size()) + '\0' + header;
  std::vector<std::byte> bytes(header.size() + data_bytes);
  std::memcpy(bytes.data(), header.data(), header.size());
  return bytes;
}

Array with_shape(const std::string& shape, const std::string& type = "<f4") {
  return parse_npy(
      npy("{'descr': '" + type + "', 'fortran_order': False, 'shape': " + shape + "}", 8), "a.npy");
}

}  // namespace

TEST_CASE("npy: every supported type and version reads what NumPy wrote") {
  CHECK(holds(read_npy(fixture("f4.npy")), Shape{2, 3}, ramp(6)));
  CHECK(holds(read_npy(fixture("f8.npy")), Shape{2, 3}, ramp(6)));
  CHECK(holds<std::int32_t>(read_npy(fixture("i4.npy")), Shape{6}, {-2, -1, 0, 1, 2, 3}));
  CHECK(holds<std::int32_t>(read_npy(fixture("i8.npy")), Shape{3, 2}, {-2, -1, 0, 1, 2, 3}));
  CHECK(holds<std::uint32_t>(read_npy(fixture("u4.npy")), Shape{}, {7}));
  CHECK(holds<std::uint8_t>(read_npy(fixture("b1.npy")), Shape{3}, {1, 0, 1}));
  std::vector<std::uint8_t> bytes(24);
  std::iota(bytes.begin(), bytes.end(), std::uint8_t{0});
  CHECK(holds(read_npy(fixture("u1.npy")), Shape{2, 3, 4}, bytes));
}

TEST_CASE("npy: writing gives NumPy's own bytes") {
  const ScratchFolder folder;
  for (const char* name : {"f4.npy", "i4.npy", "u4.npy", "u1.npy"}) {
    CAPTURE(name);
    write_npy(folder / name, read_npy(fixture(name)));
    CHECK(os::read_file(folder / name) == fixture_bytes(name));
  }
}

TEST_CASE("npy: Fortran order, big-endian and unknown types are errors with the remedy") {
  CHECK_FAILS(read_npy(fixture("fortran.npy")), "numpy.ascontiguousarray");
  CHECK_FAILS(read_npy(fixture("big_endian.npy")), "save with array.astype('<f4')");
  CHECK_FAILS(with_shape("(2,)", "<f2"), "a.npy: elements of type '<f2' are not supported");
  CHECK_FAILS(with_shape("(2,)", "|O"), "elements of type '|O' are not supported");
  CHECK_FAILS(parse_npy(npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,)}", 8),
                        "a.npy"),
              "a.npy: structured .npy arrays are not supported");
}

TEST_CASE("npy: 64-bit values that do not fit are an error or an infinity, never a wrong number") {
  auto bytes = fixture_bytes("i8.npy");
  const std::int64_t large = std::int64_t{1} << 31;
  std::memcpy(bytes.data() + bytes.size() - 8, &large, 8);
  CHECK_FAILS(parse_npy(bytes, "a.npy"), "a.npy: element 5 is 2147483648, which does not fit");
  bytes = fixture_bytes("f8.npy");
  const double huge = -1e300;
  std::memcpy(bytes.data() + bytes.size() - 8, &huge, 8);
  CHECK(parse_npy(bytes, "a.npy").as<float>()[5] == -std::numeric_limits<float>::infinity());
}

TEST_CASE("npy: headers that lie are refused") {
  CHECK(with_shape("(2,)").shape == Shape{2});
  CHECK(with_shape("( 1 , 2 , )").shape == Shape{1, 2});
  CHECK_FAILS(with_shape("(3,)"), "declares <f4 [3], that is 12 bytes, but 8 follow");
  CHECK_FAILS(with_shape("(1,)"), "declares <f4 [1], that is 4 bytes, but 8 follow");
  CHECK_FAILS(with_shape("(0,)"), "has no elements");
  CHECK_FAILS(with_shape("(4611686018427387904, 4)"), "more than 2^40 elements");
  CHECK_FAILS(with_shape("(99999999999999999999999,)"), "cannot be understood");
  CHECK_FAILS(with_shape("(1,1,1,1,1,1,1,1,1,1,1,1)"), "a.npy: ");
  CHECK_FAILS(with_shape("(-2,)"), "cannot be understood near \"-2,)");
  CHECK_FAILS(with_shape("(2,), 'shape': (2,)"), "unknown or repeated key 'shape'");
  CHECK_FAILS(parse_npy(npy("{'descr': '<f4', 'shape': (2,)}", 8), "a.npy"),
              "a.npy: the .npy header");
  CHECK_FAILS(parse_npy(fixture_bytes("gray.png"), "a.npy"), "a.npy: not a .npy file");
  auto bytes = fixture_bytes("f8.npy");
  std::memset(bytes.data() + 8, 0xff, 4);
  CHECK_FAILS(parse_npy(bytes, "a.npy"), "declares 4294967295 bytes");
}

TEST_CASE("npy: a file cut at any byte is refused by name") {
  refuses_every_truncation(fixture_bytes("f4.npy"), parse_npy);
  refuses_every_truncation(fixture_bytes("i8.npy"), parse_npy);
}

TEST_CASE("npy: thousands of damaged files neither crash nor escape as other exceptions") {
  survives_mutations(fixture_bytes("f8.npy"), parse_npy);
  survives_mutations(fixture_bytes("u1.npy"), parse_npy);
}

}  // namespace lemnos::data
