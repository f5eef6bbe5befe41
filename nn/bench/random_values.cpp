// SPDX-License-Identifier: Apache-2.0
#include "nn/bench/random_values.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "runtime/base/philox.h"
#include "runtime/tensor/half.h"

namespace lemnos::bench {
namespace {

constexpr std::uint64_t seed = 2027;

template <class T, class Convert>
std::vector<std::byte> drawn(std::size_t count, std::uint32_t stream, const Convert& convert) {
  std::vector<std::byte> bytes(count * sizeof(T));
  for (std::size_t i = 0; i < count; i += 4) {
    const PhiloxWords words = philox_block(seed, stream, 1, static_cast<std::uint32_t>(i / 4));
    for (std::size_t k = 0; k < std::min<std::size_t>(4, count - i); ++k) {
      const T value = convert(unit_float(words[k]));
      std::memcpy(bytes.data() + (i + k) * sizeof(T), &value, sizeof(T));
    }
  }
  return bytes;
}

}  // namespace

std::vector<std::byte> random_bytes(const SampleInput& input, std::uint32_t stream) {
  const auto count = static_cast<std::size_t>(input.shape.elements());
  const auto low = static_cast<float>(input.low), range = static_cast<float>(input.high) - low;
  const auto real = [&](float u) { return low + u * range; };
  const auto whole = [&](float u) { return std::floor(input.low + u * (range + 1.0)); };
  switch (input.dtype) {
    case DType::f32:
      return drawn<float>(count, stream, real);
    case DType::i32:
      return drawn<std::int32_t>(count, stream,
                                 [&](float u) { return static_cast<std::int32_t>(whole(u)); });
    case DType::u32:
      return drawn<std::uint32_t>(count, stream,
                                  [&](float u) { return static_cast<std::uint32_t>(whole(u)); });
    case DType::u8:
      return drawn<std::uint8_t>(count, stream,
                                 [&](float u) { return static_cast<std::uint8_t>(whole(u)); });
    case DType::f16:
      return drawn<std::uint16_t>(count, stream, [&](float u) { return f16_bits(real(u)); });
    case DType::bf16:
      break;
  }
  return drawn<std::uint16_t>(count, stream, [&](float u) { return bf16_bits(real(u)); });
}

void fill_random(gpu::Device& device, const gpu::Buffer& buffer) {
  constexpr std::uint64_t piece = std::uint64_t{16} << 20;
  const SampleInput input{.shape = {static_cast<std::int64_t>(std::min(piece, buffer.size()) / 4)},
                          .low = -1,
                          .high = 1};
  const std::vector<std::byte> bytes = random_bytes(input, 0);
  for (std::uint64_t offset = 0; offset < buffer.size(); offset += bytes.size()) {
    const auto size = std::min<std::uint64_t>(bytes.size(), buffer.size() - offset);
    device.write(buffer, offset, std::span(bytes).first(size));
  }
}

}  // namespace lemnos::bench
