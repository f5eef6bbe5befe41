// SPDX-License-Identifier: Apache-2.0
// attention_grad(q, k, v, dout, lse, delta): dq, dk and dv of attention, whose probabilities are
// exp(scale * q k^T - lse); see attention.cpp for the formulas.
#include <cmath>

#include "ops/attention/scores.h"
#include "runtime/graph/graph.h"
#include "runtime/graph/trace.h"

namespace lemnos {
namespace {

constexpr std::size_t operands = 6;

std::vector<TensorType> parts(const Problem& p) { return {{p.in(0)}, {p.in(1)}, {p.in(2)}}; }

TensorType shape(const Problem& p) {
  check_attention(p, operands);
  const Shape& q = p.in(0);
  const Shape rows{q[0], q[1], q[2]};
  if (!(p.in(3) == q)) p.fail("dout must have q's shape, {}, not {}", q, p.in(3));
  for (const int i : {4, 5})
    if (!(p.in(i) == rows)) p.fail("lse and delta must be {}, not {}", rows, p.in(i));
  return flat_type(parts(p));
}

// Of one row and one key: the products over the depth, of signed numbers or of their sizes.
struct Products {
  double score = 0, dscore = 0;
};

template <class Size>
Products products_of(const double* q, const double* k, const double* dout, const double* v,
                     std::int64_t depth, Size size) {
  Products sum;
  for (std::int64_t d = 0; d < depth; ++d) {
    sum.score += size(q[d] * k[d]);
    sum.dscore += size(dout[d] * v[d]);
  }
  return sum;
}

// Adds what every row and key that see each other give. weights(kept, signed products, products of
// sizes, lse, delta) returns the probability, as dv takes it, and ds; size(x) is x or |x|.
template <class Weights, class Size>
void each_pair(const Problem& p, std::span<const Values> in, Values& out, Weights weights,
               Size size) {
  const AttentionSizes s = attention_sizes(p);
  const AttentionMask mask(p, in);
  const auto types = parts(p);
  std::ranges::fill(out, 0.0);
  for (std::int64_t i = 0; i < s.pairs * s.rows; ++i) {
    const std::int64_t pair = i / s.rows, at = i * s.depth;
    const auto row = static_cast<std::size_t>(i);
    const double *q = in[0].data() + at, *dout = in[3].data() + at;
    for (std::int64_t j = 0; j < mask.visible(pair, i % s.rows); ++j) {
      const std::int64_t key = (pair * s.keys + j) * s.depth;
      const double *k = in[1].data() + key, *v = in[2].data() + key;
      const auto [probability, ds] =
          weights(mask.kept(pair, i % s.rows, j),
                  products_of(q, k, dout, v, s.depth, [](double x) { return x; }),
                  products_of(q, k, dout, v, s.depth, [](double x) { return std::abs(x); }),
                  in[4][row], in[5][row]);
      double* const dq = out.data() + at;
      double* const dk = out.data() + pack_offset(types, 1) + key;
      double* const dv = out.data() + pack_offset(types, 2) + key;
      for (std::int64_t d = 0; d < s.depth; ++d) {
        dq[d] += ds * size(k[d]);
        dk[d] += ds * size(q[d]);
        dv[d] += probability * size(dout[d]);
      }
    }
  }
}

void reference(const Problem& p, std::span<const Values> in, Values& out) {
  const double scale = p.attrs.as<AttentionAttrs>().scale;
  each_pair(
      p, in, out,
      [&](double kept, Products x, Products, double lse, double delta) {
        const double probability = std::exp(scale * x.score - lse);
        return std::pair(kept * probability, scale * probability * (kept * x.dscore - delta));
      },
      [](double x) { return x; });
}

// A score's rounding error, relative to its size, is one of its exponential. Of 16-bit operands
// weights are rounded, and so may dout be.
void magnitude(const Problem& p, std::span<const Values> in, Values& out) {
  const double scale = p.attrs.as<AttentionAttrs>().scale;
  each_pair(
      p, in, out,
      [&](double kept, Products x, Products sizes, double lse, double delta) {
        const double probability = std::exp(scale * x.score - lse);
        const double inexact = 1 + std::abs(scale) * sizes.score + std::abs(lse);
        const double ds = probability * (kept * sizes.dscore + std::abs(delta));
        return std::pair(kept * probability * inexact + 2 * rounded_weight(p, kept * probability),
                         std::abs(scale) * (ds * inexact + 2 * rounded_weight(p, ds)));
      },
      [](double x) { return std::abs(x); });
}

std::vector<Tensor> gradient(const Adjoint&) {
  fail_usage("attention: it has no second derivatives; softmax and matmul do");
}

double terms(const Problem& p) {
  const AttentionSizes s = attention_sizes(p);
  return static_cast<double>(std::max(s.rows, s.keys) + s.depth);
}

// dout, lse and delta besides; and many queries, for dk and dv sum over those. dout may have 16
// bits where the others have.
std::vector<Sample> samples() {
  std::vector<Sample> all = attention_samples();
  all.push_back(all.front());
  all.back().inputs[0].shape = {1, 1, 40009, 3};
  all.back().inputs[1].shape = all.back().inputs[2].shape = {1, 1, 2, 3};
  for (Sample& sample : all) {
    const Shape q = sample.inputs[0].shape;
    const Shape rows{q[0], q[1], q[2]};
    const DType dout = q[0] > 1 ? sample.inputs[0].dtype : DType::f32;
    sample.gradient = false;
    // Probabilities above 1, of an lse that is none of theirs, might be too large for 16 bits.
    if (is_half(sample.inputs[0].dtype))
      for (const std::size_t i : {0u, 1u}) sample.inputs[i].low = -(sample.inputs[i].high = 0.5);
    sample.inputs.insert(
        sample.inputs.begin() + 3,
        {{.shape = q, .dtype = dout}, {.shape = rows, .low = 1, .high = 4}, {.shape = rows}});
  }
  return all;
}

}  // namespace

extern const OpDef attention_grad_op;
const OpDef attention_grad_op{
    .name = "attention_grad",
    .shape = shape,
    .parts = parts,
    .gradient = gradient,
    .lower = lower_attention_grad,
    .fits = fits_attention_grad,
    .reference = reference,
    .samples = samples,
    .flops = [](const Problem& p) { return 5 * attention_product_flops(p); },
    .terms = terms,
    .magnitude = magnitude,
    .finite_only = true,
    .half = HalfOperands::reads};

std::vector<Tensor> attention_grad(std::span<const Operand> inputs, const AttentionAttrs& attrs) {
  return record_parts(attention_grad_op, inputs, attrs);
}

}  // namespace lemnos
