// SPDX-License-Identifier: Apache-2.0
// Which kernel computes conv2d or its transpose. "source" is what the kernel reads by pixel, "d"
// what it makes: forward x and y, backward y and x.
#include <algorithm>

#include "ops/conv/depthwise.h"
#include "ops/conv/geometry.h"
#include "ops/grid.h"
#include "ops/product_tile.h"
#include "shaders/kernels.h"

namespace lemnos {
namespace {

struct Tile {
  Kernel kernel;
  std::vector<std::uint32_t> specialization;
  std::int64_t rows,
      columns;  // results of a group: pixels (strips, for the narrow kernel), channels
  std::uint64_t loop_turns;
  std::int64_t strip = 0;  // pixels of a strip, of the narrow kernel only
  bool source_scalars = false, weight_scalars = false, extra_scalars = false;
};

struct Sizes {
  const ConvGeometry& g;
  bool backward;
  bool bias;
  Activation activation;
  bool narrow;  // the result is stored in 16 bits, four at a time

  // Of a group:
  std::int64_t source_channels() const { return (backward ? g.k : g.c) / g.attrs.groups; }
  std::int64_t d_channels() const { return (backward ? g.c : g.k) / g.attrs.groups; }
  std::int64_t d_height() const { return backward ? g.h : g.p; }
  std::int64_t d_width() const { return backward ? g.w : g.q; }
  std::int64_t source_elements() const {
    return backward ? g.pixels() * g.k : g.n * g.h * g.w * g.c;
  }
  std::int64_t d_elements() const {
    return g.n * d_height() * d_width() * g.attrs.groups * d_channels();
  }
  std::uint32_t activation_constant() const { return static_cast<std::uint32_t>(activation); }
  // Texels of a bias or a mask, which is read as D is written: by vectors or scalars.
  std::int64_t extra_texels(bool d_vectors) const {
    if (activation != Activation::mask) return g.attrs.groups * d_channels();
    return d_elements() / (d_vectors ? 4 : 1);
  }
  std::int64_t weight_elements() const { return g.k * g.taps() * g.c / g.attrs.groups; }
  // Backward, a stride parts the pixels into phases that see different taps; a tile is of one
  // phase.
  std::int64_t phases() const {
    return backward ? std::int64_t{g.attrs.stride} * g.attrs.stride : 1;
  }
  std::int64_t pixels_of_phase() const {
    if (!backward) return g.pixels();
    const auto part = [&](std::int64_t size) { return ceil_div(size, g.attrs.stride); };
    return g.n * part(g.h) * part(g.w);
  }
};

std::uint64_t turns(std::int64_t value) { return static_cast<std::uint64_t>(value); }

bool texels_fit(std::int64_t texels, const gpu::Caps& caps) {
  return caps.texel_loads_preferred && texels <= caps.max_texel_elements;
}

// The strip of the narrow kernel: a long one reads less for each pixel. 14 and 7 only where they
// leave nothing of the last one unused; no more than stays in registers.
constexpr std::int64_t most_window = 24;
ConvStrip narrow_strip(const Sizes& s) {
  const std::int64_t whole = s.backward ? s.g.attrs.stride : 1;
  for (const std::int64_t pixels : {14, 7, 8, 4}) {
    const ConvStrip strip(s.g, s.backward, pixels);
    const bool wanted = pixels % 7 != 0 || s.d_width() % pixels == 0;
    if (wanted && pixels % whole == 0 && strip.window <= most_window) return strip;
  }
  return {s.g, s.backward, whole};
}

bool narrow_fits(const Sizes& s) {
  return s.d_channels() <= 4 && !s.narrow && s.source_channels() % 4 == 0 && s.g.s <= 11 &&
         s.g.attrs.dilation == 1 && s.g.attrs.groups == 1 &&
         narrow_strip(s).window <= most_window && narrow_strip(s).pixels <= 16;
}

// Few channels out: a lane computes a strip of pixels, and channels are the vector.
Tile narrow_tile(const Sizes& s, const gpu::Caps& caps) {
  const auto narrow = [](std::int64_t value) { return static_cast<std::uint32_t>(value); };
  const ConvStrip strip = narrow_strip(s);
  const std::uint32_t outputs = narrow(s.d_channels()), lanes = caps.subgroup_size;
  const bool texel = texels_fit(
      std::max({s.source_elements() / 4, s.weight_elements(), s.extra_texels(false)}), caps);
  return {.kernel = texel ? Kernel::conv_narrow_texel : Kernel::conv_narrow,
          .specialization = {lanes, narrow(strip.pixels), outputs, narrow(s.g.s), s.bias,
                             s.activation_constant(), s.backward, narrow(s.g.attrs.stride),
                             narrow(s.g.attrs.pad), narrow(strip.first), narrow(strip.window)},
          .rows = lanes,
          .columns = outputs,
          .loop_turns = turns(s.g.r * (1 + (s.source_channels() + 3) / 4) + s.g.attrs.stride),
          .strip = strip.pixels,
          .weight_scalars = texel,
          .extra_scalars = texel};
}

// Rows of a tile, the guess first: the more, the less is loaded for each product.
std::vector<std::uint32_t> register_rows(const Sizes& s, const gpu::Caps& caps) {
  const std::uint32_t lanes = caps.subgroup_size, few = std::max(16u, lanes);
  const std::int64_t pixels = s.pixels_of_phase();
  std::vector<std::uint32_t> all{fills(pixels, 64) ? 64u : fills(pixels, 32) ? 32u : few};
  for (const std::uint32_t rows : {64u, 48u, 32u, 24u, few})
    if (rows % lanes == 0 && std::ranges::find(all, rows) == all.end()) all.push_back(rows);
  return all;
}

Tile register_tile(const Sizes& s, const Problem& p, const gpu::Caps& caps) {
  const std::uint32_t lanes = caps.subgroup_size;
  const std::int64_t d = s.d_channels(), taps = s.g.taps();
  const std::uint32_t wanted = d <= lanes ? 1 : d <= 2 * lanes ? 2 : d <= 4 * lanes ? 4 : 8;
  const std::uint32_t columns = s.narrow ? std::max(wanted, 4u) : wanted;
  const std::uint32_t rows = chosen(register_rows(s, caps), p);
  const bool source_vectors = s.source_channels() % 4 == 0;
  const bool weight_vectors =
      s.backward ? d % 4 == 0 && columns % 4 == 0 : taps * s.source_channels() % 4 == 0;
  const bool d_vectors = d % 4 == 0 && columns % 4 == 0;
  const bool texel = texels_fit(
      std::max({s.source_elements() / (source_vectors ? 4 : 1),
                s.weight_elements() / (weight_vectors ? 4 : 1), s.extra_texels(d_vectors)}),
      caps);
  const std::int64_t depth = source_vectors ? s.g.r + taps * (1 + (s.source_channels() + 3) / 4)
                                            : (taps * s.source_channels() + 3) / 4;
  return {.kernel = texel ? Kernel::conv_registers_texel : Kernel::conv_registers,
          .specialization = {lanes, rows, columns, lanes == 16, s.bias, s.activation_constant(), 4,
                             s.backward, source_vectors, weight_vectors, d_vectors},
          .rows = rows,
          .columns = static_cast<std::int64_t>(lanes) * columns,
          .loop_turns = turns(depth + 2 * s.g.attrs.stride + 2),
          .source_scalars = texel && !source_vectors,
          .weight_scalars = texel && !weight_vectors,
          .extra_scalars = texel && !(s.activation == Activation::mask && d_vectors)};
}

std::vector<ProductTile> shared_tiles(const Sizes& s, const Problem& p, const gpu::Caps& caps) {
  const std::int64_t count = s.phases() * s.g.attrs.groups;
  return product_tiles({Kernel::conv_tile, Kernel::conv_tile_f16, Kernel::conv_tile_bf16}, p,
                       {.rows = s.pixels_of_phase(), .columns = s.d_channels(), .count = count},
                       caps);
}

Tile shared_tile(const Sizes& s, const Problem& p, const gpu::Caps& caps) {
  const ProductTile tile = chosen(shared_tiles(s, p, caps), p);
  const std::int64_t depth = s.g.taps() * s.source_channels();
  Tile made{.kernel = tile.kernel,
            .specialization = tile.specialization(
                {s.backward, s.source_channels() % tile.piece == 0,
                 (s.backward ? s.d_channels() : depth) % tile.piece == 0, s.d_channels() % 4 == 0}),
            .rows = tile.rows,
            .columns = tile.columns,
            .loop_turns = turns((depth + tile.depth - 1) / tile.depth + 2 * s.g.attrs.stride)};
  made.specialization[3] = s.bias;
  made.specialization[4] = s.activation_constant();
  return made;
}

Dispatch direct(const Sizes& s, const gpu::Caps& caps) {
  const std::int64_t groups = (s.d_elements() + 63) / 64, most = caps.max_groups[0];
  const std::int64_t rows = ceil_div(groups, most);
  Dispatch dispatch{.shader = &shader(Kernel::conv_direct),
                    .specialization = {64, s.bias, s.activation_constant(), s.backward}};
  dispatch.push = s.g.params();
  dispatch.groups = {static_cast<std::uint32_t>(ceil_div(groups, rows)),
                     static_cast<std::uint32_t>(rows), 1};
  dispatch.loop_turns =
      turns(s.g.r + s.g.taps() * (1 + s.source_channels()) + 2 * s.g.attrs.stride);
  return dispatch;
}

Tile tile_for(const Sizes& s, const Problem& p, const gpu::Caps& caps) {
  const bool registers = register_tiles(caps);
  if (registers && narrow_fits(s)) return narrow_tile(s, caps);
  return registers ? register_tile(s, p, caps) : shared_tile(s, p, caps);
}

// One dispatch, or several where there are more row blocks than a grid holds.
std::vector<Dispatch> tiled(const Sizes& s, const Tile& tile, const gpu::Caps& caps) {
  const bool narrow = tile.strip > 0;
  const std::int64_t rows =
      narrow ? s.g.n * s.d_height() * ceil_div(s.d_width(), tile.strip) : s.pixels_of_phase();
  const std::int64_t phases = narrow ? 1 : s.phases();
  const std::int64_t blocks = (rows + tile.rows - 1) / tile.rows;
  const std::int64_t most = caps.max_groups[0] / phases;
  std::vector<Dispatch> dispatches;
  for (std::int64_t first = 0; first < blocks; first += most) {
    Dispatch dispatch{.shader = &shader(tile.kernel), .specialization = tile.specialization};
    kernels::ConvParams params = s.g.params();
    params.first_row = static_cast<std::uint32_t>(first * tile.rows);
    dispatch.push = params;
    dispatch.groups = {
        static_cast<std::uint32_t>(std::min(blocks - first, most) * phases),
        static_cast<std::uint32_t>((s.d_channels() + tile.columns - 1) / tile.columns),
        static_cast<std::uint32_t>(s.g.attrs.groups)};
    dispatch.loop_turns = tile.loop_turns;
    dispatches.push_back(std::move(dispatch));
  }
  return dispatches;
}

}  // namespace

bool tiles_groups(const ConvGeometry& g, const gpu::Caps& caps) {
  const std::int64_t groups = g.attrs.groups, least = register_tiles(caps) ? 1 : 16;
  return groups == 1 || (std::min(g.c, g.k) / groups >= least && groups <= caps.max_groups[2]);
}

Lowering lower_conv(const Problem& p, const ConvGeometry& g, bool backward, const gpu::Caps& caps) {
  if (is_depthwise(g)) return lower_depthwise(p, g, backward, caps);
  const Sizes s{g, backward, p.bias, p.activation, is_half(p.result.dtype)};
  Lowering lowering;
  Binding source = input(0), weights = input(1), extra = input(p.has_extra() ? 2 : 1);
  if (!tiles_groups(g, caps)) {
    lowering.dispatches = {direct(s, caps)};
  } else {
    const Tile tile = tile_for(s, p, caps);
    lowering.dispatches = tiled(s, tile, caps);
    source.scalars = tile.source_scalars;
    weights.scalars = tile.weight_scalars;
    extra.scalars = p.has_extra() ? tile.extra_scalars : tile.weight_scalars;
  }
  for (Dispatch& dispatch : lowering.dispatches)
    dispatch.bindings = {source, weights, extra, result()};
  return lowering;
}

std::uint32_t conv_choices(const Problem& p, const ConvGeometry& g, bool backward,
                           const gpu::Caps& caps) {
  const Sizes s{g, backward, false, Activation::none, false};
  if (is_depthwise(g) || !tiles_groups(g, caps)) return 1;
  if (register_tiles(caps))
    return narrow_fits(s) ? 1 : static_cast<std::uint32_t>(register_rows(s, caps).size());
  return static_cast<std::uint32_t>(shared_tiles(s, p, caps).size());
}

const char* conv_fits(const Problem& p, const gpu::Caps& caps) {
  const std::int64_t stride = p.attrs.as<ConvAttrs>().stride;
  if (stride * stride > caps.max_groups[0])
    return "stride * stride is more groups than a grid holds";
  const std::int64_t largest =
      std::max({p.in(0).elements(), p.in(1).elements(), p.out().elements()});
  return largest >= std::int64_t{1} << 31 ? "an operand has 2^31 elements or more" : nullptr;
}

bool conv_narrows(const Problem& p) {
  return p.out()[3] % 4 == 0 && p.attrs.as<ConvAttrs>().groups == 1;
}

}  // namespace lemnos
