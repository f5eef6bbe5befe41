// SPDX-License-Identifier: Apache-2.0
// lstm(x, w, h0, c0): the long short-term memory of torch.nn.LSTM.
#include <cmath>

#include "ops/recurrent/cell.h"

namespace lemnos {
namespace {

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

double forward(const RecurrentAttrs&, const double* x, const double* sums, double, double& c,
               double* saved) {
  for (int gate : {0, 1, 3}) saved[gate] = sigmoid(x[gate] + sums[gate]);
  saved[2] = std::tanh(x[2] + sums[2]);
  c = saved[1] * c + saved[0] * saved[2];
  return saved[3] * std::tanh(c);
}

double backward(const RecurrentAttrs&, const double* saved, double c_before, double dh, double& dc,
                double* dx, double* dsums) {
  const double i = saved[0], f = saved[1], g = saved[2], o = saved[3];
  const double tanh_c = std::tanh(f * c_before + i * g);
  dc += dh * o * (1 - tanh_c * tanh_c);
  dx[0] = dc * g * i * (1 - i);
  dx[1] = dc * c_before * f * (1 - f);
  dx[2] = dc * i * (1 - g * g);
  dx[3] = dh * tanh_c * o * (1 - o);
  for (int gate = 0; gate < 4; ++gate) dsums[gate] = dx[gate];
  dc *= f;
  return 0;
}

}  // namespace

extern const OpDef lstm_op, lstm_grad_op;

constexpr Cell lstm_cell{.gates = 4,
                         .saved = 4,
                         .second_state = true,
                         .forward = forward,
                         .backward = backward,
                         .forward_kernels = RECURRENT_KERNELS(lstm_forward),
                         .backward_kernels = RECURRENT_KERNELS(lstm_backward),
                         .backward_op = &lstm_grad_op};

const OpDef lstm_op = forward_op<lstm_cell>("lstm");
const OpDef lstm_grad_op = backward_op<lstm_cell>("lstm_grad");

LstmResult lstm(const Operand& x, const Operand& w, const Operand& h0, const Operand& c0,
                const RecurrentOptions& options) {
  const auto parts = record_recurrent(lstm_op, {x, w, h0, c0}, options);
  return {.h = parts[0], .h_n = parts[1], .c_n = parts[2]};
}

}  // namespace lemnos
