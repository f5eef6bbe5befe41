// SPDX-License-Identifier: Apache-2.0
#include "nn/train/mixup.h"

#include "ops/index/index.h"
#include "ops/pointwise/pointwise.h"
#include "ops/random/random.h"
#include "ops/reduce/reduce.h"
#include "ops/shape/shape.h"
#include "runtime/base/error.h"

namespace lemnos {

// u^(1/a) and v^(1/a), where their sum is at most 1, have the share of a beta distribution: in
// logarithms, as small alphas leave neither in f32's range.
Tensor beta_share(double alpha) {
  check(alpha >= 0.001 && alpha <= 1, "beta_share: alpha is {}, not from 0.001 to 1", alpha);
  constexpr std::int64_t attempts = 32;
  const Tensor logs = log(uniform({attempts, 2}) + 0x1p-25) / alpha;
  const Tensor a = slice(logs, 1, 0, 1), b = slice(logs, 1, 1, 2);
  const Tensor first = argmax(less_equal(exp(a) + exp(b), 1), 0);
  return reshape(gather_rows(sigmoid(a - b), first), Shape{});
}

Tensor partners(const Tensor& rows) {
  const std::int64_t count = rows.size(0);
  if (count == 1) return rows;
  return concat({slice(rows, 0, count - 1, count), slice(rows, 0, 0, count - 1)}, 0);
}

Tensor blended(const Tensor& rows, const Tensor& share) {
  return share * rows + (1 - share) * partners(rows);
}

}  // namespace lemnos
