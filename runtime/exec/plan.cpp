// SPDX-License-Identifier: Apache-2.0
#include "runtime/exec/plan.h"

#include <algorithm>
#include <map>
#include <set>

#include "runtime/exec/ladder.h"
#include "runtime/exec/lower.h"
#include "runtime/passes/place_casts.h"
#include "runtime/passes/plan_memory.h"
#include "runtime/passes/simplify.h"

namespace lemnos {
namespace {

constexpr std::uint32_t no_buffer = ~0u;

// Where a value lies: a window of a plan buffer. Values of one step first get a buffer of their own
// ("transient"); the memory plan then puts those into arenas.
struct Place {
  std::uint32_t buffer = no_buffer;
  std::uint64_t offset = 0;  // bytes
};

std::uint64_t bytes_of(const TensorType& type) {
  // Whole 16-byte texels; places are 256-byte aligned, so this never reaches a neighbour.
  const auto bytes = static_cast<std::uint64_t>(type.shape.elements()) * size_of(type.dtype);
  return (bytes + 15) / 16 * 16;
}

class Planner {
 public:
  Planner(Graph graph, const gpu::Caps& caps, const ExecOptions& options)
      : graph_(std::move(graph)), caps_(caps), options_(options), place_(graph_.nodes.size()) {}

  // False when a pointwise chain could not be generated.
  bool lower_units(bool generate);
  Plan plan();

 private:
  void place_leaves();
  void place_assigned();
  void place_packs();
  void place_outputs();
  void place_in_place_ops();
  void place_constants();
  void place_rest();

  // Gives the memory of `value` to its producer, if nothing stands against it; else copies at
  // `when`.
  void claim_or_copy(NodeId value, Place place);
  bool claim(NodeId value, Place place);
  bool safe_in_place(std::size_t producer, std::uint32_t storage_buffer) const;
  void copy_before(std::size_t unit, NodeId value, Place to);

  Place place_of(NodeId value) const;
  Access access_of(const Lowered& lowered, const Binding& binding, const Dispatch& dispatch,
                   std::span<const std::uint32_t> scratch) const;
  void add_dispatches(const Lowered& lowered, Plan& plan,
                      std::uint32_t unit = PlannedDispatch::no_unit);
  void add_copy(NodeId value, Place to, Plan& plan);
  void settle_transients(Plan& plan);
  std::uint32_t add_buffer(PlanBuffer::Kind kind, std::uint32_t index, std::uint64_t bytes) {
    buffers_.push_back({kind, index, bytes, 0});
    return static_cast<std::uint32_t>(buffers_.size() - 1);
  }

  struct Copy {
    NodeId value;
    Place to;
  };

