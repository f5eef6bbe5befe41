// SPDX-License-Identifier: Apache-2.0
// attention_probabilities(q, k): attention itself, of values that are unit vectors, so that what
// comes out is the weight of each. It has room for D values at a time.
#include <algorithm>
#include <vector>

#include "ops/attention/attention.h"
#include "ops/index/index.h"
#include "ops/pointwise/pointwise.h"
#include "ops/shape/shape.h"
#include "runtime/base/error.h"

namespace lemnos {

Tensor attention_probabilities(const Operand& q, const Operand& k, AttentionOptions options) {
  const Shape keys = k.shape();
  if (keys.rank() != 4)
    fail_at(k.at(), "attention_probabilities: takes keys [B, G, S, D], not {}", keys);
  options.dropout = 0;
  const std::int64_t size = keys[2], depth = keys[3];
  // Equal numbers keep their order when they are sorted: 0, 1, 2 ...
  const Tensor unit_vectors = one_hot(argsort(fill({depth}, 0)), depth);
  std::vector<Operand> parts;
  for (std::int64_t first = 0; first < size; first += depth) {
    const std::int64_t count = std::min(depth, size - first);
    const Tensor some =
        pad(slice(unit_vectors, 0, 0, count), {first, 0}, {size - first - count, 0});
    const Tensor weights = attention(q, k, broadcast_to(some, keys), options);
    parts.emplace_back(slice(weights, -1, 0, count));
  }
  return parts.size() == 1 ? parts[0].tensor() : concat(parts, -1);
}

}  // namespace lemnos
