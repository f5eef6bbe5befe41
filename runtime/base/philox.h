// SPDX-License-Identifier: Apache-2.0
// Philox4x32-10, the counter-based generator behind every random number of Lemnos.
//
// Four 32-bit words come out of a 128-bit counter and a 64-bit key, with no state in between, so
// the host and every GPU compute the same bits for the same (seed, stream, step, element). Source:
// Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC 2011).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace lemnos {

using PhiloxWords = std::array<std::uint32_t, 4>;

// The generator itself: counter and key as in Random123.
constexpr PhiloxWords philox4x32(PhiloxWords counter, std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t a = std::uint64_t{0xD2511F53} * counter[0];
    const std::uint64_t b = std::uint64_t{0xCD9E8D57} * counter[2];
    counter = {
        static_cast<std::uint32_t>(b >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(b),
        static_cast<std::uint32_t>(a >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(a)};
    key[0] += 0x9E3779B9;  // golden ratio
    key[1] += 0xBB67AE85;  // sqrt(3) - 1
  }
  return counter;
}

// Words 4 * block ... 4 * block + 3 of one stream at one step: counter = (block, stream, step low,
// step high), key = (seed low, seed high). A stream holds 2^34 words a step.
constexpr PhiloxWords philox_block(std::uint64_t seed, std::uint32_t stream, std::uint64_t step,
                                   std::uint32_t block) {
  return philox4x32(
      {block, stream, static_cast<std::uint32_t>(step), static_cast<std::uint32_t>(step >> 32)},
      {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)});
}

// The word of one element. Neighbours share a block: a loop is four times faster over blocks.
constexpr std::uint32_t philox_word(std::uint64_t seed, std::uint32_t stream, std::uint64_t step,
                                    std::uint64_t element) {
  return philox_block(
      seed, stream, step,
      static_cast<std::uint32_t>(element / 4))[static_cast<std::size_t>(element % 4)];
}

// Random bits to [0, 1): the upper 24 bits, so every value is a multiple of 2^-24 and exact in f32.
constexpr float unit_float(std::uint32_t bits) { return static_cast<float>(bits >> 8) * 0x1p-24f; }

}  // namespace lemnos
