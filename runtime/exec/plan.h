// SPDX-License-Identifier: Apache-2.0
// A graph turned into dispatches: every value has its memory, every dispatch its wave.
#pragma once

#include <string>
#include <vector>

#include "runtime/exec/options.h"
#include "runtime/graph/graph.h"
#include "runtime/passes/schedule.h"

namespace lemnos {

// Memory a plan needs. Storages belong to the graph; everything else to the program that runs it.
struct PlanBuffer {
  enum class Kind : std::uint8_t { arena, input, storage, output, pack, constant };
  Kind kind = Kind::arena;
  std::uint32_t index = 0;  // which input, storage or output
  std::uint64_t bytes = 0;
  float value = 0;  // of a constant: filled once, before the first step
};

// What is computed together (see passes/units.h): its dispatches name it.
struct PlannedUnit {
  std::vector<NodeId> nodes;
  std::string label;  // "matmul+add+relu [128, 512]  train_digits.cpp:31"
  double flops = 0;   // of all its nodes: see flops_of()
};

// A value that lives only within a step, in the memory that it shares with others.
struct PlannedBlock {
  std::string label;     // of what writes it first
  bool scratch = false;  // no value of the graph: of one unit's kernels alone
  std::uint32_t arena = 0;
  std::uint64_t offset = 0, bytes = 0;  // in that arena
  std::uint32_t first_wave = 0, last_wave = 0;
};

struct PlannedDispatch {
  Dispatch dispatch;
  std::vector<Access> accesses;  // one for each binding: a range of plan.buffers
  std::uint32_t phase = 0;       // see Trace::begin_phase
  std::uint32_t wave = 0;
  std::string label;             // the unit's, or that of a copy
  std::uint32_t unit = no_unit;  // of Plan::units; copies have none
  static constexpr std::uint32_t no_unit = ~0u;
};

struct PlanStats {
  std::uint32_t nodes_recorded = 0;  // in the graph as traced
  std::uint32_t nodes = 0;           // after simplification
  std::uint32_t units = 0;           // after fusion
  std::uint32_t fallbacks = 0;       // units not fused because the kernel could not be generated
  std::uint32_t dispatches = 0;
  std::uint32_t waves = 0;
  std::uint64_t arena_bytes = 0;
  std::uint64_t arena_lower_bound = 0;
  std::uint64_t bytes_moved = 0;  // read and written by all dispatches of a step

  std::uint32_t barriers() const { return waves == 0 ? 0 : waves - 1; }
};

struct Plan {
  Graph graph;  // simplified
  std::vector<PlanBuffer> buffers;
  std::vector<PlannedUnit> units;
  std::vector<PlannedDispatch> dispatches;  // by wave
  std::vector<PlannedBlock> blocks;
  PlanStats stats;
};

// Fails, naming the op and its line, where the device cannot hold or run something.
Plan make_plan(const Graph& graph, const gpu::Caps& caps, const ExecOptions& options);

}  // namespace lemnos
