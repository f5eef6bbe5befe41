// SPDX-License-Identifier: Apache-2.0
// dropout(x, p): x * mask / (1 - p). The mask is a node of its own, so the gradient sees the same.
#include "ops/pointwise/pointwise.h"
#include "ops/random/random.h"
#include "runtime/graph/trace.h"

namespace lemnos {

Tensor dropout(const Operand& x, double p) {
  if (!(p >= 0 && p < 1))
    fail_at(x.at(), "dropout: the probability is {}, not at least 0 and below 1", p);
  const Tensor values = x.tensor();
  if (!Trace::current().training() || p == 0) return values;
  return mul(x, bernoulli(values.shape(), 1 - p, x.at())) * (1 / (1 - p));
}

}  // namespace lemnos
