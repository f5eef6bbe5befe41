// SPDX-License-Identifier: Apache-2.0
// Inflating .gz data held in memory. One gzip member; damage and truncation are errors naming the
// file, and the caller bounds the output, so a small hostile file cannot fill the memory.
#pragma once

#include <string_view>
#include <vector>

#include "data/formats/bytes.h"

namespace lemnos::data {

bool is_gzip(Bytes bytes);  // by the two magic bytes

// The first `count` bytes of the content, fewer when it is shorter.
std::vector<std::byte> gunzip_head(Bytes bytes, std::size_t count, std::string_view name);

// The whole content. Fails when it is longer than max_bytes, cut off, or fails its checksum.
std::vector<std::byte> gunzip(Bytes bytes, std::size_t max_bytes, std::string_view name);

}  // namespace lemnos::data
