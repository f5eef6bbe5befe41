// SPDX-License-Identifier: Apache-2.0
// What a language model is asked to write.
#pragma once

#include <cstdint>
#include <string>

namespace lemnos::viewer {

struct Writing {
  std::string prompt;
  std::int64_t tokens = 60;
  double temperature = 0.8;
  std::uint64_t seed = 0;
  bool operator==(const Writing&) const = default;
};

}  // namespace lemnos::viewer
