// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/philox.h"

#include <doctest/doctest.h>

namespace lemnos {

TEST_CASE("philox: Random123's known answers for philox4x32, 10 rounds") {
  // examples/kat_vectors of Random123, release 1.14.
  CHECK(philox4x32({0, 0, 0, 0}, {0, 0}) ==
        PhiloxWords{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  constexpr std::uint32_t ones = 0xffffffff;
  CHECK(philox4x32({ones, ones, ones, ones}, {ones, ones}) ==
        PhiloxWords{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
        PhiloxWords{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("philox: seed, stream, step and element go to the key and counter words as documented") {
  constexpr std::uint64_t seed = 0x299f31d0'a4093822, step = 0x03707344'13198a2e;
  CHECK(philox_block(seed, 0x85a308d3, step, 0x243f6a88) ==
        philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}));
  CHECK(philox_word(seed, 0x85a308d3, step, 4 * std::uint64_t{0x243f6a88} + 2) == 0x5001e420);
}

TEST_CASE("philox: it can be evaluated at compile time") {
  static_assert(philox4x32({0, 0, 0, 0}, {0, 0})[0] == 0x6627e8d5);
  static_assert(philox_word(0, 0, 0, 3) == 0x9b00dbd8);
}

TEST_CASE("philox: unit_float covers 0 to 1 and never reaches 1") {
  CHECK(unit_float(0) == 0.0f);
  CHECK(unit_float(0x80000000) == 0.5f);
  CHECK(unit_float(0xffffffff) == 1.0f - 0x1p-24f);
}

}  // namespace lemnos
