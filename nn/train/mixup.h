// SPDX-License-Identifier: Apache-2.0
// Mixup (Zhang et al. 2017): a model trains on weighted means of two rows, and is to answer with
// the same means of their targets. Where the loss is linear in the target, as cross-entropy is,
// that is the weighted mean of the losses on either.
#pragma once

#include "runtime/tensor/tensor.h"

namespace lemnos {

// All is recorded. f32 [], one draw a step from Beta(alpha, alpha), alpha from 0.001 to 1 (Jöhnk
// 1964; of 32 attempts the first that succeeds: for alpha = 1, the worst, all fail once in 2^32).
Tensor beta_share(double alpha);

// Row i is row i - 1, and row 0 the last. Batches are in random order: the row before is as good a
// partner as any.
Tensor partners(const Tensor& rows);

// share * each row + (1 - share) * its partner.
Tensor blended(const Tensor& rows, const Tensor& share);

}  // namespace lemnos
