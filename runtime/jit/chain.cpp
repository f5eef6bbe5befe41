// SPDX-License-Identifier: Apache-2.0
#include "runtime/jit/chain.h"

#include <algorithm>

#include "runtime/base/log.h"
#include "runtime/base/os.h"
#include "runtime/jit/chain_writer.h"
#include "runtime/jit/compiler.h"

namespace lemnos {
namespace {

struct Grid {
  std::uint32_t group_size;
  std::uint32_t vectors;  // for each invocation
  std::array<std::uint32_t, 3> groups;
};

// A CPU driver runs a workgroup as a loop over subgroups and pays for each group: one subgroup that
// walks far. A GPU hides latency by many groups: one vector an invocation, more only for huge
// tensors.
Grid grid_of(std::int64_t elements, const gpu::Caps& caps) {
  const auto total = static_cast<std::uint64_t>((elements + 3) / 4);
  Grid grid{.group_size = std::min(256u, caps.max_group_invocations), .vectors = 1, .groups = {}};
  if (caps.type == gpu::DeviceType::cpu) {
    grid.group_size = std::max(caps.subgroup_size, 4u);
    // At least 64 groups, so that every thread gets its share.
    grid.vectors =
        static_cast<std::uint32_t>(std::clamp<std::uint64_t>(total / grid.group_size / 64, 1, 256));
  }
  const auto groups_of = [&] {
    const std::uint64_t span = std::uint64_t{grid.group_size} * grid.vectors;
    return (total + span - 1) / span;
  };
  const std::uint64_t most = caps.max_groups[0];
  while (groups_of() > most * caps.max_groups[1]) grid.vectors *= 2;
  const std::uint64_t groups = groups_of();
  const std::uint64_t rows = (groups + most - 1) / most;
  grid.groups = {static_cast<std::uint32_t>((groups + rows - 1) / rows),
                 static_cast<std::uint32_t>(rows), 1};
  return grid;
}

// How many elements one dispatch may cover: all of them, or, where a binding would be too large, a
// piece of them. 0: not even pieces work, because an operand that is broadcast is too large.
std::int64_t piece_of(const Graph& graph, const Unit& unit, const gpu::Caps& caps) {
  const std::int64_t elements = graph[unit.nodes.back()].type.shape.elements();
  const auto largest = static_cast<std::int64_t>(
      std::min<std::uint64_t>(caps.max_storage_buffer_range / 4, std::uint64_t{1} << 31));
  bool whole = elements <= largest, pieces = true;
  const auto gathered = [&](NodeId input) {
    return std::ranges::any_of(unit.nodes, [&](NodeId node) {
      return is_gather(graph, node) &&
             std::ranges::find(graph[node].inputs, input) != graph[node].inputs.end();
    });
  };
  for (const NodeId input : unit.inputs) {
    if (gathered(input)) {  // bound whole, wherever its rows are wanted
      pieces = false;
      continue;
    }
    const std::int64_t size = graph[input].type.shape.elements();
    if (size > largest && size != elements) return 0;
    pieces = pieces && (size == elements || size == 1);
  }
  if (whole) return elements;
  // Offsets stay multiples of 256 bytes, also of 16-bit values.
  return pieces ? largest / (2 * state_alignment) * (2 * state_alignment) : 0;
}

Dispatch dispatch_of(const Graph& graph, const Unit& unit, std::int64_t first, std::int64_t count) {
  const std::int64_t elements = graph[unit.nodes.back()].type.shape.elements();
  Dispatch dispatch;
  const auto window = [&](Binding binding, const TensorType& type) {
    if (count != elements && type.shape.elements() == elements) {
      binding.offset = static_cast<std::uint64_t>(first) * size_of(type.dtype);
      binding.bytes = static_cast<std::uint64_t>(count) * size_of(type.dtype);
    }
    binding.stored = stored_as(type.dtype);
    return binding;
  };
  for (std::uint32_t i = 0; i < unit.inputs.size(); ++i)
    dispatch.bindings.push_back(window(input(i), graph[unit.inputs[i]].type));
  for (std::uint32_t i = 0; i < unit.results.size(); ++i)
    dispatch.bindings.push_back(window(result(i), graph[unit.results[i]].type));
  dispatch.push = static_cast<std::uint32_t>(count);
  return dispatch;
}

}  // namespace

std::optional<Lowering> lower_chain(const Graph& graph, const Unit& unit, const gpu::Caps& caps) {
  const std::int64_t elements = graph[unit.nodes.back()].type.shape.elements();
  const std::int64_t piece = piece_of(graph, unit, caps);
  if (piece == 0) {
    log::warn("{}: an operand is larger than {} can bind; running its ops one by one",
              graph[unit.nodes.back()].op->name, caps.name);
    return std::nullopt;
  }
  const ChainWriter writer(graph, unit, caps);
  std::string name;
  for (const NodeId node : unit.nodes)
    name += fmt::format("{}{}", name.empty() ? chain_prefix : "_", graph[node].op->name);
  if (os::env("LEMNOS_TRACE") == "4") log::info("{}:\n{}", name, writer.text());
  const gpu::Shader* shader = nullptr;
  try {
    shader = &compile_glsl(name, writer.text());
  } catch (const Error& error) {
    log::warn("{}", error.what());
    return std::nullopt;
  }

  Lowering lowering;
  for (std::int64_t first = 0; first < elements; first += piece) {
    const std::int64_t count = std::min(piece, elements - first);
    const Grid grid = grid_of(count, caps);
    Dispatch dispatch = dispatch_of(graph, unit, first, count);
    dispatch.shader = shader;
    dispatch.specialization = {grid.group_size, grid.vectors};
    dispatch.specialization.insert(dispatch.specialization.end(), writer.sizes().begin(),
                                   writer.sizes().end());
    dispatch.groups = grid.groups;
    dispatch.loop_turns = grid.vectors;
    lowering.dispatches.push_back(std::move(dispatch));
  }
  return lowering;
}

}  // namespace lemnos