  Graph graph_;
  const gpu::Caps& caps_;
  const ExecOptions& options_;
  std::vector<Lowered> units_;
  std::map<NodeId, std::size_t> producer_;  // which unit computes a node
  std::vector<PlannedUnit> planned_units_;
  std::vector<PlanBuffer> buffers_;
  std::set<std::uint32_t> scratch_;  // those of buffers_ that hold no value
  std::vector<Place> place_;         // of each base node
  std::map<std::uint32_t, std::uint32_t> storage_buffer_;
  std::map<std::size_t, std::vector<Copy>> copies_before_;  // by unit; units_.size(): at the end
  std::vector<std::pair<NodeId, Place>> final_copies_;      // assigns that could not be in place
};

bool Planner::lower_units(bool generate) {
  const FusionOptions fusion{
      .epilogues = options_.epilogues,
      .companions = options_.companions,
      .pointwise = generate,
      .max_table_bytes = caps_.max_storage_buffer_range,
      .max_bindings = std::min<std::uint32_t>(caps_.max_storage_buffers_per_stage, 12),
      .max_cost = options_.chains ? FusionOptions{}.max_cost : 0};
  for (const Unit& unit : make_units(graph_, fusion)) {
    auto lowered = lower(graph_, unit, caps_, generate, options_);
    if (!lowered) return false;
    for (const NodeId result : lowered->results) producer_[result] = units_.size();
    for (const NodeId node : unit.nodes)
      lowered->phase = std::max(lowered->phase, graph_[node].phase);
    PlannedUnit planned{.nodes = unit.nodes, .label = lowered->label};
    for (const NodeId node : unit.nodes)
      planned.flops += flops_of(problem_of(graph_, graph_[node]));
    planned_units_.push_back(std::move(planned));
    units_.push_back(std::move(*lowered));
  }
  return true;
}

void Planner::place_leaves() {
  for (std::uint32_t i = 0; i < graph_.storages.size(); ++i)
    storage_buffer_[i] = add_buffer(PlanBuffer::Kind::storage, i, graph_.storages[i]->bytes());
  for (NodeId id = 0; id < graph_.nodes.size(); ++id) {
    const Node& node = graph_[id];
    if (node.op->kind != Kind::leaf) continue;
    const auto index = node.attrs.as<LeafAttrs>().index;
    place_[id].buffer = node.op == &storage_op
                            ? storage_buffer_.at(index)
                            : add_buffer(PlanBuffer::Kind::input, index, bytes_of(node.type));
  }
}

// Whether the unit may overwrite a storage: nobody reads the old values later, and the unit itself
// reads them only element by element at the place it writes.
bool Planner::safe_in_place(std::size_t producer, std::uint32_t storage_buffer) const {
  const auto reads = [&](NodeId value) {
    return place_[base_of(graph_, value).node].buffer == storage_buffer;
  };
  for (std::size_t unit = producer; unit < units_.size(); ++unit)
    for (const NodeId operand : units_[unit].operands) {
      if (!reads(operand)) continue;
      const bool elementwise = unit == producer && units_[unit].op->kind == Kind::pointwise &&
                               base_of(graph_, operand).offset == 0 &&
                               graph_[operand].type.shape.elements() ==
                                   graph_[units_[unit].results.front()].type.shape.elements();
      if (!elementwise && !(unit == producer && units_[unit].op->in_place >= 0)) return false;
    }
  for (const auto& [value, to] : final_copies_)
    if (reads(value)) return false;
  const auto read_by_copy = [&](NodeId value) { return reads(value); };
  if (std::ranges::any_of(graph_.outputs, read_by_copy)) return false;
  for (const Node& node : graph_.nodes)
    if (node.op->kind == Kind::pack && std::ranges::any_of(node.inputs, read_by_copy)) return false;
  return true;
}

bool Planner::claim(NodeId value, Place place) {
  const Base base = base_of(graph_, value);
  const bool whole = base.offset == 0 &&
                     graph_[base.node].type.shape.elements() == graph_[value].type.shape.elements();
  if (!whole || place_[base.node].buffer != no_buffer || graph_[base.node].op->in_place >= 0)
    return false;
  place_[base.node] = place;
  return true;
}

void Planner::claim_or_copy(NodeId value, Place place) {
  if (claim(value, place)) return;
  const auto producer = producer_.find(base_of(graph_, value).node);
  copy_before(producer == producer_.end() ? 0 : producer->second + 1, value, place);
}

void Planner::copy_before(std::size_t unit, NodeId value, Place to) {
  copies_before_[unit].push_back({value, to});
}

void Planner::place_in_place_ops() {
  for (NodeId id = 0; id < graph_.nodes.size(); ++id) {
    const Node& node = graph_[id];
    if (node.op->in_place < 0) continue;
    const NodeId target = node.inputs[static_cast<std::size_t>(node.op->in_place)];
    const Base base = base_of(graph_, target);
    const std::uint32_t buffer = place_[base.node].buffer;
    if (buffer != no_buffer && base.offset == 0 && safe_in_place(producer_.at(id), buffer)) {
      place_[id] = place_[base.node];
    } else {
      place_[id] = {add_buffer(PlanBuffer::Kind::arena, 0, bytes_of(node.type)), 0};
      copy_before(producer_.at(id), target, place_[id]);
    }
  }
}

void Planner::place_assigned() {
  for (const Graph::Assign& assign : graph_.assigns) {
    const std::uint32_t buffer = storage_buffer_.at(assign.storage);
    const NodeId base = base_of(graph_, assign.value).node;
    if (place_[base].buffer == buffer) continue;  // an in-place op, or assigned to itself
    const auto producer = producer_.find(base);
    const bool computed = producer != producer_.end();
    if (computed && safe_in_place(producer->second, buffer) && claim(assign.value, {buffer, 0}))
      continue;
    NodeId value = assign.value;
    if (!computed) {  // another storage's old value: take it before anything changes
      const Place snapshot{add_buffer(PlanBuffer::Kind::arena, 0, bytes_of(graph_[value].type)), 0};
      copy_before(0, value, snapshot);
      Node copy = graph_[value];
      copy.op = runtime_ops().copy;
      copy.inputs = {value};
      value = graph_.append(std::move(copy));
      place_.push_back(snapshot);
    }
    final_copies_.push_back({value, {buffer, 0}});
  }
}

void Planner::place_packs() {
  for (NodeId id = 0; id < graph_.nodes.size(); ++id) {
    const Node& node = graph_[id];
    if (node.op->kind != Kind::pack) continue;
    // Memory of its own that keeps the zeros between the operands, unless a storage is its place.
    if (place_[id].buffer == no_buffer)
      place_[id].buffer = add_buffer(PlanBuffer::Kind::pack, 0, bytes_of(node.type));
    const Problem problem = problem_of(graph_, node);
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      const auto elements = static_cast<std::uint64_t>(pack_offset(problem.inputs, i));
      claim_or_copy(node.inputs[i],
                    {place_[id].buffer, place_[id].offset + elements * size_of(node.type.dtype)});
    }
  }
}

void Planner::place_outputs() {
  for (std::uint32_t i = 0; i < graph_.outputs.size(); ++i) {
    const NodeId output = graph_.outputs[i];
    claim_or_copy(output,
                  {add_buffer(PlanBuffer::Kind::output, i, bytes_of(graph_[output].type)), 0});
  }
}

// A small fill that only kernels read needs no dispatch: its memory is filled before the first
// step.
void Planner::place_constants() {
  constexpr std::int64_t most_elements = 1 << 16;
  for (const auto& [node, unit] : producer_) {
    const TensorType& type = graph_[node].type;
    if (graph_[node].op != runtime_ops().fill || place_[node].buffer != no_buffer ||
        type.shape.elements() > most_elements)
      continue;
    place_[node].buffer = add_buffer(PlanBuffer::Kind::constant, 0, bytes_of(type));
    buffers_[place_[node].buffer].value =
        static_cast<float>(graph_[node].attrs.as<FillAttrs>().value);
    units_[unit].lowering = {};
  }
}

void Planner::place_rest() {
  for (const auto& [node, unit] : producer_)
    if (place_[node].buffer == no_buffer)
      place_[node].buffer = add_buffer(PlanBuffer::Kind::arena, 0, bytes_of(graph_[node].type));
}

Place Planner::place_of(NodeId value) const {
  const Base base = base_of(graph_, value);
  Place place = place_[base.node];
  check(place.buffer != no_buffer, "plan: %{} ({}) has no memory", value, graph_[value].op->name);
  place.offset += static_cast<std::uint64_t>(base.offset) * size_of(graph_[value].type.dtype);
  return place;
}

Access Planner::access_of(const Lowered& lowered, const Binding& binding, const Dispatch& dispatch,
                          std::span<const std::uint32_t> scratch) const {
  Place place;
  std::uint64_t bytes = 0;
  if (binding.kind == Binding::Kind::scratch) {
    place.buffer = scratch[binding.index];
    bytes = buffers_[place.buffer].bytes;
  } else {
    const auto& values = binding.kind == Binding::Kind::input ? lowered.operands : lowered.results;
    check(binding.index < values.size(), "{}: kernel {} binds operand {} of {}", lowered.label,
          dispatch.shader->name, binding.index, values.size());
    place = place_of(values[binding.index]);
    bytes = bytes_of(graph_[values[binding.index]].type);
  }
  check(binding.offset < bytes && binding.bytes <= bytes - binding.offset,
        "{}: kernel {} binds {} bytes at {} of {}", lowered.label, dispatch.shader->name,
        binding.bytes, binding.offset, bytes);
  bytes = binding.bytes == 0 ? bytes - binding.offset : binding.bytes;
  if (bytes > caps_.max_storage_buffer_range)
    fail("{}: kernel {} needs {} bytes in one binding; {} has {} at most: use a smaller batch",
         lowered.label, dispatch.shader->name, bytes, caps_.name, caps_.max_storage_buffer_range);
  return {place.buffer, place.offset + binding.offset, bytes, false};
}

void Planner::add_dispatches(const Lowered& lowered, Plan& plan, std::uint32_t unit) {
  std::vector<std::uint32_t> scratch;
  for (const std::uint64_t bytes : lowered.lowering.scratch_bytes)
    scratch.push_back(add_buffer(PlanBuffer::Kind::arena, 0, (bytes + 15) / 16 * 16));
  scratch_.insert(scratch.begin(), scratch.end());
  for (const Dispatch& dispatch : lowered.lowering.dispatches) {
    PlannedDispatch planned{.dispatch = dispatch,
                            .accesses = {},
                            .phase = lowered.phase,
                            .label = lowered.label,
                            .unit = unit};
    const auto infos = gpu::reflect(*dispatch.shader).bindings;
    check(infos.size() == dispatch.bindings.size(), "{}: kernel {} has {} bindings, {} were given",
          lowered.label, dispatch.shader->name, infos.size(), dispatch.bindings.size());
    for (std::size_t i = 0; i < infos.size(); ++i) {
      const Binding& binding = dispatch.bindings[i];
      Access access = access_of(lowered, binding, dispatch, scratch);
      access.write = infos[i].written;
      const bool allowed =
          binding.kind != Binding::Kind::input || (lowered.op->mutates >> binding.index & 1) != 0;
      check(!access.write || allowed, "{}: kernel {} must declare binding {} readonly",
            lowered.label, dispatch.shader->name, i);
      planned.accesses.push_back(access);
      plan.stats.bytes_moved += access.bytes;
    }
    plan.dispatches.push_back(std::move(planned));
  }
}

void Planner::add_copy(NodeId value, Place to, Plan& plan) {
  // The copy's result is a value that exists nowhere in the graph: a node for the time of planning.
  Node node = graph_[value];
  node.op = runtime_ops().copy;
  node.inputs = {value};
  const NodeId copy = graph_.append(std::move(node));
  place_.push_back(to);
  add_dispatches({.operands = {value},
                  .results = {copy},
                  .lowering = lower_copy(graph_[value].type, caps_),
                  .label = fmt::format("copy {}", graph_[value].type.shape),
                  .op = runtime_ops().copy},
                 plan);
}

// Moves transient buffers into arenas: their lifetimes are known once the waves are.
void Planner::settle_transients(Plan& plan) {
  std::vector<std::uint32_t> block_of(buffers_.size(), no_buffer);
  std::vector<Block> blocks;
  for (const PlannedDispatch& planned : plan.dispatches)
    for (const Access& access : planned.accesses) {
      if (buffers_[access.buffer].kind != PlanBuffer::Kind::arena) continue;
      std::uint32_t& block = block_of[access.buffer];
      if (block == no_buffer) {
        block = static_cast<std::uint32_t>(blocks.size());
        blocks.push_back({buffers_[access.buffer].bytes, planned.wave, planned.wave});
        plan.blocks.push_back(
            {.label = planned.label, .scratch = scratch_.contains(access.buffer)});
      }
      blocks[block].last_wave = std::max(blocks[block].last_wave, planned.wave);
    }
  const MemoryPlan memory = plan_memory(blocks, caps_.max_allocation, options_.alias);
  plan.stats.arena_bytes = memory.total();
  plan.stats.arena_lower_bound = memory.lower_bound;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    PlannedBlock& planned = plan.blocks[i];
    planned.arena = memory.places[i].arena;
    planned.offset = memory.places[i].offset;
    planned.bytes = blocks[i].bytes;
    planned.first_wave = blocks[i].first_wave;
    planned.last_wave = blocks[i].last_wave;
  }

