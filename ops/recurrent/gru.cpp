// SPDX-License-Identifier: Apache-2.0
// gru(x, w, b, h0): the gated recurrent unit of torch.nn.GRU.
#include <cmath>

#include "ops/recurrent/cell.h"

namespace lemnos {
namespace {

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

double forward(const RecurrentAttrs&, const double* x, const double* sums, double h, double&,
               double* saved) {
  const double r = saved[0] = sigmoid(x[0] + sums[0]);
  const double z = saved[1] = sigmoid(x[1] + sums[1]);
  const double n = saved[2] = std::tanh(x[2] + r * sums[2]);
  saved[3] = sums[2];
  return (1 - z) * n + z * h;
}

double backward(const RecurrentAttrs&, const double* saved, double h_before, double dh, double&,
                double* dx, double* dsums) {
  const double r = saved[0], z = saved[1], n = saved[2];
  dx[2] = dh * (1 - z) * (1 - n * n);
  dx[1] = dh * (h_before - n) * z * (1 - z);
  dx[0] = dx[2] * saved[3] * r * (1 - r);
  dsums[0] = dx[0];
  dsums[1] = dx[1];
  dsums[2] = dx[2] * r;
  return dh * z;
}

}  // namespace

extern const OpDef gru_op, gru_grad_op;

constexpr Cell gru_cell{.gates = 3,
                        .saved = 4,
                        .apart = true,
                        .forward = forward,
                        .backward = backward,
                        .forward_kernels = RECURRENT_KERNELS(gru_forward),
                        .backward_kernels = RECURRENT_KERNELS(gru_backward),
                        .backward_op = &gru_grad_op};

const OpDef gru_op = forward_op<gru_cell>("gru");
const OpDef gru_grad_op = backward_op<gru_cell>("gru_grad");

RecurrentResult gru(const Operand& x, const Operand& w, const Operand& b, const Operand& h0,
                    const RecurrentOptions& options) {
  const auto parts = record_recurrent(gru_op, {x, w, b, h0}, options);
  return {.h = parts[0], .h_n = parts[1]};
}

}  // namespace lemnos
