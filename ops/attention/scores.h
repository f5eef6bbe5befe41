// SPDX-License-Identifier: Apache-2.0
// What attention and its gradient share: sizes, masks, lowerings.
//
// Query heads that share a key head lie side by side, so [B, H, T, D] is also [B G, rows, D] with
// rows = H / G * T, and everything here is B G independent "pairs" of `rows` rows and S keys; the
// query of a row is row % T.
#pragma once

#include <functional>

#include "runtime/graph/op_def.h"

namespace lemnos {

struct AttentionAttrs {
  double scale = 1;
  double kept = 1;              // what dropout multiplies the kept probabilities with
  std::uint32_t stream = 0;     // of dropout's random numbers
  std::uint32_t threshold = 0;  // kept: upper 24 bits below this
  std::int32_t causal = 0;
  std::int32_t lengths = 0;  // an input i32 [B]
  std::int32_t dropout = 0;  // an input, the last: the clock
};

struct AttentionSizes {
  std::int64_t pairs, key_heads, rows, queries, keys, depth;
};

AttentionSizes attention_sizes(const Problem& p);

// Of one of the products of queries and keys, of which there are 2 forward and 5 backward. Of a
// causal problem half of it is done, as Dao et al. count (FlashAttention, arXiv 2205.14135).
double attention_product_flops(const Problem& p);

// How much rounding a weight to the type of 16-bit operands may add to its error, relative to the
// error that is allowed: matrices multiply nothing wider.
double rounded_weight(const Problem& p, double weight);

// Checks q, k and v, and lengths and clock from input `optional` on.
void check_attention(const Problem& p, std::size_t optional);

// The masks of a problem, on the host.
class AttentionMask {
 public:
  AttentionMask(const Problem& p, std::span<const Values> inputs);
  std::int64_t visible(std::int64_t pair, std::int64_t row) const;  // this many keys, from 0 on
  double kept(std::int64_t pair, std::int64_t row, std::int64_t key) const;  // 0, or attrs.kept

 private:
  AttentionSizes sizes_;
  AttentionAttrs attrs_;
  const Values* lengths_ = nullptr;
  const Values* clock_ = nullptr;
};

// attention: out and the logarithm of each row's sum of exponentials (0 where no key is seen).
Lowering lower_attention(const Problem& p, const gpu::Caps& caps);
// attention_grad: dq, dk and dv.
Lowering lower_attention_grad(const Problem& p, const gpu::Caps& caps);
const char* fits_attention(const Problem& p, const gpu::Caps& caps);
const char* fits_attention_grad(const Problem& p, const gpu::Caps& caps);

// Problems of every kind; q, k and v come first, lengths and clock last.
std::vector<Sample> attention_samples();

// Inputs: q, k, v, dout, lse, delta = sum(dout * out) along the last axis, lengths, clock.
std::vector<Tensor> attention_grad(std::span<const Operand> inputs, const AttentionAttrs& attrs);

}  // namespace lemnos
