// SPDX-License-Identifier: Apache-2.0
// Initial values of parameters, and the seed they come from.
//
// Values are made on the host by Philox: key = seed, counter = (element / 4, stream, 0, 0), where
// the stream counts the parameters made since seed() was called. Training steps count from 1, so
// these numbers are never drawn again. Sources: Glorot and Bengio 2010 (Xavier), He et al. 2015
// (Kaiming).
#pragma once

#include <cstdint>

#include "runtime/tensor/tensor.h"

namespace lemnos {

// Every random number that follows depends on this seed: initial weights, and the clocks of
// functions compiled from here on. Without a call it is 0. Not for use while another thread makes
// parameters.
void seed(std::uint64_t value);
std::uint64_t current_seed();

namespace nn::init {

// Each makes one parameter with a storage of its own: f32 of the given shape.
Tensor zeros(const Shape& shape);
Tensor constant(const Shape& shape, double value);
Tensor uniform(const Shape& shape, double bound);  // in [-bound, bound)
Tensor normal(const Shape& shape, double deviation);

// fan_in, fan_out: how many inputs an output has, and how many outputs an input. See fans.
Tensor kaiming_uniform(const Shape& shape, std::int64_t fan_in);  // bound sqrt(6 / fan_in): relu
Tensor kaiming_normal(const Shape& shape, std::int64_t fan_in);   // deviation sqrt(2 / fan_in)
Tensor xavier_uniform(const Shape& shape, std::int64_t fan_in, std::int64_t fan_out);
Tensor xavier_normal(const Shape& shape, std::int64_t fan_in, std::int64_t fan_out);

// What layers use by default: U(-1 / sqrt(fan_in), 1 / sqrt(fan_in)), for weights and biases alike.
Tensor layer_default(const Shape& shape, std::int64_t fan_in);

}  // namespace nn::init
}  // namespace lemnos
