// SPDX-License-Identifier: Apache-2.0
// Rnn: simple recurrent layer, tanh or relu; nn/layers/recurrent.h, ops/recurrent/recurrent.h.
#pragma once

#include "nn/layers/recurrent.h"
#include "ops/pointwise/pointwise.h"

namespace lemnos::nn {

struct Rnn : RecurrentLayers {
  explicit Rnn(const Options& options, bool use_relu = false)
      : RecurrentLayers("rnn", 1, options), relu(use_relu) {}

  RecurrentResult operator()(const Operand& x, const Call& call = {}) const {
    const auto made = run(x, call, false,
                          [this](const Direction& d, const Operand& input, const Tensor& h0,
                                 const Tensor&, const RecurrentOptions& o) -> LstmResult {
                            const auto walked =
                                rnn(project(input, d.weight_ih, d.bias_ih + d.bias_hh), d.weight_hh,
                                    h0, {.lengths = o.lengths, .reverse = o.reverse, .relu = relu});
                            return {.h = walked.h, .h_n = walked.h_n, .c_n = {}};
                          });
    return {.h = made.h, .h_n = made.h_n};
  }

  bool relu;  // in place of tanh
};

}  // namespace lemnos::nn
