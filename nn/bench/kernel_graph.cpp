// SPDX-License-Identifier: Apache-2.0
#include "nn/bench/kernel_graph.h"

#include <map>
#include <set>

#include "runtime/graph/trace.h"
#include "runtime/passes/units.h"

namespace lemnos::bench {
namespace {

Tensor tensor_of(const SampleInput& input, const std::shared_ptr<Storage>& storage) {
  auto state = std::make_shared<State>();
  state->name = storage->name();
  state->shape = input.shape;
  state->dtype = input.dtype;
  state->storage = storage;
  return Tensor(std::move(state));
}

// Gives every value that the results lie in, each once, to a storage.
class Results {
 public:
  KernelGraph::Result keep(Trace& trace, const Tensor& result) {
    const Base base = base_of(trace.graph(), trace.resolve(result));
    std::shared_ptr<Storage>& storage = storages_[base.node];
    if (!storage) {
      const Tensor whole = trace.tensor(base.node);
      storage = std::make_shared<Storage>("result", whole.dtype(), whole.elements());
      trace.assign(storage, whole);
    }
    return {.storage = storage, .offset = base.offset, .shape = result.shape()};
  }

 private:
  std::map<NodeId, std::shared_ptr<Storage>> storages_;
};

}  // namespace

Inputs make_inputs(std::span<const SampleInput> inputs, std::span<const Bytes> values) {
  Inputs storages;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    storages.push_back(std::make_shared<Storage>(fmt::format("input {}", i), inputs[i].dtype,
                                                 inputs[i].shape.elements()));
    storages.back()->write(0, values[i]);
  }
  return storages;
}

KernelGraph record_kernel(const Case& kernel, std::span<const SampleInput> types,
                          std::span<const Inputs> instances) {
  Trace trace;
  KernelGraph made;
  for (const Inputs& inputs : instances) {
    if (!made.results.empty() || made.assigns > 0) trace.begin_phase();
    std::vector<Tensor> tensors;
    for (std::size_t i = 0; i < types.size(); ++i)
      tensors.push_back(tensor_of(types[i], inputs[i]));
    Results results;
    std::vector<KernelGraph::Result> kept;
    for (const Tensor& result : kernel.body(tensors)) kept.push_back(results.keep(trace, result));
    if (made.assigns > 0) continue;
    made.results = std::move(kept);
    made.assigns = trace.graph().assigns.size();
  }
  made.graph = trace.graph();
  return made;
}

double flops_of(const Graph& graph) {
  double flops = 0;
  for (const Node& node : graph.nodes)
    if (node.op->kind == Kind::pointwise || node.op->kind == Kind::other)
      flops += lemnos::flops_of(problem_of(graph, node));
  return flops < 1e-3 * bytes_of(graph) ? 0 : flops;  // a few nodes beside what is not known
}

double bytes_of(const Graph& graph) {
  std::set<std::uint32_t> read;
  for (const Node& node : graph.nodes)
    for (const NodeId input : node.inputs) {
      const Node& leaf = graph[base_of(graph, input).node];
      if (leaf.op == &storage_op && node.op->kind != Kind::view)
        read.insert(leaf.attrs.as<LeafAttrs>().index);
    }
  double bytes = 0;
  for (const std::uint32_t index : read)
    bytes += static_cast<double>(graph.storages[index]->bytes());
  for (const auto& assign : graph.assigns)
    bytes += static_cast<double>(graph.storages[assign.storage]->bytes());
  return bytes;
}

}  // namespace lemnos::bench
