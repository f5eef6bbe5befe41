// SPDX-License-Identifier: Apache-2.0
// conv2d_weights: w from y and x, the weight gradient of both convolutions. Not public.
#include <algorithm>

#include "ops/conv/depthwise.h"
#include "ops/grid.h"
#include "ops/matmul/split.h"
#include "ops/product_tile.h"
#include "ops/reduce/axes.h"
#include "runtime/graph/trace.h"
#include "shaders/kernels.h"

namespace lemnos {
namespace {

TensorType shape(const Problem& p) {
  check_conv(p);
  const auto attrs = p.attrs.as<ConvAttrs>();
  const Shape &y = p.in(0), &x = p.in(1);
  if (y[0] != x[0]) p.fail("{} and {} have different numbers of images", y, x);
  if (y[3] % attrs.groups != 0 || x[3] % attrs.groups != 0)
    p.fail("{} groups do not divide the channels of {} and {}", attrs.groups, y, x);
  if (attrs.height < 1 || attrs.width < 1) p.fail("a kernel of {}x{}", attrs.height, attrs.width);
  if (conv_out_size(x[1], attrs.height, attrs) != y[1] ||
      conv_out_size(x[2], attrs.width, attrs) != y[2])
    p.fail("{} is not what a kernel of {}x{} makes of {}", y, attrs.height, attrs.width, x);
  return {Shape{y[3], attrs.height, attrs.width, x[3] / attrs.groups}};
}

ConvGeometry geometry(const Problem& p) {
  return conv_geometry(p.in(1), p.out(), p.in(0), p.attrs.as<ConvAttrs>());
}

std::vector<Tensor> gradient(const Adjoint& d) {
  const auto attrs = d.attrs.as<ConvAttrs>();
  return {conv2d_from(d.in(1), d.dresult, attrs),
          conv_transpose2d_to(d.in(0), d.dresult, d.in(1).shape(), attrs)};
}

void reference(const Problem& p, std::span<const Values> in, Values& out) {
  std::fill(out.begin(), out.end(), 0.0);
  geometry(p).for_each_product(
      [&](std::size_t x, std::size_t w, std::size_t y) { out[w] += in[0][y] * in[1][x]; });
}

// A matrix product, [K, pixels] x [pixels, R S C / groups], cut along the pixels.
struct Tile {
  Kernel kernel;
  std::vector<std::uint32_t> specialization;
  std::int64_t across, down;    // workgroups
  std::int64_t pixels, turns;   // parts are multiples of so many pixels, which take so many turns
  std::int64_t sum_passes = 1;  // see split.h
  bool y_scalars = false, x_scalars = false;
};

// Workgroups for tiles of each group's results.
std::int64_t across(const ConvGeometry& g, std::int64_t rows) {
  return g.attrs.groups * ceil_div(g.k / g.attrs.groups, rows);
}

struct RegisterShape {
  std::uint32_t rows, columns;  // columns of a lane

