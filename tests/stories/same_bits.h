// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "data/formats/safetensors.h"

namespace lemnos::test {

// Tensors of two checkpoints that are not the same bit for bit, by name.
inline std::vector<std::string> differences(const std::filesystem::path& a,
                                            const std::filesystem::path& b) {
  const data::TensorFile left = data::read_safetensors(a), right = data::read_safetensors(b);
  CHECK(left.tensors.size() == right.tensors.size());
  std::vector<std::string> names;
  for (const auto& [name, array] : left.tensors) {
    const auto other = right.tensors.find(name);
    if (other == right.tensors.end() || other->second.bytes != array.bytes) names.push_back(name);
  }
  return names;
}

}  // namespace lemnos::test
