// SPDX-License-Identifier: Apache-2.0
// Numbers in byte order, for the binary formats.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

namespace lemnos::data {

static_assert(std::endian::native == std::endian::little,
              "the file formats copy little-endian numbers as they are");

using Bytes = std::span<const std::byte>;

// The caller has checked that the bytes are there.
template <class T>
T load_little(Bytes bytes, std::size_t at) {
  T value;
  std::memcpy(&value, bytes.subspan(at, sizeof(T)).data(), sizeof(T));
  return value;
}

inline std::uint32_t load_big32(Bytes bytes, std::size_t at) {
  return __builtin_bswap32(load_little<std::uint32_t>(bytes, at));
}

inline std::string_view text_of(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline void append(std::vector<std::byte>& to, Bytes more) {
  to.insert(to.end(), more.begin(), more.end());
}

template <class T>
void append_little(std::vector<std::byte>& to, T value) {
  append(to, std::as_bytes(std::span(&value, 1)));
}

inline void append_big32(std::vector<std::byte>& to, std::uint32_t value) {
  append_little(to, __builtin_bswap32(value));
}

}  // namespace lemnos::data
