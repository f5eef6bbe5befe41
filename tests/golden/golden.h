// SPDX-License-Identifier: Apache-2.0
// The integer hash of tests/golden/integer_hash.py: numbers that PyTorch's side computed as well.
#pragma once

#include <cstdint>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace lemnos::test {

inline std::uint32_t golden_hash(std::uint32_t stream, std::uint32_t index) {
  std::uint32_t x = stream * 0x9E3779B9u + index;
  x ^= x >> 16;
  x *= 0x85EBCA6Bu;
  x ^= x >> 13;
  x *= 0xC2B2AE35u;
  return x ^ x >> 16;
}

// In [-1, 1), exact in f32.
inline float golden_symmetric(std::uint32_t stream, std::uint32_t index) {
  return 2 * (static_cast<float>(golden_hash(stream, index) >> 8) * 0x1p-24f) - 1;
}

inline std::vector<float> golden_values(std::uint32_t stream, std::int64_t count, float scale = 1) {
  std::vector<float> values;
  for (std::int64_t i = 0; i < count; ++i)
    values.push_back(golden_symmetric(stream, static_cast<std::uint32_t>(i)) * scale);
  return values;
}

inline nlohmann::json golden_file(const std::string& name) {
  std::ifstream file(std::string(LEMNOS_SOURCE_DIR "/tests/golden/") + name);
  return nlohmann::json::parse(file);
}

}  // namespace lemnos::test
