// SPDX-License-Identifier: Apache-2.0
// A case recorded: several instances of it, one after another, each on inputs of its own.
#pragma once

#include <memory>
#include <vector>

#include "nn/bench/case.h"
#include "runtime/graph/graph.h"

namespace lemnos::bench {

// The inputs of one instance, on their way to the device.
using Inputs = std::vector<std::shared_ptr<Storage>>;
using Bytes = std::vector<std::byte>;
Inputs make_inputs(std::span<const SampleInput> inputs, std::span<const Bytes> values);

// Results stay on the device: they are assigned to storages, so that no kernel writes to memory of
// the host.
struct KernelGraph {
  Graph graph;
  struct Result {  // what the body returned
    std::shared_ptr<Storage> storage;
    std::int64_t offset = 0;  // elements
    Shape shape;
  };
  std::vector<Result> results;  // of the first instance
  std::size_t assigns = 0;      // of graph.assigns, those of the first instance
};
KernelGraph record_kernel(const Case& kernel, std::span<const SampleInput> types,
                          std::span<const Inputs> instances);

// Operations and bytes of a graph: all that its nodes compute, every storage that it reads or
// assigns once.
double flops_of(const Graph& graph);
double bytes_of(const Graph& graph);

}  // namespace lemnos::bench
