// SPDX-License-Identifier: Apache-2.0
// Normalisation: (x - mean) / sqrt(variance + epsilon) * weight + bias. Statistics are f32, the
// variance is biased and of centred values. Errors (types, a weight of another size, a negative
// epsilon) name the op, the shapes and the caller's line.
#pragma once

#include "runtime/tensor/tensor.h"

namespace lemnos {

// ---- of every row (the last axis) of an f32 tensor x [..., n]; weight and bias are [n] ----

// Ba, Kiros and Hinton 2016.
Tensor layer_norm(const Operand& x, const Operand& weight, const Operand& bias,
                  double epsilon = 1e-5);

// x / sqrt(mean of x^2 + epsilon) * weight [n]. Zhang and Sennrich 2019.
Tensor rms_norm(const Operand& x, const Operand& weight, double epsilon = 1e-6);

// ---- of channels (the last axis) of x [N, ..., C], such as images; weight and bias are [C] ----

// Of each channel over the whole batch, whose statistics [C] it gives too. Ioffe and Szegedy 2015.
struct BatchNormResult {
  Tensor y, mean, variance;
};
BatchNormResult batch_norm(const Operand& x, const Operand& weight, const Operand& bias,
                           double epsilon = 1e-5);
// With given statistics [C], as after training.
Tensor batch_norm(const Operand& x, const Operand& weight, const Operand& bias, const Operand& mean,
                  const Operand& variance, double epsilon = 1e-5);

// Of each item's groups of neighbouring channels. Wu and He 2018.
Tensor group_norm(const Operand& x, const Operand& weight, const Operand& bias, std::int64_t groups,
                  double epsilon = 1e-5);
// Of each item's channels. Ulyanov, Vedaldi and Lempitsky 2016.
Tensor instance_norm(const Operand& x, const Operand& weight, const Operand& bias,
                     double epsilon = 1e-5);

}  // namespace lemnos
