// SPDX-License-Identifier: Apache-2.0
#include "ops/attention/scores.h"

#include <algorithm>
#include <cmath>

#include "runtime/base/philox.h"
#include "runtime/exec/reference.h"
#include "runtime/graph/trace.h"

namespace lemnos {

AttentionSizes attention_sizes(const Problem& p) {
  const Shape &q = p.in(0), &k = p.in(1);
  return {.pairs = k[0] * k[1],
          .key_heads = k[1],
          .rows = q[1] / k[1] * q[2],
          .queries = q[2],
          .keys = k[2],
          .depth = q[3]};
}

double attention_product_flops(const Problem& p) {
  const AttentionSizes s = attention_sizes(p);
  const double all = 2.0 * static_cast<double>(s.pairs * s.rows * s.keys * s.depth);
  return p.attrs.as<AttentionAttrs>().causal ? all / 2 : all;
}

double rounded_weight(const Problem& p, double weight) {
  const DType type = p.inputs[0].dtype;
  if (!is_half(type)) return 0;
  const double half_place = type == DType::f16 ? 0x1p-11 : 0x1p-8;
  const double half_smallest = type == DType::f16 ? 0x1p-25 : 0;
  return (half_place * std::abs(weight) + half_smallest) / allowed_relative_error(p);
}

void check_attention(const Problem& p, std::size_t optional) {
  const auto attrs = p.attrs.as<AttentionAttrs>();
  const std::size_t flags = (attrs.lengths != 0) + (attrs.dropout != 0);
  if (p.inputs.size() != optional + flags)
    p.fail("takes {} operands, not {}", optional + flags, p.inputs.size());
  for (std::size_t i = 0; i < optional; ++i)
    if (!is_real(p.inputs[i].dtype))
      p.fail("works on f32, not {}; cast first", name_of(p.inputs[i].dtype));
  const Shape &q = p.in(0), &k = p.in(1), &v = p.in(2);
  if (q.rank() != 4 || k.rank() != 4 || q[0] != k[0] || q[3] != k[3])
    p.fail("takes q as [B, H, T, D] and k and v as [B, G, S, D]: q is {}, k is {}", q, k);
  if (!(k == v)) p.fail("k and v have different shapes: {} and {}", k, v);
  if (q[1] % k[1] != 0) p.fail("{} query heads are no multiple of {} key heads", q[1], k[1]);
  if (q[3] > 256) p.fail("{} features a head; 256 is the most", q[3]);
  if (attrs.lengths != 0 && !(p.inputs[optional] == TensorType{Shape{q[0]}, DType::i32}))
    p.fail("lengths must be i32 [{}], one for each batch, not {} {}", q[0],
           name_of(p.inputs[optional].dtype), p.inputs[optional].shape);
  if (attrs.dropout != 0 && !(p.inputs.back() == TensorType{Shape{clock_words}, DType::u32}))
    p.fail("the last operand must be the clock, {} words of u32", clock_words);
}

AttentionMask::AttentionMask(const Problem& p, std::span<const Values> inputs)
    : sizes_(attention_sizes(p)), attrs_(p.attrs.as<AttentionAttrs>()) {
  if (attrs_.dropout != 0) clock_ = &inputs.back();
  if (attrs_.lengths != 0) lengths_ = &inputs[inputs.size() - (clock_ != nullptr ? 2 : 1)];
}

std::int64_t AttentionMask::visible(std::int64_t pair, std::int64_t row) const {
  std::int64_t keys = sizes_.keys;
  if (lengths_ != nullptr)
    keys = std::min(keys, static_cast<std::int64_t>(
                              (*lengths_)[static_cast<std::size_t>(pair / sizes_.key_heads)]));
  if (attrs_.causal != 0)
    keys = std::min(keys, row % sizes_.queries + 1 + sizes_.keys - sizes_.queries);
  return std::max<std::int64_t>(keys, 0);
}

double AttentionMask::kept(std::int64_t pair, std::int64_t row, std::int64_t key) const {
  if (clock_ == nullptr) return 1;
  const auto word = [&](std::size_t i) { return static_cast<std::uint32_t>((*clock_)[i]); };
  const auto element = static_cast<std::uint64_t>((pair * sizes_.rows + row) * sizes_.keys + key);
  const PhiloxWords bits =
      philox4x32({static_cast<std::uint32_t>(element / 4), attrs_.stream, word(0), word(1)},
                 {word(4), word(5)});
  return bits[element % 4] >> 8 < attrs_.threshold ? attrs_.kept : 0;
}

std::vector<Sample> attention_samples() {
  struct Masks {
    bool causal = false, lengths = false, dropout = false;
  };
  // [batches, heads, key heads, queries, keys, depth]
  const auto sample = [](std::array<std::int64_t, 6> n, Masks masks, bool gradient = true) {
    const auto [b, h, g, t, s, d] = n;
    Sample made{
        .inputs = {{.shape = {b, h, t, d}}, {.shape = {b, g, s, d}}, {.shape = {b, g, s, d}}},
        .attrs = AttentionAttrs{.scale = 0.5,
                                .kept = masks.dropout ? 1.25 : 1,
                                .stream = 3,
                                .threshold = 13421773,
                                .causal = masks.causal,
                                .lengths = masks.lengths,
                                .dropout = masks.dropout},
        .gradient = gradient};
    // Lengths from below nothing to beyond the end.
    if (masks.lengths)
      made.inputs.push_back(
          {.shape = {b}, .dtype = DType::i32, .low = -1, .high = static_cast<double>(s + 1)});
    if (masks.dropout)
      made.inputs.push_back(
          {.shape = {clock_words}, .dtype = DType::u32, .low = 0, .high = 4294967295.0});
    return made;
  };
  std::vector<Sample> all{
      sample({1, 1, 1, 1, 1, 1}, {}),
      sample({2, 3, 3, 5, 7, 7}, {}),
      sample({1, 2, 2, 5, 3, 4}, {.causal = true}),
      sample({1, 1, 1, 3, 11, 8}, {.causal = true}),
      sample({3, 2, 1, 2, 5, 1}, {.lengths = true}),
      sample({2, 4, 2, 3, 6, 2}, {.causal = true, .lengths = true, .dropout = true}),
      sample({2, 6, 2, 70, 131, 64}, {.causal = true, .lengths = true}, false),
      sample({2, 4, 2, 97, 45, 80}, {.causal = true, .dropout = true}, false),
      sample({1, 2, 1, 33, 50, 256}, {.lengths = true, .dropout = true}, false),
      sample({1, 5, 5, 1021, 512, 4}, {.causal = true}, false),  // scores in several pieces
      sample({1, 1, 1, 2, 65539, 3}, {}, false)};
  // The last of these is several tiles everywhere, and small enough to check when first used.
  for (const DType type : {DType::f16, DType::bf16})
    for (Sample each :
         {sample({1, 1, 1, 3, 11, 8}, {.causal = true}), sample({2, 3, 3, 5, 7, 7}, {}),
          sample({2, 6, 2, 70, 131, 64}, {.causal = true, .lengths = true}),
          sample({2, 4, 2, 97, 45, 40}, {.causal = true, .dropout = true}),
          sample({1, 1, 1, 65, 68, 8}, {.causal = true})}) {
      for (const std::size_t i : {0u, 1u, 2u}) each.inputs[i].dtype = type;
      each.gradient = false;
      all.push_back(std::move(each));
    }
  return all;
}

}  // namespace lemnos
