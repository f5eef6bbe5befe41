// SPDX-License-Identifier: Apache-2.0
// rnn(x, w, h0): the simple recurrent layer of torch.nn.RNN.
#include <cmath>

#include "ops/recurrent/cell.h"

namespace lemnos {
namespace {

double forward(const RecurrentAttrs& attrs, const double* x, const double* sums, double, double&,
               double* saved) {
  const double a = x[0] + sums[0];
  return saved[0] = attrs.relu != 0 ? (a < 0 ? 0 : a) : std::tanh(a);
}

double backward(const RecurrentAttrs& attrs, const double* saved, double, double dh, double&,
                double* dx, double* dsums) {
  const double h = saved[0];
  dsums[0] = dx[0] = attrs.relu != 0 ? (h > 0 ? dh : 0) : dh * (1 - h * h);
  return 0;
}

}  // namespace

extern const OpDef rnn_op, rnn_grad_op;

constexpr Cell rnn_cell{.gates = 1,
                        .saved = 1,
                        .forward = forward,
                        .backward = backward,
                        .forward_kernels = RECURRENT_KERNELS(rnn_forward),
                        .backward_kernels = RECURRENT_KERNELS(rnn_backward),
                        .backward_op = &rnn_grad_op};

const OpDef rnn_op = forward_op<rnn_cell>("rnn");
const OpDef rnn_grad_op = backward_op<rnn_cell>("rnn_grad");

RecurrentResult rnn(const Operand& x, const Operand& w, const Operand& h0,
                    const RnnOptions& options) {
  const auto parts = record_recurrent(
      rnn_op, {x, w, h0}, {.lengths = options.lengths, .reverse = options.reverse}, options.relu);
  return {.h = parts[0], .h_n = parts[1]};
}

}  // namespace lemnos
