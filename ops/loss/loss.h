// SPDX-License-Identifier: Apache-2.0
// Losses. Those that compare with classes or probabilities take logits: the numbers before sigmoid
// or softmax, which is faster and does not overflow.
//
// A target must have exactly the prediction's shape: [100] against [100, 1] would broadcast to a
// 100 x 100 matrix, and is an error. Targets have a gradient too, where they depend on parameters.
#pragma once

#include "runtime/tensor/tensor.h"

namespace lemnos {

enum class LossReduce {
  mean,        // over all elements
  sum,         // of all elements
  per_sample,  // sum over all axes but the first, mean over the first: an ELBO's terms
  none,        // one loss for each element (cross_entropy, kl_div: for each row)
};
inline constexpr LossReduce per_sample = LossReduce::per_sample;

struct LossOptions {
  LossReduce reduce = LossReduce::mean;
};

// (prediction - target)^2
Tensor mse(const Operand& prediction, const Operand& target, LossOptions options = {});

// -target * log sigmoid(x) - (1 - target) * log(1 - sigmoid(x)), computed as
// max(x, 0) - x * target + log1p(exp(-|x|)). Targets lie in [0, 1].
Tensor bce_with_logits(const Operand& logits, const Operand& target, LossOptions options = {});

struct CrossEntropyOptions {
  LossReduce reduce = LossReduce::mean;
  // Label smoothing (Szegedy et al. 2016, section 7), in [0, 1): so much of the target is spread
  // evenly over all classes, as by torch.nn.CrossEntropyLoss.
  double smoothing = 0;
};

// Softmax cross-entropy along the last axis of logits [..., C]; one loss for each row, and `mean`
// is over rows. target: class indices [...], u32 or i32; or probabilities, f32 [..., C], whose loss
// is -sum(target * log_softmax(logits)). An index that is no class gives a NaN loss and gradient.
Tensor cross_entropy(const Operand& logits, const Operand& target,
                     CrossEntropyOptions options = {});

// KL divergence of N(mu, exp(log_var)) from N(0, 1): -(1 + log_var - mu^2 - exp(log_var)) / 2
// for each element. A VAE's term is its .reduce = per_sample.
Tensor kl_to_unit_normal(const Operand& mu, const Operand& log_var, LossOptions options = {});

// KL(p || q) = sum p * (log p - log q) along the last axis of logits [..., C], p =
// softmax(p_logits), q = softmax(q_logits): distillation from a teacher p to a student q. One loss
// for each row.
Tensor kl_div(const Operand& p_logits, const Operand& q_logits, LossOptions options = {});

}  // namespace lemnos
