// SPDX-License-Identifier: Apache-2.0
// Recurrent layers over whole sequences, in PyTorch's equations and order of gates (torch.nn.LSTM,
// GRU and RNN, batch_first; weights as in weight_hh_l0).
//
// x is the input's part of every gate, W_ih input + b_ih (+ b_hh), made by one matmul for all
// steps; w = W_hh and b = b_hh are the recurrent part's. B rows (sequences), T steps, H units; all
// f32, any sizes. (.) is elementwise, s the sigmoid.
//
// `lengths`, i32 [B], gives each row's number of valid steps, as PyTorch's packed sequences: beyond
// them the state stays as it was and h is zero. A length is taken as 0 below 0 and as T above T; of
// a row of length 0 the last state is the first. `reverse` walks from a row's last valid step to
// its first and leaves each step's result at the step's own place: the backward direction of a
// bidirectional layer.
//
// Errors: shapes that do not fit together. Gradients to all but the lengths; no second derivative.
#pragma once

#include "runtime/tensor/tensor.h"

namespace lemnos {

struct RecurrentOptions {
  Tensor lengths = {};  // i32 [B]; empty: all T steps of every row
  bool reverse = false;
};

struct LstmResult {
  Tensor h;         // [B, T, H], of every step
  Tensor h_n, c_n;  // [B, H], after the last valid step
};

// Long short-term memory (Hochreiter and Schmidhuber 1997; Gers et al. 2000). x [B, T, 4H],
// w [4H, H], h0 and c0 [B, H]; gates in the order i, f, g, o:
//   a = x_t + w h_{t-1},  i = s(a_i), f = s(a_f), g = tanh(a_g), o = s(a_o)
//   c_t = f (.) c_{t-1} + i (.) g,  h_t = o (.) tanh(c_t)
LstmResult lstm(const Operand& x, const Operand& w, const Operand& h0, const Operand& c0,
                const RecurrentOptions& options = {});

struct RecurrentResult {
  Tensor h;    // [B, T, H], of every step
  Tensor h_n;  // [B, H], after the last valid step
};

// Gated recurrent unit (Cho et al. 2014, with PyTorch's place for the reset gate). x [B, T, 3H],
// w [3H, H], b [3H], h0 [B, H]; gates in the order r, z, n:
//   a = w h_{t-1} + b,  r = s(x_r + a_r), z = s(x_z + a_z), n = tanh(x_n + r (.) a_n)
//   h_t = (1 - z) (.) n + z (.) h_{t-1}
RecurrentResult gru(const Operand& x, const Operand& w, const Operand& b, const Operand& h0,
                    const RecurrentOptions& options = {});

struct RnnOptions {
  Tensor lengths = {};  // as in RecurrentOptions
  bool reverse = false;
  bool relu = false;  // f is relu, not tanh; its gradient at 0 is 0
};

// Simple (Elman) recurrent layer. x [B, T, H], w [H, H], h0 [B, H]: h_t = f(x_t + w h_{t-1}).
RecurrentResult rnn(const Operand& x, const Operand& w, const Operand& h0,
                    const RnnOptions& options = {});

}  // namespace lemnos