  bool operator==(const RegisterShape&) const = default;
};

// The guess first: the larger, the less is loaded for each product.
std::vector<RegisterShape> register_shapes(const ConvGeometry& g, const gpu::Caps& caps) {
  const std::uint32_t lanes = caps.subgroup_size, few = std::max(16u, lanes);
  const std::int64_t k = g.k / g.attrs.groups, width = g.taps() * g.c / g.attrs.groups;
  if (width <= 2 * lanes) return {{32, width <= lanes ? 1u : 2u}};
  const std::uint32_t rows = fills(k, 64) ? 64 : fills(k, 32) ? 32 : few;
  std::vector<RegisterShape> all{{rows, width % (8 * lanes) == 0 ? 8u : 4u}};
  for (const RegisterShape& shape :
       {RegisterShape{64, 8}, {64, 4}, {48, 8}, {32, 8}, {32, 4}, {24, 8}, {few, 8}})
    if (shape.rows % lanes == 0 && std::ranges::find(all, shape) == all.end()) all.push_back(shape);
  return all;
}

Tile register_tile(const RegisterShape& shape, const Problem& p, const ConvGeometry& g,
                   const gpu::Caps& caps) {
  const std::uint32_t lanes = caps.subgroup_size;
  const std::int64_t k = g.k / g.attrs.groups, c = g.c / g.attrs.groups, width = g.taps() * c;
  const auto [rows, columns] = shape;
  const bool y_vectors = k % 4 == 0, x_vectors = c % 4 == 0 && columns % 4 == 0;
  const std::int64_t texels =
      std::max(g.pixels() * g.k / (y_vectors ? 4 : 1), g.n * g.h * g.w * g.c / (x_vectors ? 4 : 1));
  const bool texel = caps.texel_loads_preferred && texels <= caps.max_texel_elements;
  return {.kernel = texel ? Kernel::conv_weights_registers_texel : Kernel::conv_weights_registers,
          .specialization = {lanes, rows, columns, lanes == 16, 0, 0, 4, y_vectors, x_vectors,
                             width % 4 == 0 && columns % 4 == 0, g.pixels() % 4 != 0, p.companion},
          .across = across(g, rows),
          .down = ceil_div(width, static_cast<std::int64_t>(lanes) * columns),
          .pixels = 16,
          .turns = 4,
          .sum_passes = ceil_div(rows, lanes * (y_vectors ? 4 : 1)),
          .y_scalars = texel && !y_vectors,
          .x_scalars = texel && !x_vectors};
}

Tile shared_tile(const ProductTile& tile, const Problem& p, const ConvGeometry& g) {
  const std::int64_t k = g.k / g.attrs.groups, c = g.c / g.attrs.groups, width = g.taps() * c;
  return {.kernel = tile.kernel,
          .specialization = tile.specialization(
              {k % tile.piece == 0, c % tile.piece == 0, p.companion}),  // no epilogue
          .across = across(g, tile.rows),
          .down = ceil_div(width, tile.columns),
          .pixels = tile.depth,
          .turns = 1,
          .sum_passes = ceil_div(tile.rows, tile.lanes)};
}

// All that compute it, the guess first.
std::vector<Tile> tiles_for(const Problem& p, const ConvGeometry& g, const gpu::Caps& caps) {
  if (is_depthwise(g)) {
    const DepthwiseWeights all = depthwise_weights(p, g, caps);
    return {{.kernel = all.kernel,
             .specialization = all.specialization,
             .across = all.groups,
             .down = 1,
             .pixels = g.q,
             .turns = all.line_turns,
             .sum_passes = 4}};  // of a lane's channels
  }
  if (!tiles_groups(g, caps))  // one invocation a weight
    return {{.kernel = Kernel::conv_weights_direct,
             .specialization = {64, p.companion},
             .across = ceil_div(p.out().elements(), 64),
             .down = 1,
             .pixels = 16,
             .turns = 16}};
  std::vector<Tile> all;
  if (register_tiles(caps)) {
    for (const RegisterShape& shape : register_shapes(g, caps))
      all.push_back(register_tile(shape, p, g, caps));
    return all;
  }
  const std::int64_t groups = g.attrs.groups;
  for (const ProductTile& tile : product_tiles(
           {Kernel::conv_weights_tile, Kernel::conv_weights_tile_f16,
            Kernel::conv_weights_tile_bf16},
           p, {.rows = g.k / groups, .columns = g.taps() * g.c / groups, .count = groups}, caps))
    all.push_back(shared_tile(tile, p, g));
  return all;
}

std::uint32_t choices(const Problem& p, const gpu::Caps& caps) {
  return static_cast<std::uint32_t>(tiles_for(p, geometry(p), caps).size()) * split_choices;
}

Lowering lower(const Problem& p, const gpu::Caps& caps) {
  const ConvGeometry g = geometry(p);
  const std::vector<Tile> tiles = tiles_for(p, g, caps);
  const Tile& tile = chosen_tile(tiles, p);
  const std::int64_t weights = p.out().elements(), units = ceil_div(g.pixels(), tile.pixels);
  std::int64_t splits = splits_for(units * tile.turns, tile.across * tile.down,
                                   std::max<std::int64_t>(256 * tile.turns / tile.pixels, 1),
                                   chosen_split(tiles, p), caps);
  if (p.companion) splits = splits_with_sums(splits, g.pixels(), tile.sum_passes, caps);
  const std::int64_t split_pixels = ceil_div(units, splits) * tile.pixels;
  splits = ceil_div(g.pixels(), split_pixels);

  const bool whole = splits == 1;
  const SplitSum parts{.count = weights, .sums = p.companion ? g.k : 0, .splits = splits};
  kernels::ConvParams params = g.params();
  params.split_stride = static_cast<std::uint32_t>(parts.stride());
  params.sums_offset = static_cast<std::uint32_t>(whole ? 0 : weights);
  params.split_pixels = static_cast<std::uint32_t>(split_pixels);
  Dispatch dispatch{.shader = &shader(tile.kernel), .specialization = tile.specialization};
  dispatch.bindings = {input(0), input(1), whole ? result() : scratch(0),
                       whole ? result(p.companion ? 1 : 0) : scratch(0)};
  dispatch.bindings[0].scalars = tile.y_scalars;
  dispatch.bindings[1].scalars = tile.x_scalars;
  dispatch.push = params;
  dispatch.groups = {static_cast<std::uint32_t>(tile.across), static_cast<std::uint32_t>(tile.down),
                     static_cast<std::uint32_t>(splits)};
  dispatch.loop_turns = static_cast<std::uint64_t>(split_pixels / tile.pixels * tile.turns);
  if (p.companion) dispatch.loop_turns += turns_of_sums(split_pixels, tile.sum_passes);
  Lowering lowering{.dispatches = {std::move(dispatch)}, .scratch_bytes = {}};
  if (!whole) {
    lowering.scratch_bytes = {static_cast<std::uint64_t>(parts.stride() * splits) * 4};
    lowering.dispatches.push_back(sum_splits(parts, p, caps));
  }
  return lowering;
}

// The sums of y over the pixels: the gradient of the bias.
bool gives_sums_of_y(const Problem&, const Problem& other) { return sums_to_last_axis(other); }

double terms(const Problem& p) { return static_cast<double>(geometry(p).pixels()); }

std::vector<Sample> samples() {
  const auto sample = [](Shape y, Shape x, ConvAttrs attrs, bool gradient = true) {
    return Sample{.inputs = {{.shape = y}, {.shape = x}}, .attrs = attrs, .gradient = gradient};
  };
  std::vector<Sample> all{
      sample({1, 1, 1, 1}, {1, 1, 1, 1}, {.height = 1, .width = 1}),
      sample({2, 5, 4, 2}, {2, 5, 4, 3}, {.pad = 1, .height = 3, .width = 3}),
      sample({1, 4, 4, 3}, {1, 7, 6, 2}, {.stride = 2, .pad = 1, .height = 3, .width = 2}),
      sample({2, 3, 3, 6}, {2, 5, 5, 4},
             {.stride = 2, .pad = 1, .groups = 2, .height = 3, .width = 3}),
      sample({1, 5, 6, 3}, {1, 5, 6, 3}, {.pad = 1, .groups = 3, .height = 3, .width = 3}),
      sample({2, 4, 4, 8}, {2, 6, 7, 8},
             {.stride = 2, .pad = 1, .groups = 8, .height = 2, .width = 3}),
      sample({3, 9, 7, 12}, {3, 13, 11, 12},
             {.pad = 2, .dilation = 2, .groups = 12, .height = 5, .width = 5}, false),
      sample({2, 5, 5, 48}, {2, 9, 9, 34},
             {.stride = 2, .pad = 1, .groups = 2, .height = 3, .width = 3}, false),
      sample({90, 28, 28, 4}, {90, 28, 28, 4}, {.pad = 1, .groups = 4, .height = 3, .width = 3},
             false),
      sample({5, 28, 28, 32}, {5, 28, 28, 1}, {.pad = 1, .height = 3, .width = 3}, false),
      sample({5, 14, 14, 32}, {5, 14, 14, 32}, {.pad = 1, .height = 3, .width = 3}, false),
      sample({5, 28, 28, 32}, {5, 28, 28, 1}, {.pad = 1, .height = 3, .width = 3}, false),
      sample({3, 13, 11, 19}, {3, 13, 11, 17}, {.pad = 1, .height = 3, .width = 3}, false),
      sample({3, 13, 11, 60}, {3, 13, 11, 16}, {.pad = 1, .height = 3, .width = 3}, false),
      sample({90, 28, 28, 1}, {90, 28, 28, 4}, {.pad = 1, .height = 3, .width = 3}, false)};
  for (const DType type : {DType::f16, DType::bf16})
    for (const Sample& each :
         {sample({2, 5, 5, 48}, {2, 9, 9, 34},
                 {.stride = 2, .pad = 1, .groups = 2, .height = 3, .width = 3}),
          sample({5, 14, 14, 32}, {5, 14, 14, 32}, {.pad = 1, .height = 3, .width = 3}),
          sample({3, 13, 11, 19}, {3, 13, 11, 17}, {.pad = 1, .height = 3, .width = 3})})
      all.push_back(each.stored_as(type));
  return all;
}

}  // namespace

extern const OpDef conv2d_weights_op;
const OpDef conv2d_weights_op{
    .name = "conv2d_weights",
    .shape = shape,
    .gradient = gradient,
    .lower = lower,
    .choices = choices,
    .fits = conv_fits,
    .reference = reference,
    .samples = samples,
    .flops = [](const Problem& p) { return conv_flops(p.out(), p.in(0)); },
    .scale = Scale::inputs,
    .terms = terms,
    .finite_only = true,
    .half = HalfOperands::wants,
    .gives = gives_sums_of_y};

Tensor conv2d_weights(const Tensor& y, const Tensor& x, const Shape& w, ConvAttrs attrs) {
  attrs.height = static_cast<std::int32_t>(w[1]);
  attrs.width = static_cast<std::int32_t>(w[2]);
  return record(conv2d_weights_op, {y, x}, attrs);
}

}  // namespace lemnos
