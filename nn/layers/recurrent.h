// SPDX-License-Identifier: Apache-2.0
// What Lstm, Gru and Rnn share: layers one upon another, each with one direction or two, as
// torch.nn.LSTM, GRU and RNN with batch_first. Input x [B, T, in]; results:
//   h    [B, T, H], or [B, T, 2H] with both directions side by side: the last layer's, every step
//   h_n  [layers * directions, B, H]: the state after the last valid step; c_n likewise (Lstm)
// Parameters: `directions`, in the order layer 0, layer 0 reverse, layer 1, ...; PyTorch calls
// directions.2.weight_ih weight_ih_l1 with two directions, weight_ih_l2 with one. All begin as
// U(-1 / sqrt(H), 1 / sqrt(H)).
#pragma once

#include <functional>

#include "nn/module.h"
#include "ops/recurrent/recurrent.h"

namespace lemnos::nn {

struct RecurrentLayers {
  struct Options {
    std::int64_t in = 0, hidden = 0, layers = 1;
    bool bidirectional = false;
    double dropout = 0;  // while training, of what goes from one layer to the next
  };
  // What a call may be given besides x.
  struct Call {
    Tensor lengths = {};      // i32 [B], as ops/recurrent/recurrent.h; empty: all steps are valid
    Tensor h0 = {}, c0 = {};  // [layers * directions, B, H]; empty: zeros
  };

  struct Direction {
    Tensor weight_ih, weight_hh;  // [kH, in], [kH, H]: k gates
    Tensor bias_ih, bias_hh;      // [kH]
    LEMNOS_FIELDS(weight_ih, weight_hh, bias_ih, bias_hh)
  };

  std::vector<Direction> directions;
  LEMNOS_FIELDS(directions)

 protected:
  // `name` is for errors.
  RecurrentLayers(std::string_view name, std::int64_t gates, const Options& options);

  // One direction of one layer, all steps.
  using Walk = std::function<LstmResult(const Direction&, const Operand& x, const Tensor& h0,
                                        const Tensor& c0, const RecurrentOptions&)>;
  LstmResult run(const Operand& x, const Call& call, bool second_state, const Walk& walk) const;

 private:
  std::string name_;
  Options options_;
};

// x W_ih^T + bias along the last axis, for all steps at once.
Tensor project(const Operand& x, const Tensor& weight_ih, const Tensor& bias);

}  // namespace lemnos::nn
