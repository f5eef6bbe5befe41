// SPDX-License-Identifier: Apache-2.0
#include "ops/matmul/lower.h"

#include <algorithm>
#include <optional>

#include "ops/grid.h"
#include "ops/matmul/matmul.h"
#include "ops/matmul/split.h"
#include "ops/product_tile.h"
#include "shaders/kernels.h"
#include "shaders/matmul/pack_params.h"
#include "shaders/matmul/params.h"

namespace lemnos {

MatmulSizes matmul_sizes(const Problem& p) {
  const auto attrs = p.attrs.as<MatmulOptions>();
  const Shape &a = p.in(0), &b = p.in(1);
  MatmulSizes s{.batch = 1,
                .m = a[attrs.transpose_a ? -1 : -2],
                .n = b[attrs.transpose_b ? -2 : -1],
                .k = a[attrs.transpose_a ? -2 : -1],
                .a_stride = a.rank() > 2 ? a[-1] * a[-2] : 0,
                .b_stride = b.rank() > 2 ? b[-1] * b[-2] : 0,
                .transpose_a = attrs.transpose_a,
                .transpose_b = attrs.transpose_b};
  const Shape& batches = a.rank() > 2 ? a : b;
  s.batch = batches.elements() / (batches[-1] * batches[-2]);
  return s;
}

namespace {

std::uint32_t narrow(std::int64_t value) { return static_cast<std::uint32_t>(value); }

struct Tile {
  const gpu::Shader* shader;
  std::vector<std::uint32_t> specialization;  // with bias and activation still to be set
  std::size_t bias_constant;  // which one says that there is a bias; then ACTIVATION
  std::int64_t rows, columns, depth;
  bool a_scalars = false, b_scalars = false, extra_scalars = false;  // texel views of floats
  bool a_packed = false, b_packed = false;                           // by pack.comp
  bool gives_sums = true;       // the kernel can, and has a binding for them
  std::int64_t sum_passes = 1;  // see split.h
};

constexpr std::int64_t cached = 1 << 18;  // elements of a matrix that stay in a core's cache

// An operand of a register tile: `lines` rows of A or columns of B, of which a tile has `block`.
struct TileOperand {
  std::int64_t lines, block, depth, batch;
  bool whole;         // memory has no vector across two rows
  bool across;        // neighbours in memory are lines, not k's
  std::int64_t uses;  // how often it is read
  bool may_pack;

  std::int64_t packed_elements() const {
    return batch * ceil_div(lines, block) * block * ceil_div(depth, 8) * 8;
  }
  // Whether a copy in the order of tiles is worth its time: it is read across long rows of which
  // fewer stay in a core's cache than a tile needs, or, where loads are gathered, by scalars often
  // enough.
  bool packed(const gpu::Caps& caps) const {
    if (!may_pack) return false;
    const bool pays = whole ? across && uses >= 16 && lines * depth > cached
                            : caps.texel_loads_preferred && uses >= 24;
    constexpr std::int64_t most_blocks = 4096;
    return pays && block % 4 == 0 && ceil_div(lines, block) <= most_blocks &&
           static_cast<std::uint64_t>(packed_elements()) * 4 <= caps.max_storage_buffer_range;
  }
  std::int64_t texels(const gpu::Caps& caps) const {
    const std::int64_t own = batch * lines * depth / (whole ? 4 : 1);
    return packed(caps) ? std::max(own, packed_elements() / 4) : own;
  }
};

// The recipe for CPU drivers; see common/tile.glsl. More rows load less for each product, more k's
// a turn store the sums less often; both make longer code.
struct RegisterShape {
  std::uint32_t rows, depth;
  bool may_pack = true;

