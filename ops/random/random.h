// SPDX-License-Identifier: Apache-2.0
// Random numbers, fresh in every step, f32.
//
// Philox4x32-10 with key = seed and counter = (element / 4, stream, step low, step high): the seed
// and the step stand in the trace's clock, the stream is the op's number in recording order. So a
// step repeats itself exactly when seed and step do. uniform and bernoulli are bit-equal on the CPU
// and every device, normal is within 1e-5.
#pragma once

#include <source_location>

#include "runtime/tensor/tensor.h"

namespace lemnos {

// Uniform in [0, 1): multiples of 2^-24.
Tensor uniform(const Shape& shape, std::source_location at = std::source_location::current());
Tensor uniform_like(const Operand& x);

// Standard normal, by Box-Muller from 24 random bits each: at most 5.77 in size.
Tensor normal(const Shape& shape, std::source_location at = std::source_location::current());
Tensor randn_like(const Operand& x);

// 1 with probability p, else 0; p is rounded up to a multiple of 2^-24. Fails unless 0 <= p <= 1.
Tensor bernoulli(const Shape& shape, double p,
                 std::source_location at = std::source_location::current());

// While training, each element is zero with probability p, and the others are divided by 1 - p;
// else x itself. Fails unless 0 <= p < 1. (Srivastava et al. 2014.)
Tensor dropout(const Operand& x, double p);

}  // namespace lemnos
