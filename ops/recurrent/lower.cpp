// SPDX-License-Identifier: Apache-2.0
// The dispatches of the recurrent ops: weights and first states are packed with zeros around them,
// then all steps run in one dispatch (shaders/recurrent/steps.glsl), or in several where one may
// not loop so long.
#include <algorithm>

#include "ops/grid.h"
#include "ops/recurrent/cell.h"
#include "shaders/recurrent/pack_params.h"
#include "shaders/recurrent/params.h"

namespace lemnos {
namespace {

constexpr std::int64_t most_turns = 60000;  // of loops, below the 65,535 of old CPU drivers
constexpr std::uint32_t weights_scratch = 0, state_scratch = 1;

std::uint32_t narrow(std::int64_t value) { return static_cast<std::uint32_t>(value); }

// What forward and backward differ in.
struct Direction {
  std::int64_t rows, steps, hidden;
  std::int64_t state_gates;  // values a unit that are multiplied with the weights
  std::int64_t fan;          // values a unit that this makes
  std::int64_t carries;      // values a unit that are only kept
  std::int64_t turns;        // one more than steps where the last step's state is multiplied again
  RecurrentKernels kernels;
  std::int64_t most_elements;  // of the operands that may be read as texels

  std::int64_t padded() const { return ceil_div(hidden, 8) * 8; }
  std::int64_t depth() const { return state_gates * padded(); }
};

struct Tile {
  Kernel kernel;
  std::int64_t lanes, rows, depth;
  bool scalars = false;  // texel views of single floats
  std::int64_t panel() const { return 4 * lanes; }
};

Tile tile_for(const Direction& pass, const gpu::Caps& caps) {
  const bool cpu = caps.type == gpu::DeviceType::cpu;
  const bool registers = caps.register_tiling_preferred && caps.subgroup_shuffle &&
                         caps.subgroup_ballot && caps.subgroup_size >= 4 &&
                         caps.subgroup_size <= 16;
  if (!registers) {
    // Few rows a group, so that there are many groups; as many lanes as there are quads of units.
    const std::int64_t most = std::min<std::int64_t>(caps.max_group_invocations, 128);
    const std::int64_t lanes = cpu ? 8 : std::min(ceil_div(pass.padded() / 4, 32) * 32, most);
    return {.kernel = pass.kernels.alone, .lanes = lanes, .rows = 4, .depth = 4};
  }
  const std::int64_t lanes = caps.subgroup_size;
  const bool vectors = pass.hidden % 4 == 0;
  const std::int64_t weights = pass.depth() * pass.fan * ceil_div(pass.hidden, 4 * lanes) * lanes;
  const std::int64_t texels = std::max(weights, pass.most_elements / (vectors ? 4 : 1));
  const bool texel = caps.texel_loads_preferred && texels <= caps.max_texel_elements;
  return {.kernel = texel ? pass.kernels.texel : pass.kernels.registers,
          .lanes = lanes,
          // 128 sums a lane, as in matmul, but 16 rows at most: a batch of 32 is for two threads.
          .rows = std::max(lanes, std::min<std::int64_t>(16, 32 / pass.fan) / lanes * lanes),
          .depth = 8,
          .scalars = texel && !vectors};
}

// Copies a source into a scratch, its axes' order changed, zeros beyond what is inside.
struct Packing {
  std::array<std::int64_t, 3> sizes, inside, strides;
  std::int64_t offset = 0;  // in the scratch
};

Dispatch pack(const Packing& packing, std::uint32_t source, std::uint32_t target,
              const gpu::Caps& caps) {
  kernels::RecurrentPackParams params{.result_offset = narrow(packing.offset)};
  std::ranges::transform(packing.sizes, params.sizes, narrow);
  std::ranges::transform(packing.inside, params.inside, narrow);
  std::ranges::transform(packing.strides, params.strides, narrow);
  params.count = params.sizes[0] * params.sizes[1] * params.sizes[2];
  const Grid grid = grid_for(caps, params.count, 64);
  Dispatch made{.shader = &shader(Kernel::recurrent_pack)};
  made.bindings = {input(source), scratch(target)};
  made.push = params;
  made.groups = {grid.groups, 1, 1};
  made.loop_turns = grid.turns;
  return made;
}

// [rows, hidden] as one plane of the state.
Packing plane(const Direction& pass, std::int64_t offset) {
  return {.sizes = {1, pass.rows, pass.padded()},
          .inside = {1, pass.rows, pass.hidden},
          .strides = {0, pass.hidden, 1},
          .offset = offset};
}

// Loop turns of one turn of the kernel, with the one more that each loop takes to end.
std::int64_t loop_turns(const Direction& pass, const Tile& tile, std::int64_t panels) {
  return 2 + panels * (3 + pass.depth() / tile.depth + tile.rows);
}

// How the steps are cut into dispatches. A step whose weights are many, of rows that are few, is
// shared by groups, each with one panel: then the next step needs another dispatch. (The limits are
// judgements; only CPU drivers were at hand.)
struct Cut {
  std::int64_t turns;   // of a dispatch
  std::int64_t panels;  // of a group
};

Cut cut_for(const Direction& pass, const Tile& tile, const gpu::Caps& caps) {
  const std::int64_t panels = ceil_div(pass.hidden, tile.panel());
  const std::int64_t per_turn = loop_turns(pass, tile, panels);
  const std::int64_t wanted = caps.type == gpu::DeviceType::cpu ? 4 : 128;
  const bool share = pass.depth() * pass.fan * pass.hidden >= std::int64_t{1} << 18 &&
                     ceil_div(pass.rows, tile.rows) < wanted;
  if (share || per_turn > most_turns - tile.rows - 2) return {.turns = 1, .panels = 1};
  return {.turns = std::min(pass.turns, (most_turns - tile.rows - 2) / per_turn), .panels = panels};
}

void append_steps(Lowering& lowering, const Problem& p, const Direction& pass, const Tile& tile,
                  std::span<const Binding> operands, const gpu::Caps& caps) {
  const auto attrs = p.attrs.as<RecurrentAttrs>();
  const Cut cut = cut_for(pass, tile, caps);
  const std::int64_t panels = ceil_div(pass.hidden, tile.panel());
  const std::int64_t row_blocks = ceil_div(pass.rows, tile.rows);
  const std::int64_t layers = ceil_div(row_blocks, caps.max_groups[0]);
  kernels::RecurrentParams params{.rows = narrow(pass.rows),
                                  .steps = narrow(pass.steps),
                                  .hidden = narrow(pass.hidden),
                                  .padded = narrow(pass.padded()),
                                  .units = narrow(panels * tile.panel()),
                                  .panels = narrow(cut.panels),
                                  .carry = narrow(2 * pass.rows * pass.depth())};
  const auto types = p.op->parts(p);
  for (std::size_t i = 0; i < types.size(); ++i) params.parts[i] = narrow(pack_offset(types, i));

  Dispatch made{.shader = &shader(tile.kernel)};
  made.specialization = {narrow(tile.lanes), narrow(tile.rows), narrow(4 * pass.fan),
                         // on Mesa shuffles become loops at 16 lanes, broadcasts at 8
                         tile.lanes == 16 ? 1u : 0u, 0, 0, narrow(tile.depth),
                         pass.hidden % 4 == 0 ? 1u : 0u, attrs.reverse != 0 ? 1u : 0u,
                         attrs.lengths != 0 ? 1u : 0u, attrs.relu != 0 ? 1u : 0u};
  const auto last_input = narrow(static_cast<std::int64_t>(p.inputs.size())) - 1;
  made.bindings = {scratch(weights_scratch), scratch(state_scratch), result(), input(last_input)};
  for (Binding operand : operands) {
    operand.scalars = tile.scalars;
    made.bindings.push_back(operand);
  }
  made.groups = {narrow(ceil_div(row_blocks, layers)), narrow(ceil_div(panels, cut.panels)),
                 narrow(layers)};
  for (std::int64_t first = 0; first < pass.turns; first += cut.turns) {
    params.first_turn = narrow(first);
    params.turns = narrow(std::min(cut.turns, pass.turns - first));
    made.push = params;
    made.loop_turns = static_cast<std::uint64_t>(tile.rows + 2 +
                                                 params.turns * loop_turns(pass, tile, cut.panels));
    lowering.dispatches.push_back(made);
  }
}

std::vector<std::uint64_t> scratch_for(const Direction& pass, const Tile& tile) {
  const std::int64_t units = ceil_div(pass.hidden, tile.panel()) * tile.panel();
  const std::int64_t state = pass.rows * (2 * pass.depth() + pass.carries * pass.padded());
  return {static_cast<std::uint64_t>(pass.depth() * pass.fan * units) * 4,
          static_cast<std::uint64_t>(state) * 4};
}

}  // namespace

Lowering lower_forward(const Problem& p, const gpu::Caps& caps, const Cell& cell) {
  const std::int64_t hidden = p.in(1)[1];
  const Direction pass{.rows = p.in(0)[0],
                       .steps = p.in(0)[1],
                       .hidden = hidden,
                       .state_gates = 1,
                       .fan = cell.gates,
                       .carries = cell.second_state ? 1 : 0,
                       .turns = p.in(0)[1],
                       .kernels = cell.forward_kernels,
                       .most_elements = p.in(0).elements()};
  const Tile tile = tile_for(pass, caps);
  const std::int64_t units = ceil_div(hidden, tile.panel()) * tile.panel();
  Lowering lowering{.dispatches = {}, .scratch_bytes = scratch_for(pass, tile)};
  lowering.dispatches.push_back(pack({.sizes = {pass.padded(), cell.gates, units},
                                      .inside = {hidden, cell.gates, hidden},
                                      .strides = {1, hidden * hidden, hidden}},
                                     1, weights_scratch, caps));
  const std::uint32_t h0 = cell.apart ? 3 : 2;
  lowering.dispatches.push_back(pack(plane(pass, 0), h0, state_scratch, caps));
  if (cell.second_state)
    lowering.dispatches.push_back(
        pack(plane(pass, 2 * pass.rows * pass.padded()), h0 + 1, state_scratch, caps));
  std::vector<Binding> operands{input(0)};
  if (cell.apart) operands.push_back(input(2));
  append_steps(lowering, p, pass, tile, operands, caps);
  return lowering;
}

Lowering lower_backward(const Problem& p, const gpu::Caps& caps, const Cell& cell) {
  const std::int64_t hidden = p.in(0)[1];
  const Direction pass{.rows = p.in(1)[0],
                       .steps = p.in(1)[1],
                       .hidden = hidden,
                       .state_gates = cell.gates,
                       .fan = 1,
                       .carries = cell.second_state ? 2 : 1,
                       .turns = p.in(1)[1] + 1,
                       .kernels = cell.backward_kernels,
                       .most_elements = p.in(1).elements()};
  const Tile tile = tile_for(pass, caps);
  const std::int64_t units = ceil_div(hidden, tile.panel()) * tile.panel();
  Lowering lowering{.dispatches = {}, .scratch_bytes = scratch_for(pass, tile)};
  lowering.dispatches.push_back(pack({.sizes = {cell.gates, pass.padded(), units},
                                      .inside = {cell.gates, hidden, hidden},
                                      .strides = {hidden * hidden, hidden, 1}},
                                     0, weights_scratch, caps));
  for (std::int64_t i = 0; i < pass.carries; ++i)  // dh_n, dc_n
    lowering.dispatches.push_back(
        pack(plane(pass, 2 * pass.rows * pass.depth() + i * pass.rows * pass.padded()),
             narrow(4 + i), state_scratch, caps));
  append_steps(lowering, p, pass, tile, std::array{input(1), input(2), input(3)}, caps);
  return lowering;
}

const char* recurrent_fits(const Problem& p, const gpu::Caps&) {
  std::int64_t largest = p.out().elements();
  for (const TensorType& type : p.inputs) largest = std::max(largest, type.shape.elements());
  return largest >= std::int64_t{1} << 30 ? "an operand or the result has 2^30 elements or more"
                                          : nullptr;
}

}  // namespace lemnos
