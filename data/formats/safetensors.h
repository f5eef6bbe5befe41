// SPDX-License-Identifier: Apache-2.0
// safetensors: named arrays and a map of strings in one file, safe to open whatever its source.
//
//   8 bytes  N, little-endian        N bytes  JSON header        the rest  tensor data
//   {"__metadata__": {"key": "value"}, "name": {"dtype": "F32", "shape": [2, 3], "data_offsets":
//   [0, 24]}}
//
// Source: the safetensors format description, github.com/huggingface/safetensors.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "data/array.h"
#include "data/formats/bytes.h"

namespace lemnos::data {

struct TensorFile {
  std::map<std::string, std::string> metadata;
  std::map<std::string, Array> tensors;
};

// Types F32, I32, U32 and U8. Refused, each with the file and the tensor in the message: a header
// over 100 MB, keys given twice, unknown keys, sizes that do not match, tensors that overlap, bytes
// that belong to no tensor, empty tensors. Memory stays within a small multiple of the file's size.
TensorFile parse_safetensors(Bytes bytes, std::string_view name);
TensorFile read_safetensors(const std::filesystem::path& path);

// The same content always gives the same bytes: four-byte types first, then u8, each sorted by name
// (so every tensor is aligned to its type; the data section starts at a multiple of 8).
std::vector<std::byte> encode_safetensors(const TensorFile& file);
void write_safetensors(const std::filesystem::path& path, const TensorFile& file);  // atomic

}  // namespace lemnos::data
