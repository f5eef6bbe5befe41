// SPDX-License-Identifier: Apache-2.0
// Embedding: a learned vector for each id; embedding in ops/index/index.h. Also of positions: an
// Embedding of as many ids as there are positions.
#pragma once

#include <optional>

#include "nn/module.h"

namespace lemnos::nn {

struct Embedding {
  struct Options {
    std::int64_t ids = 0, width = 0;
    std::optional<std::int64_t> padding = {};  // its vector starts as zeros and stays
  };

  explicit Embedding(Options options);
  Tensor operator()(const Operand& ids) const;  // u32 or i32 [n...] -> [n..., width]

  std::optional<std::int64_t> padding;
  Tensor weight;  // [ids, width], from N(0, 1)
  LEMNOS_FIELDS(weight)
};

}  // namespace lemnos::nn