  bool operator==(const RegisterShape&) const = default;
};

// All that compute it, the guess first.
std::vector<RegisterShape> register_shapes(const MatmulSizes& s, const gpu::Caps& caps) {
  const std::uint32_t lanes = caps.subgroup_size;
  const bool gathers = caps.texel_loads_preferred;
  const RegisterShape few{std::max(16u, lanes), 8}, deep{32, 8}, tall{64, 4}, large{48, 8};
  const RegisterShape shallow{32, 4};
  const auto fits = [&](const RegisterShape& shape) { return fills(s.m, shape.rows); };
  const bool scalars = (s.transpose_a ? s.m : s.k) % 4 != 0 && (s.transpose_b ? s.k : s.n) % 4 != 0;
  const bool along_k = s.transpose_b && (s.m < 512 || s.n * s.k <= cached);  // B: not packed
  RegisterShape guess = few;
  if (scalars && fits(large) && !(gathers && s.m >= 768))  // those are packed
    guess = large;
  else if (!gathers && fits(tall) && (along_k || (lanes == 16 && s.m >= 512)))
    guess = tall;
  else if (fits(shallow))
    guess = gathers || lanes == 8 ? deep : shallow;
  std::vector<RegisterShape> all;
  for (const RegisterShape& shape : {guess, few, RegisterShape{24, 8}, shallow, deep, large, tall})
    if (shape.rows % lanes == 0 && std::ranges::find(all, shape) == all.end()) all.push_back(shape);
  all.push_back({all[0].rows, all[0].depth, false});
  return all;
}

Tile register_tile(const RegisterShape& shape, const MatmulSizes& s, const Problem& p,
                   const gpu::Caps& caps) {
  const bool masked = p.activation == Activation::mask, narrow = is_half(p.result.dtype);
  const std::uint32_t lanes = caps.subgroup_size;
  const std::uint32_t wanted = s.n <= lanes ? 1 : s.n <= 2 * lanes ? 2 : s.n <= 4 * lanes ? 4 : 8;
  const std::uint32_t columns = narrow ? std::max(wanted, 4u) : wanted;  // stored four at a time
  const bool gathers = caps.texel_loads_preferred;
  const auto [rows, depth, may_pack] = shape;
  const std::int64_t panel = static_cast<std::int64_t>(lanes) * columns;
  const TileOperand a{.lines = s.m,
                      .block = rows,
                      .depth = s.k,
                      .batch = s.a_stride ? s.batch : 1,
                      .whole = (s.transpose_a ? s.m : s.k) % 4 == 0,
                      .across = s.transpose_a,
                      .uses = ceil_div(s.n, panel),
                      .may_pack = may_pack};
  const TileOperand b{.lines = s.n,
                      .block = panel,
                      .depth = s.k,
                      .batch = s.b_stride ? s.batch : 1,
                      .whole = s.transpose_b ? s.k % 4 == 0 : s.n % 4 == 0 && columns % 4 == 0,
                      .across = !s.transpose_b || !gathers,
                      .uses = ceil_div(s.m, rows),
                      .may_pack = may_pack};
  const bool a_packed = a.packed(caps), b_packed = columns % 4 == 0 && b.packed(caps);
  const bool a_vectors = a_packed || a.whole, b_vectors = b_packed || b.whole;
  const bool d_vectors = s.n % 4 == 0 && columns % 4 == 0;
  const bool extra_vectors = masked && d_vectors;
  const std::int64_t extra = masked ? s.batch * s.m * s.n / (d_vectors ? 4 : 1) : s.n;
  const bool texel = caps.texel_loads_preferred &&
                     std::max({a.texels(caps), b.texels(caps), extra}) <= caps.max_texel_elements;
  const auto kernel = texel ? Kernel::matmul_registers_texel : Kernel::matmul_registers;
  const bool tail = s.k % depth != 0 && !(a_packed && b_packed);
  return {.shader = &shader(kernel),
          .specialization = {lanes, rows, columns,
                             // on Mesa shuffles become loops at 16 lanes, broadcasts at 8
                             lanes == 16 ? 1u : 0u, 0, 0, depth, s.transpose_a && !a_packed,
                             s.transpose_b && !b_packed, a_vectors, b_vectors, d_vectors, tail,
                             a_packed, b_packed, p.companion},
          .bias_constant = 4,
          .rows = rows,
          .columns = panel,
          .depth = depth,
          .a_scalars = texel && !a_vectors,
          .b_scalars = texel && !b_vectors,
          .extra_scalars = texel && !extra_vectors,
          .a_packed = a_packed,
          .b_packed = b_packed,
          .sum_passes = ceil_div(rows, lanes * (a_vectors && !a_packed ? 4 : 1))};
}

Tile shared_tile(const ProductTile& tile, const MatmulSizes& s, const Problem& p) {
  const bool a_pieces = (s.transpose_a ? s.m : s.k) % tile.piece == 0;
  const bool b_pieces = (s.transpose_b ? s.k : s.n) % tile.piece == 0;
  return {.shader = &shader(tile.kernel),
          .specialization = tile.specialization(
              {s.transpose_a, s.transpose_b, a_pieces, b_pieces, s.n % 4 == 0, p.companion}),
          .bias_constant = 3,
          .rows = tile.rows,
          .columns = tile.columns,
          .depth = tile.depth,
          .sum_passes = ceil_div(tile.rows, tile.lanes)};
}

// Few rows, for which a tile would have to be mostly empty.
std::optional<Tile> skinny_tile(const MatmulSizes& s, const Problem& p, const gpu::Caps& caps) {
  const bool subgroup = caps.subgroup_arithmetic && caps.subgroup_size >= 4;
  const std::uint32_t lanes = subgroup ? caps.subgroup_size : flat_lanes(caps);
  const std::int64_t columns = s.transpose_b ? 4 : 4 * lanes;
  if (s.m > 8 || p.companion || ceil_div(s.n, columns) > caps.max_groups[1]) return std::nullopt;
  const bool a_vectors = s.k % 4 == 0 && !s.transpose_a;
  const bool b_vectors = (s.transpose_b ? s.k : s.n) % 4 == 0;
  const bool masked = p.activation == Activation::mask, d_vectors = s.n % 4 == 0;
  const std::int64_t a = s.batch * s.m * s.k, b = s.batch * s.n * s.k;
  const bool texel = subgroup && caps.texel_loads_preferred &&
                     std::max({a, b, s.batch * s.m * s.n}) <= caps.max_texel_elements;
  return Tile{.shader = &shader(texel      ? Kernel::matmul_skinny_texel
                                : subgroup ? Kernel::matmul_skinny_subgroup
                                           : Kernel::matmul_skinny),
              .specialization = {lanes, narrow(s.m), s.transpose_a, 0, 0, s.transpose_b, a_vectors,
                                 b_vectors, d_vectors, s.k % 4 != 0},
              .bias_constant = 3,
              .rows = s.m,
              .columns = columns,
              .depth = s.transpose_b ? 4 * lanes : 4,
              .a_scalars = texel && !a_vectors,
              .b_scalars = texel && !b_vectors,
              .extra_scalars = texel && !(masked && d_vectors),
              .gives_sums = false};
}

// All that compute it, the guess first.
std::vector<Tile> tiles_for(const MatmulSizes& s, const Problem& p, const gpu::Caps& caps) {
  std::vector<Tile> all;
  if (const auto skinny = skinny_tile(s, p, caps)) all.push_back(*skinny);
  if (register_tiles(caps)) {
    for (const RegisterShape& shape : register_shapes(s, caps))
      all.push_back(register_tile(shape, s, p, caps));
    return all;
  }
  for (const ProductTile& tile :
       product_tiles({Kernel::matmul_tile, Kernel::matmul_tile_f16, Kernel::matmul_tile_bf16}, p,
                     {.rows = s.m, .columns = s.n, .count = s.batch}, caps))
    all.push_back(shared_tile(tile, s, p));
  return all;
}

// The dispatch that makes the packed copy of A or of B.
Dispatch pack(const MatmulSizes& s, const Tile& tile, bool b, std::uint32_t to,
              const gpu::Caps& caps) {
  const std::int64_t lines = b ? s.n : s.m;
  const bool along_lines = b ? !s.transpose_b : s.transpose_a;  // neighbours are of one k
  const bool vectors = b == along_lines && (along_lines ? lines : s.k) % 4 == 0;
  const std::int64_t width = b ? tile.columns / 4 : tile.rows;
  const std::int64_t steps = ceil_div(s.k, tile.depth) * tile.depth / (b ? 1 : 4);
  const std::int64_t blocks = ceil_div(lines, b ? tile.columns : tile.rows);
  // A workgroup walks over a block, or, where the lines of a k lie side by side, along all of them;
  // old CPU drivers end loops that are too long.
  const std::int64_t own = along_lines ? blocks : 1;
  const std::int64_t step_turns = own * (ceil_div(width, caps.subgroup_size) + 2) + 2;
  const std::int64_t turns =
      own == 1 ? 64 : std::clamp<std::int64_t>(std::min(steps / 64, 60000 / step_turns), 1, 64);
  const bool texel = tile.shader == &shader(Kernel::matmul_registers_texel);
  const std::int64_t stride = b ? s.b_stride : s.a_stride;
  Dispatch dispatch{
      .shader = &shader(texel ? Kernel::matmul_pack_texel : Kernel::matmul_pack),
      .specialization = {caps.subgroup_size, static_cast<std::uint32_t>(width), b, vectors},
      .bindings = {input(b ? 1 : 0), scratch(to)},
      .push = kernels::MatmulPackParams{.lines = narrow(lines),
                                        .depth = narrow(s.k),
                                        .line_stride = narrow(along_lines ? 1 : s.k),
                                        .k_stride = narrow(along_lines ? lines : 1),
                                        .batch_stride = narrow(stride),
                                        .steps = narrow(steps),
                                        .turns = narrow(turns),
                                        .blocks = narrow(blocks)},
      .groups = {narrow(blocks / own), narrow(ceil_div(steps, turns)),
                 narrow(stride == 0 ? 1 : s.batch)},
      .loop_turns = static_cast<std::uint64_t>(turns * step_turns)};
  dispatch.bindings[0].scalars = texel && !vectors;
  return dispatch;
}

}  // namespace

std::uint32_t matmul_choices(const Problem& p, const gpu::Caps& caps) {
  return static_cast<std::uint32_t>(tiles_for(matmul_sizes(p), p, caps).size()) * split_choices;
}

Lowering lower_matmul(const Problem& p, const gpu::Caps& caps) {
  const MatmulSizes s = matmul_sizes(p);
  const std::vector<Tile> tiles = tiles_for(s, p, caps);
  Tile tile = chosen_tile(tiles, p);
  const std::int64_t row_blocks = ceil_div(s.m, tile.rows), panels = ceil_div(s.n, tile.columns);
  const std::int64_t turns = ceil_div(s.k, tile.depth);
  std::int64_t splits =
      splits_for(turns, row_blocks * panels * s.batch, 64, chosen_split(tiles, p), caps);
  if (p.companion) splits = splits_with_sums(splits, s.k, tile.sum_passes, caps);
  const std::int64_t split_depth = ceil_div(turns, splits) * tile.depth;
  splits = ceil_div(s.k, split_depth);

  const bool whole = splits == 1;
  tile.specialization[tile.bias_constant] = whole && p.bias;
  if (whole) tile.specialization[tile.bias_constant + 1] = static_cast<std::uint32_t>(p.activation);
  const SplitSum parts{.count = s.batch * s.m * s.n,
                       .sums = p.companion ? s.m : 0,
                       .splits = splits,
                       .columns = s.n,
                       .extra_input = 2};

  Lowering lowering;
  if (!whole) lowering.scratch_bytes = {static_cast<std::uint64_t>(parts.stride() * splits) * 4};
  const std::int64_t packed_depth = turns * tile.depth;
  const auto operand = [&](bool b, bool packed, std::int64_t stride, std::int64_t lines) {
    if (!packed) return std::pair(input(b ? 1 : 0), stride);
    const auto to = static_cast<std::uint32_t>(lowering.scratch_bytes.size());
    const std::int64_t elements = lines * packed_depth;
    lowering.scratch_bytes.push_back(
        static_cast<std::uint64_t>(elements * (stride == 0 ? 1 : s.batch)) * 4);
    lowering.dispatches.push_back(pack(s, tile, b, to, caps));
    return std::pair(scratch(to), stride == 0 ? 0 : elements);
  };
  const auto [a, a_stride] = operand(false, tile.a_packed, s.a_stride, row_blocks * tile.rows);
  const auto [b, b_stride] = operand(true, tile.b_packed, s.b_stride, panels * tile.columns);
  // More rows than one grid holds take several dispatches.
  const std::int64_t most = caps.max_groups[0];
  for (std::int64_t first = 0; first < row_blocks; first += most) {
    Dispatch dispatch{.shader = tile.shader, .specialization = tile.specialization};
    dispatch.bindings = {a, b, whole && p.has_extra() ? input(2) : a, whole ? result() : scratch(0),
                         whole ? result(p.companion ? 1 : 0) : scratch(0)};
    if (!tile.gives_sums) dispatch.bindings.pop_back();
    dispatch.bindings[0].scalars = tile.a_scalars;
    dispatch.bindings[1].scalars = tile.b_scalars;
    dispatch.bindings[2].scalars = whole && p.has_extra() ? tile.extra_scalars : tile.a_scalars;
    dispatch.push =
        kernels::MatmulParams{.rows = narrow(s.m),
                              .columns = narrow(s.n),
                              .depth = narrow(tile.a_packed && tile.b_packed ? packed_depth : s.k),
                              .splits = narrow(splits),
                              .split_depth = narrow(split_depth),
                              .a_batch_stride = narrow(a_stride),
                              .b_batch_stride = narrow(b_stride),
                              .d_batch_stride = narrow(s.m * s.n),
                              .d_split_stride = narrow(parts.stride()),
                              .sums_offset = narrow(whole ? 0 : parts.count),
                              .first_row = narrow(first * tile.rows),
                              .packed_depth = narrow(packed_depth)};
    dispatch.groups = {narrow(std::min(row_blocks - first, most)), narrow(panels),
                       narrow(s.batch * splits)};
    dispatch.loop_turns = static_cast<std::uint64_t>(split_depth / tile.depth);
    if (p.companion) dispatch.loop_turns += turns_of_sums(split_depth, tile.sum_passes);
    lowering.dispatches.push_back(std::move(dispatch));
  }
  if (!whole) lowering.dispatches.push_back(sum_splits(parts, p, caps));
  return lowering;
}

}  // namespace lemnos
