// SPDX-License-Identifier: Apache-2.0
// Gru: gated recurrent unit; nn/layers/recurrent.h, ops/recurrent/recurrent.h. Its bias_hh stays in
// the recurrent part, where the reset gate multiplies it.
#pragma once

#include "nn/layers/recurrent.h"

namespace lemnos::nn {

struct Gru : RecurrentLayers {
  explicit Gru(const Options& options) : RecurrentLayers("gru", 3, options) {}

  RecurrentResult operator()(const Operand& x, const Call& call = {}) const {
    const auto made = run(x, call, false,
                          [](const Direction& d, const Operand& input, const Tensor& h0,
                             const Tensor&, const RecurrentOptions& options) -> LstmResult {
                            const auto walked = gru(project(input, d.weight_ih, d.bias_ih),
                                                    d.weight_hh, d.bias_hh, h0, options);
                            return {.h = walked.h, .h_n = walked.h_n, .c_n = {}};
                          });
    return {.h = made.h, .h_n = made.h_n};
  }
};

}  // namespace lemnos::nn