  std::vector<std::uint32_t> moved(buffers_.size(), no_buffer);
  for (std::uint32_t i = 0; i < buffers_.size(); ++i)
    if (buffers_[i].kind != PlanBuffer::Kind::arena) {
      moved[i] = static_cast<std::uint32_t>(plan.buffers.size());
      plan.buffers.push_back(buffers_[i]);
    }
  const auto first_arena = static_cast<std::uint32_t>(plan.buffers.size());
  for (const std::uint64_t bytes : memory.arena_bytes)
    plan.buffers.push_back({PlanBuffer::Kind::arena, 0, bytes});
  for (PlannedDispatch& planned : plan.dispatches)
    for (Access& access : planned.accesses) {
      const std::uint32_t block = block_of[access.buffer];
      if (block != no_buffer) {
        access.buffer = first_arena + memory.places[block].arena;
        access.offset += memory.places[block].offset;
      } else {
        access.buffer = moved[access.buffer];
      }
    }
}

Plan Planner::plan() {
  place_leaves();
  place_in_place_ops();
  place_assigned();
  place_packs();
  place_outputs();
  place_constants();
  place_rest();

  Plan plan;
  plan.stats.nodes = static_cast<std::uint32_t>(graph_.nodes.size());
  plan.stats.units = static_cast<std::uint32_t>(units_.size());
  for (std::size_t unit = 0; unit <= units_.size(); ++unit) {
    for (const Copy& copy : copies_before_[unit]) add_copy(copy.value, copy.to, plan);
    if (unit < units_.size()) add_dispatches(units_[unit], plan, static_cast<std::uint32_t>(unit));
  }
  for (const auto& [value, to] : final_copies_) add_copy(value, to, plan);

  std::vector<std::vector<Access>> accesses;
  std::vector<std::uint32_t> phases;
  for (const PlannedDispatch& planned : plan.dispatches) {
    accesses.push_back(planned.accesses);
    phases.push_back(planned.phase);
  }
  const auto waves = schedule_waves(accesses, phases);
  for (std::uint32_t i = 0; i < waves.size(); ++i)
    plan.dispatches[i].wave = options_.waves ? waves[i] : i;
  std::ranges::stable_sort(plan.dispatches, {}, &PlannedDispatch::wave);
  settle_transients(plan);

  plan.stats.dispatches = static_cast<std::uint32_t>(plan.dispatches.size());
  plan.stats.waves = plan.dispatches.empty() ? 0 : plan.dispatches.back().wave + 1;
  plan.units = std::move(planned_units_);
  plan.graph = std::move(graph_);
  return plan;
}

}  // namespace

Plan make_plan(const Graph& graph, const gpu::Caps& caps, const ExecOptions& options) {
  Graph simple = options.simplify ? simplify(graph) : graph;
  if (options.precision != DType::f32) simple = place_casts(simple, options.precision);
  verify(simple);
  Planner planner(simple, caps, options);
  Plan plan;
  if (options.pointwise && !is_quarantined(caps, generated_chains) && planner.lower_units(true)) {
    plan = planner.plan();
  } else {
    Planner unfused(simple, caps, options);
    unfused.lower_units(false);
    plan = unfused.plan();
    if (options.pointwise) plan.stats.fallbacks = plan.stats.units;
  }
  plan.stats.nodes_recorded = static_cast<std::uint32_t>(graph.nodes.size());
  return plan;
}

}  // namespace lemnos
