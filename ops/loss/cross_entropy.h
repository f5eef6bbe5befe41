// SPDX-License-Identifier: Apache-2.0
// What the cross-entropy with class indices and its gradient share.
#pragma once

#include "ops/reduce/axes.h"

namespace lemnos {

struct CrossEntropyAttrs {
  double smoothing = 0;
};

// logits f32 [..., C] and targets u32 or i32 [...]; fails otherwise.
void check_classes(const Problem& p);
double class_count(const Problem& p);  // OpDef::terms
const char* fits_cross_entropy(const Problem& p, const gpu::Caps& caps);
std::vector<Sample> cross_entropy_samples();

// exp(x - max x) / sum exp(x - max x) of one row, its largest element and the logarithm of the sum.
struct RowSoftmax {
  Values shares;
  double largest = 0, log_sum = 0;
  double mean_below = 0;  // of how far the elements are below the largest
};
RowSoftmax row_softmax(std::span<const double> row);

// dlogits from dlosses [...]: (softmax(logits) - t) * dlosses, where t is (1 - smoothing) *
// onehot(targets) + smoothing / C. Differentiable itself.
Tensor cross_entropy_grad(const Operand& logits, const Operand& targets, const Operand& dlosses,
                          CrossEntropyAttrs attrs = {});

}  // namespace lemnos
