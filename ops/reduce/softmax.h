// SPDX-License-Identifier: Apache-2.0
// What softmax, log_softmax and their gradients share.
#pragma once

#include "ops/reduce/axes.h"

namespace lemnos {

struct SoftmaxAttrs {
  std::int32_t axis = 0;
};

enum class SoftmaxMode : std::uint32_t { softmax, log_softmax };  // MODE of softmax.comp

// All operands are f32 of one shape; so is the result.
TensorType softmax_shape(const Problem& p);
Lines softmax_lines(const Problem& p);
double softmax_length(const Problem& p);  // OpDef::terms
Lowering lower_softmax(const Problem& p, const gpu::Caps& caps, SoftmaxMode mode);
Lowering lower_softmax_grad(const Problem& p, const gpu::Caps& caps, SoftmaxMode mode);
const char* fits_softmax(const Problem& p, const gpu::Caps& caps);
std::vector<Sample> softmax_samples();       // one operand
std::vector<Sample> softmax_grad_samples();  // two

// Records `op` along the axis; long lines whose neighbours lie apart go to the last axis and back.
Tensor along_axis(const OpDef& op, const Operand& x, int axis);

// From y = softmax(x) or log_softmax(x) and dy: dx. Differentiable themselves.
Tensor softmax_grad(const Operand& y, const Operand& dy, int axis);
Tensor log_softmax_grad(const Operand& y, const Operand& dy, int axis);

}  // namespace lemnos
