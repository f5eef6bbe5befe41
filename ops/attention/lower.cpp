// SPDX-License-Identifier: Apache-2.0
// Attention on devices. GPUs keep scores in shared memory (ops/attention/tile.h). CPU
// drivers, for which shared memory is slow and memory near, store them: a matrix product, softmax
// by rows, a matrix product. Scores too large for a binding make them take the first way too.
#include <algorithm>

#include "ops/attention/tile.h"
#include "ops/compose.h"
#include "ops/grid.h"
#include "ops/matmul/matmul.h"
#include "runtime/graph/graph.h"
#include "runtime/graph/trace.h"
#include "shaders/attention/params.h"
#include "shaders/kernels.h"

namespace lemnos {
namespace {

constexpr std::int64_t stored_bytes = 8 << 20;  // of scores at once: about what a cache holds

std::uint32_t narrow(std::int64_t value) { return static_cast<std::uint32_t>(value); }

// ---- pieces ------------------------------------------------------------------------------------

// Neighbouring pairs that one dispatch works on.
struct Piece {
  std::int64_t first, pairs;

  // The piece of an operand that holds [height, width] of each pair.
  Placed of(const Binding& whole, std::int64_t height, std::int64_t width = 1) const {
    return part_of(whole, first * height * width, {Shape{pairs, height, width}});
  }
};

// How many pairs a piece has: all, or a number at whose multiples a binding may begin in every
// operand. 0: not even those fit.
std::int64_t piece_size(const AttentionSizes& s, const gpu::Caps& caps, bool stored) {
  std::int64_t step = 1;
  while (step * s.rows % 64 != 0 || step * s.keys * s.depth % 64 != 0) step *= 2;
  const std::int64_t largest =
      std::max({s.rows * s.depth, s.keys * s.depth, stored ? s.rows * s.keys : 0});
  const auto range = static_cast<std::int64_t>(caps.max_storage_buffer_range);
  const std::int64_t groups = stored ? caps.max_groups[2] / 16 : caps.max_groups[1];
  const std::int64_t most = std::min(range / 4 / largest, groups);
  const std::int64_t wanted = stored ? stored_bytes / 4 / (s.rows * s.keys) : most;
  if (s.pairs <= std::min(most, wanted)) return s.pairs;
  if (most < step) return s.pairs <= most ? s.pairs : 0;
  return std::clamp(wanted / step * step, step, most / step * step);
}

std::vector<Piece> pieces(const AttentionSizes& s, std::int64_t size) {
  std::vector<Piece> all;
  for (std::int64_t first = 0; first < s.pairs; first += size)
    all.push_back({first, std::min(size, s.pairs - first)});
  return all;
}

// ---- what all kernels take ---------------------------------------------------------------------

kernels::AttentionParams params_of(const Problem& p, const Piece& piece) {
  const AttentionSizes s = attention_sizes(p);
  const auto attrs = p.attrs.as<AttentionAttrs>();
  return {.pairs = narrow(piece.pairs),
          .rows = narrow(s.rows),
          .queries = narrow(s.queries),
          .keys = narrow(s.keys),
          .depth = narrow(s.depth),
          .key_heads = narrow(s.key_heads),
          .first_pair = narrow(piece.first),
          .scale = static_cast<float>(attrs.scale),
          .kept = static_cast<float>(attrs.kept),
          .threshold = attrs.threshold,
          .stream = attrs.stream,
          .delta = 0,
          .turns = 0};
}

// Clock and lengths in one binding: a stage may have as few as 8.
Binding control_of(Lowering& lowering, const Problem& p, const gpu::Caps& caps) {
  const auto attrs = p.attrs.as<AttentionAttrs>();
  const auto last = static_cast<std::uint32_t>(p.inputs.size() - 1);
  if (attrs.lengths == 0 || attrs.dropout == 0) return input(last);  // without both, any
  const TensorType &lengths = p.inputs[last - 1], &clock = p.inputs[last];
  const std::int64_t batches = lengths.shape.elements();
  const Binding both = add_scratch(lowering, {Shape{clock_words + batches}, DType::u32}).where;
  const OpDef& copy = *runtime_ops().copy;
  append_op(lowering, copy, {}, {{part_of(input(last), 0, clock)}}, part_of(both, 0, clock), caps);
  append_op(lowering, copy, {}, {{part_of(input(last - 1), 0, lengths)}},
            part_of(both, clock_words, lengths), caps);
  return both;
}

// Bytes before a part of the result.
std::uint64_t flat_offset(const Problem& p, std::size_t part) {
  const auto types = p.op->parts(p);
  return static_cast<std::uint64_t>(pack_offset(types, part)) * 4;
}

// ---- scores in memory --------------------------------------------------------------------------

std::uint64_t row_turns(const Problem& p, const gpu::Caps& caps) {
  const auto steps = static_cast<std::uint64_t>(
      ceil_div(attention_sizes(p).keys, 4 * static_cast<std::int64_t>(caps.subgroup_size)));
  return (steps + 1) * (3 + dropout_turns(p)) + 1;
}

// 0: this device or these sizes want tiles.
std::int64_t stored_piece_size(const Problem& p, const gpu::Caps& caps) {
  const bool rows = caps.register_tiling_preferred && caps.subgroup_arithmetic;
  if (!rows || (caps.max_loop_turns != 0 && row_turns(p, caps) > caps.max_loop_turns)) return 0;
  return piece_size(attention_sizes(p), caps, true);
}

// Scratch for the scores of one piece after another.
Placed add_scores(Lowering& lowering, const AttentionSizes& s, std::int64_t size) {
  return add_scratch(lowering, {Shape{size, s.rows, s.keys}});
}

struct RowKernel {
  Kernel storage, texel;
  std::uint32_t texels;  // of its bindings, those from 1 on that it reads by texels
};

void append_rows(Lowering& lowering, const Problem& p, const gpu::Caps& caps, const Piece& piece,
                 RowKernel kernel, std::vector<Binding> bindings) {
  const AttentionSizes s = attention_sizes(p);
  const std::int64_t all_rows = piece.pairs * s.rows, scores = all_rows * s.keys;
  const bool vectors = s.keys % 4 == 0;
  const bool texel =
      caps.texel_loads_preferred && scores / (vectors ? 4 : 1) <= caps.max_texel_elements;
  if (texel && !vectors)
    for (std::uint32_t i = 1; i <= kernel.texels; ++i) bindings[i].scalars = true;
  const std::uint64_t turns = row_turns(p, caps);
  const std::uint32_t lanes = caps.subgroup_size;
  const Grid grid = grid_for(caps, static_cast<std::uint64_t>(all_rows) * lanes, lanes, turns);
  auto specialization = with_flags({lanes, 0, 0, 0, 0}, p.attrs.as<AttentionAttrs>(), vectors);
  constexpr std::int64_t most_held = 32;
  const std::int64_t held = ceil_div(s.keys, 4 * std::int64_t{lanes});
  specialization.push_back(held <= most_held ? narrow(held) : 0);
  kernels::AttentionParams params = params_of(p, piece);
  params.turns = grid.turns;
  lowering.dispatches.push_back({.shader = &shader(texel ? kernel.texel : kernel.storage),
                                 .specialization = std::move(specialization),
                                 .bindings = std::move(bindings),
                                 .push = params,
                                 .groups = {grid.groups, 1, 1},
                                 .loop_turns = grid.turns * turns});
}

void append_product(Lowering& lowering, const Placed& a, const Placed& b, const Placed& result,
                    MatmulOptions options, const gpu::Caps& caps) {
  append_op(lowering, matmul_op, options, {{a, b}}, result, caps);
}

Lowering lower_stored(const Problem& p, const gpu::Caps& caps, std::int64_t size) {
  const AttentionSizes s = attention_sizes(p);
  const std::uint64_t lse_at = flat_offset(p, 1);
  Lowering lowering;
  const Binding control = control_of(lowering, p, caps);
  const Placed all_scores = add_scores(lowering, s, size);
  for (const Piece& piece : pieces(s, size)) {
    const Placed scores = part_of(all_scores.where, 0, {Shape{piece.pairs, s.rows, s.keys}});
    append_product(lowering, piece.of(input(0), s.rows, s.depth),
                   piece.of(input(1), s.keys, s.depth), scores, {.transpose_b = true}, caps);
    append_rows(lowering, p, caps, piece, {Kernel::attention_rows, Kernel::attention_rows_texel, 1},
                {control, scores.where, scores.where, piece.of(result(0, lse_at), s.rows).where});
    append_product(lowering, scores, piece.of(input(2), s.keys, s.depth),
                   piece.of(result(), s.rows, s.depth), {}, caps);
  }
  return lowering;
}

Lowering lower_stored_grad(const Problem& p, const gpu::Caps& caps, std::int64_t size) {
  const AttentionSizes s = attention_sizes(p);
  Lowering lowering;
  const Binding control = control_of(lowering, p, caps);
  const Placed all_weights = add_scores(lowering, s, size), all_ds = add_scores(lowering, s, size);
  for (const Piece& piece : pieces(s, size)) {
    const TensorType type{Shape{piece.pairs, s.rows, s.keys}};
    const Placed weights = part_of(all_weights.where, 0, type);
    const Placed ds = part_of(all_ds.where, 0, type);
    const Placed q = piece.of(input(0), s.rows, s.depth),
                 dout = piece.of(input(3), s.rows, s.depth);
    const Placed k = piece.of(input(1), s.keys, s.depth), v = piece.of(input(2), s.keys, s.depth);
    append_product(lowering, q, k, weights, {.transpose_b = true}, caps);
    append_product(lowering, dout, v, ds, {.transpose_b = true}, caps);
    append_rows(lowering, p, caps, piece,
                {Kernel::attention_rows_grad, Kernel::attention_rows_grad_texel, 2},
                {control, weights.where, ds.where, piece.of(input(4), s.rows).where,
                 piece.of(input(5), s.rows).where, weights.where, ds.where});
    append_product(lowering, ds, k, piece.of(result(), s.rows, s.depth), {}, caps);
    append_product(lowering, ds, q, piece.of(result(0, flat_offset(p, 1)), s.keys, s.depth),
                   {.transpose_a = true}, caps);
    append_product(lowering, weights, dout, piece.of(result(0, flat_offset(p, 2)), s.keys, s.depth),
                   {.transpose_a = true}, caps);
  }
  return lowering;
}

// ---- scores in shared memory -------------------------------------------------------------------

void append_tiles(Lowering& lowering, const Problem& p, const gpu::Caps& caps, const Piece& piece,
                  const TileKernel& kernel, std::vector<Binding> bindings,
                  std::int64_t delta_begin = 0) {
  AttentionTile tile = attention_tile(p, caps, kernel);
  kernels::AttentionParams params = params_of(p, piece);
  params.delta = narrow(delta_begin);
  lowering.dispatches.push_back(
      {.shader = &shader(tile.kernel),
       .specialization = std::move(tile.specialization),
       .bindings = std::move(bindings),
       .push = params,
       .groups = {narrow(ceil_div(kernel.own, tile.rows)), narrow(piece.pairs), 1},
       .loop_turns = tile.turns});
}

Lowering lower_tiled(const Problem& p, const gpu::Caps& caps) {
  const AttentionSizes s = attention_sizes(p);
  Lowering lowering;
  const Binding control = control_of(lowering, p, caps);
  for (const Piece& piece : pieces(s, piece_size(s, caps, false)))
    append_tiles(
        lowering, p, caps, piece, forward_kernel(s),
        {control, piece.of(input(0), s.rows, s.depth).where,
         piece.of(input(1), s.keys, s.depth).where, piece.of(input(2), s.keys, s.depth).where,
         piece.of(result(), s.rows, s.depth).where,
         piece.of(result(0, flat_offset(p, 1)), s.rows).where});
  return lowering;
}

Lowering lower_tiled_grad(const Problem& p, const gpu::Caps& caps) {
  const AttentionSizes s = attention_sizes(p);
  Lowering lowering;
  const Binding control = control_of(lowering, p, caps);
  // lse and delta in one binding, as for control.
  const TensorType rows = p.inputs[4];
  const std::vector<TensorType> both{rows, rows};
  const std::int64_t delta_begin = pack_offset(both, 1);
  const Binding row_values = add_scratch(lowering, flat_type(both)).where;
  for (const std::uint32_t i : {0u, 1u})
    append_op(lowering, *runtime_ops().copy, {}, {{part_of(input(4 + i), 0, rows)}},
              part_of(row_values, i * delta_begin, rows), caps);
  for (const Piece& piece : pieces(s, piece_size(s, caps, false))) {
    const Placed values =
        part_of(row_values, piece.first * s.rows, {Shape{delta_begin + piece.pairs * s.rows}});
    const std::vector<Binding> operands{control,
                                        piece.of(input(0), s.rows, s.depth).where,
                                        piece.of(input(1), s.keys, s.depth).where,
                                        piece.of(input(2), s.keys, s.depth).where,
                                        piece.of(input(3), s.rows, s.depth).where,
                                        values.where};
    std::vector<Binding> queries = operands, keys = operands;
    queries.push_back(piece.of(result(), s.rows, s.depth).where);
    append_tiles(lowering, p, caps, piece, queries_kernel(s), std::move(queries), delta_begin);
    for (const std::size_t part : {1u, 2u})
      keys.push_back(piece.of(result(0, flat_offset(p, part)), s.keys, s.depth).where);
    append_tiles(lowering, p, caps, piece, keys_kernel(s), std::move(keys), delta_begin);
  }
  return lowering;
}

}  // namespace

Lowering lower_attention(const Problem& p, const gpu::Caps& caps) {
  const std::int64_t size = stored_piece_size(p, caps);
  return size != 0 ? lower_stored(p, caps, size) : lower_tiled(p, caps);
}

Lowering lower_attention_grad(const Problem& p, const gpu::Caps& caps) {
  const std::int64_t size = stored_piece_size(p, caps);
  return size != 0 ? lower_stored_grad(p, caps, size) : lower_tiled_grad(p, caps);
}

namespace {

const char* fits(const Problem& p, const gpu::Caps& caps, std::span<const TileKernel> kernels) {
  const AttentionSizes s = attention_sizes(p);
  const std::int64_t limit = std::int64_t{1} << 31;
  if (s.pairs * s.rows >= limit || s.keys >= limit) return "2^31 queries or keys or more";
  if (p.attrs.as<AttentionAttrs>().dropout != 0 && s.pairs * s.rows > (limit << 3) / s.keys)
    return "dropout of more than 2^34 probabilities";
  if (stored_piece_size(p, caps) != 0) return nullptr;
  if (piece_size(s, caps, false) == 0)
    return "the queries or keys of a few heads are larger than a storage-buffer binding";
  for (const TileKernel& kernel : kernels) {
    const AttentionTile tile = attention_tile(p, caps, kernel);
    if (caps.max_loop_turns != 0 && tile.turns > caps.max_loop_turns)
      return "more queries or keys than the loops of this driver may walk";
    if (ceil_div(kernel.own, tile.rows) > caps.max_groups[0])
      return "more queries or keys than one grid holds";
  }
  return nullptr;
}

}  // namespace

const char* fits_attention(const Problem& p, const gpu::Caps& caps) {
  return fits(p, caps, std::array{forward_kernel(attention_sizes(p))});
}

const char* fits_attention_grad(const Problem& p, const gpu::Caps& caps) {
  const AttentionSizes s = attention_sizes(p);
  return fits(p, caps, std::array{queries_kernel(s), keys_kernel(s)});
}

}  // namespace lemnos
