// SPDX-License-Identifier: Apache-2.0
// attention(q, k, v): out = softmax(scale * q k^T) v, masked. It also saves each row's logarithm of
// the sum of exponentials, lse, by which the gradient makes the probabilities again.
// Gradient, with p the probabilities and delta = sum(dout * out) along the last axis:
//   dv = p^T dout,  ds = p * (dout v^T - delta),  dq = scale ds k,  dk = scale ds^T q.
#include "ops/attention/attention.h"

#include <algorithm>
#include <cmath>

#include "ops/attention/scores.h"
#include "ops/pointwise/pointwise.h"
#include "ops/reduce/reduce.h"
#include "runtime/graph/graph.h"
#include "runtime/graph/trace.h"

namespace lemnos {
namespace {

std::vector<TensorType> parts(const Problem& p) {
  const Shape& q = p.in(0);
  return {{q}, {Shape{q[0], q[1], q[2]}}};
}

TensorType shape(const Problem& p) {
  check_attention(p, 3);
  return flat_type(parts(p));
}

std::vector<Tensor> gradient(const Adjoint& a) {
  const Tensor &out = a.parts[0], &lse = a.parts[1], &dout = a.dparts[0];
  std::vector<Operand> inputs{a.in(0), a.in(1), a.in(2), dout, lse, sum(dout * out, -1)};
  inputs.insert(inputs.end(), a.inputs.begin() + 3, a.inputs.end());
  std::vector<Tensor> gradients = attention_grad(inputs, a.attrs.as<AttentionAttrs>());
  gradients.resize(a.inputs.size());  // none of lengths and clock
  return gradients;
}

// One row of the reference: its scores, their sizes |scale| sum |q k|, and what follows from them.
struct Row {
  Values scores, sizes;
  double largest = 0, lse = 0, size = 0;
};

Row row_of(const AttentionSizes& s, double scale, const double* q, const double* k,
           std::int64_t visible) {
  Row row;
  for (std::int64_t j = 0; j < visible; ++j, k += s.depth) {
    double score = 0, size = 0;
    for (std::int64_t d = 0; d < s.depth; ++d) {
      score += q[d] * k[d];
      size += std::abs(q[d] * k[d]);
    }
    row.scores.push_back(scale * score);
    row.size = std::max(row.size, std::abs(scale) * size);
  }
  if (visible == 0) return row;
  row.largest = *std::ranges::max_element(row.scores);
  double total = 0;
  for (const double score : row.scores) total += std::exp(score - row.largest);
  row.lse = row.largest + std::log(total);
  return row;
}

// Calls each(pair, row, Row, v of the pair, out of the row, lse of the row).
template <class Each>
void each_row(const Problem& p, std::span<const Values> in, Values& out, Each each) {
  const AttentionSizes s = attention_sizes(p);
  const AttentionMask mask(p, in);
  const double scale = p.attrs.as<AttentionAttrs>().scale;
  std::ranges::fill(out, 0.0);
  double* const lse = out.data() + pack_offset(parts(p), 1);
  for (std::int64_t pair = 0; pair < s.pairs; ++pair)
    for (std::int64_t r = 0; r < s.rows; ++r) {
      const std::int64_t row = pair * s.rows + r, keys = pair * s.keys * s.depth;
      each(mask, pair, r,
           row_of(s, scale, &in[0][static_cast<std::size_t>(row * s.depth)],
                  &in[1][static_cast<std::size_t>(keys)], mask.visible(pair, r)),
           in[2].data() + keys, out.data() + row * s.depth, lse[row]);
    }
}

void reference(const Problem& p, std::span<const Values> in, Values& out) {
  const std::int64_t depth = attention_sizes(p).depth;
  each_row(p, in, out,
           [&](const AttentionMask& mask, std::int64_t pair, std::int64_t r, const Row& row,
               const double* v, double* y, double& lse) {
             for (std::size_t j = 0; j < row.scores.size(); ++j) {
               const auto key = static_cast<std::int64_t>(j);
               const double weight = std::exp(row.scores[j] - row.lse) * mask.kept(pair, r, key);
               for (std::int64_t d = 0; d < depth; ++d) y[d] += weight * v[key * depth + d];
             }
             lse = row.lse;
           });
}

// A score's rounding error, relative to its size, is one of its exponential.
void magnitude(const Problem& p, std::span<const Values> in, Values& out) {
  const std::int64_t depth = attention_sizes(p).depth;
  each_row(p, in, out,
           [&](const AttentionMask& mask, std::int64_t pair, std::int64_t r, const Row& row,
               const double* v, double* y, double& lse) {
             for (std::size_t j = 0; j < row.scores.size(); ++j) {
               const auto key = static_cast<std::int64_t>(j);
               double weight = std::exp(row.scores[j] - row.lse) * mask.kept(pair, r, key);
               weight = weight * (1 + row.size) + rounded_weight(p, weight);
               for (std::int64_t d = 0; d < depth; ++d)
                 y[d] += weight * std::abs(v[key * depth + d]);
             }
             lse = 1 + row.size + std::abs(row.lse);
           });
}

double terms(const Problem& p) {
  const AttentionSizes s = attention_sizes(p);
  return static_cast<double>(s.keys + s.depth);
}

}  // namespace

extern const OpDef attention_op;
const OpDef attention_op{.name = "attention",
                         .shape = shape,
                         .parts = parts,
                         .saved_parts = 1,
                         .gradient = gradient,
                         .lower = lower_attention,
                         .fits = fits_attention,
                         .reference = reference,
                         .samples = attention_samples,
                         .flops = [](const Problem& p) { return 2 * attention_product_flops(p); },
                         .terms = terms,
                         .magnitude = magnitude,
                         .finite_only = true,
                         .half = HalfOperands::wants};

Tensor attention(const Operand& q, const Operand& k, const Operand& v,
                 const AttentionOptions& options) {
  const double p = options.dropout;
  if (!(p >= 0 && p < 1))
    fail_at(q.at(), "attention: dropout is {}, not at least 0 and below 1", p);
  const double depth = q.shape().rank() > 0 ? static_cast<double>(q.shape()[-1]) : 1;
  Trace& trace = Trace::current();
  AttentionAttrs attrs{.scale = options.scale.value_or(1 / std::sqrt(depth)),
                       .causal = options.causal,
                       .lengths = bool(options.lengths),
                       .dropout = trace.training() && p > 0};
  std::vector<Operand> inputs{q, k, v};
  if (attrs.lengths != 0) inputs.emplace_back(options.lengths, q.at());
  if (attrs.dropout != 0) {
    attrs.kept = 1 / (1 - p);
    attrs.threshold = static_cast<std::uint32_t>(std::ceil((1 - p) * 0x1p24));
    attrs.stream = trace.next_stream();
    inputs.emplace_back(trace.clock(), q.at());
  }
  return record_parts(attention_op, inputs, attrs)[0];
}

}  // namespace lemnos
