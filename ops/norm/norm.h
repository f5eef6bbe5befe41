// SPDX-License-Identifier: Apache-2.0
// Normalisation of every row (the last axis) of an f32 tensor x [..., n]. Statistics are f32, the
// variance is of centred values. Errors (types, a weight that is not [n], a negative epsilon) name
// the op, the shapes and the caller's line.
#pragma once

#include "runtime/tensor/tensor.h"

namespace lemnos {

// (x - mean) / sqrt(variance + epsilon) * weight + bias, mean and (biased) variance of each row;
// weight and bias are [n]. Ba, Kiros and Hinton 2016.
Tensor layer_norm(const Operand& x, const Operand& weight, const Operand& bias,
                  double epsilon = 1e-5);

// x / sqrt(mean of x^2 + epsilon) * weight [n]. Zhang and Sennrich 2019.
Tensor rms_norm(const Operand& x, const Operand& weight, double epsilon = 1e-6);

}  // namespace lemnos
