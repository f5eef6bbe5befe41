// SPDX-License-Identifier: Apache-2.0
// Lstm: long short-term memory; nn/layers/recurrent.h, ops/recurrent/recurrent.h.
#pragma once

#include "nn/layers/recurrent.h"
#include "ops/pointwise/pointwise.h"

namespace lemnos::nn {

struct Lstm : RecurrentLayers {
  explicit Lstm(const Options& options) : RecurrentLayers("lstm", 4, options) {}

  LstmResult operator()(const Operand& x, const Call& call = {}) const {
    return run(x, call, true,
               [](const Direction& d, const Operand& input, const Tensor& h0, const Tensor& c0,
                  const RecurrentOptions& options) {
                 return lstm(project(input, d.weight_ih, d.bias_ih + d.bias_hh), d.weight_hh, h0,
                             c0, options);
               });
  }
};

}  // namespace lemnos::nn
