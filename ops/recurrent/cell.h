// SPDX-License-Identifier: Apache-2.0
// What the recurrent ops share: everything but the arithmetic of one unit at one step.
//
// A cell's forward op takes x, w, b (if `apart`), h0, c0 (if `second_state`) and lengths (if any),
// and has the parts h, h_n, c_n (if), and saved for its gradient: what the cell saves of each step
// [B, T, saved, H], the h before each step [B, T, H], the c before it (if). The backward op takes
// w, the cell's saved values, the state before each step (c, or h), dh, dh_n, dc_n (if), lengths
// (if any), and has the parts dx, d sums (if `apart`; else they are dx), dh0, dc0 (if).
#pragma once

#include "ops/recurrent/recurrent.h"
#include "runtime/graph/graph.h"
#include "shaders/kernels.h"

namespace lemnos {

struct RecurrentAttrs {
  std::int32_t reverse = 0;
  std::int32_t lengths = 0;  // the last input
  std::int32_t relu = 0;     // the simple cell's activation, in place of tanh
};

struct RecurrentKernels {
  Kernel registers, texel, alone;
};
#define RECURRENT_KERNELS(name) \
  { Kernel::name, Kernel::name##_texel, Kernel::name##_alone }

struct Cell {
  std::int64_t gates, saved;  // values of a unit: in x, and kept of each step
  bool second_state = false;  // c
  bool apart = false;         // a bias in the recurrent part, whose gradients differ from x's
  // One unit at one step; `sums` is the recurrent part. c is updated, h returned.
  double (*forward)(const RecurrentAttrs&, const double* x, const double* sums, double h, double& c,
                    double* saved);
  // `before` is the c (or h) before the step. dc is updated; what of dh passes by the gates is
  // returned.
  double (*backward)(const RecurrentAttrs&, const double* saved, double before, double dh,
                     double& dc, double* dx, double* dsums);
  RecurrentKernels forward_kernels, backward_kernels;
  const OpDef* backward_op;
};

std::vector<TensorType> forward_parts(const Problem& p, const Cell& cell);
std::vector<TensorType> backward_parts(const Problem& p, const Cell& cell);
std::vector<Tensor> recurrent_gradient(const Adjoint& d, const Cell& cell);
Lowering lower_forward(const Problem& p, const gpu::Caps& caps, const Cell& cell);
Lowering lower_backward(const Problem& p, const gpu::Caps& caps, const Cell& cell);
const char* recurrent_fits(const Problem& p, const gpu::Caps& caps);
void forward_reference(const Problem& p, std::span<const Values> in, Values& out, const Cell& cell);
void backward_reference(const Problem& p, std::span<const Values> in, Values& out,
                        const Cell& cell);
std::vector<Sample> forward_samples(const Cell& cell);
std::vector<Sample> backward_samples(const Cell& cell);

// An error made at one step runs through all that follow: it is relative to the largest value of
// its part, or to 1, where activations end.
void part_magnitude(const Problem& p, std::span<const Values> in, Values& out);
double forward_terms(const Problem& p);
double backward_terms(const Problem& p);

// Of the product with w at each step; `steps` begins with [B, T]. The gradient of w is a matmul.
double recurrent_flops(const Shape& steps, const Shape& w);

// Records a cell's forward op: its parts, of which the caller is to see the first 2 (or 3).
std::vector<Tensor> record_recurrent(const OpDef& op, std::vector<Operand> operands,
                                     const RecurrentOptions& options, bool relu = false);

constexpr double recurrent_ulp = 32;  // a step's few operations and two functions, one upon another

template <const Cell& cell>
constexpr OpDef forward_op(std::string_view name) {
  return {
      .name = name,
      .shape = [](const Problem& p) { return flat_type(forward_parts(p, cell)); },
      .parts = [](const Problem& p) { return forward_parts(p, cell); },
      .saved_parts = cell.second_state ? 3 : 2,
      .gradient = [](const Adjoint& d) { return recurrent_gradient(d, cell); },
      .lower = [](const Problem& p, const gpu::Caps& caps) { return lower_forward(p, caps, cell); },
      .fits = recurrent_fits,
      .reference = [](const Problem& p, std::span<const Values> in,
                      Values& out) { forward_reference(p, in, out, cell); },
      .samples = [] { return forward_samples(cell); },
      .flops = [](const Problem& p) { return recurrent_flops(p.in(0), p.in(1)); },
      .ulp = recurrent_ulp,
      .terms = forward_terms,
      .magnitude = part_magnitude,
  };
}

template <const Cell& cell>
constexpr OpDef backward_op(std::string_view name) {
  return {
      .name = name,
      .shape = [](const Problem& p) { return flat_type(backward_parts(p, cell)); },
      .parts = [](const Problem& p) { return backward_parts(p, cell); },
      .lower = [](const Problem& p,
                  const gpu::Caps& caps) { return lower_backward(p, caps, cell); },
      .fits = recurrent_fits,
      .reference = [](const Problem& p, std::span<const Values> in,
                      Values& out) { backward_reference(p, in, out, cell); },
      .samples = [] { return backward_samples(cell); },
      .flops = [](const Problem& p) { return recurrent_flops(p.in(1), p.in(0)); },
      .ulp = recurrent_ulp,
      .terms = backward_terms,
      .magnitude = part_magnitude,
      .finite_only = true,
  };
}

}  // namespace lemnos
