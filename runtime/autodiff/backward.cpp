// SPDX-License-Identifier: Apache-2.0
#include "runtime/autodiff/backward.h"

#include "runtime/graph/trace.h"

namespace lemnos {
namespace {

// Which nodes up to `last` depend on one of the targets (which count as depending on themselves).
std::vector<bool> dependents(const Graph& graph, NodeId last, std::span<const NodeId> targets) {
  std::vector<bool> depends(last + 1);
  for (const NodeId target : targets)
    if (target <= last) depends[target] = true;
  for (NodeId id = 0; id <= last; ++id)
    for (const NodeId input : graph[id].inputs) depends[id] = depends[id] || depends[input];
  return depends;
}

class Backward {
 public:
  Backward(Trace& trace, NodeId loss, std::span<const NodeId> targets)
      : trace_(trace), depends_(dependents(trace.graph(), loss, targets)), adjoints_(loss + 1) {}

  void run(NodeId loss, Tensor seed) {
    adjoints_[loss] = std::move(seed);
    for (NodeId id = loss + 1; id-- > 0;)
      if (adjoints_[id] && depends_[id]) propagate(id);
  }

  const Tensor& adjoint(NodeId id) const { return adjoints_[id]; }

 private:
  void propagate(NodeId id) {
    const Node node = trace_.graph()[id];  // a copy: recording the rule's nodes moves the originals
    if (node.op->gradient == nullptr || node.inputs.empty()) return;
    // A parameter is a view of a storage: nothing behind it is asked for.
    bool wanted = false;
    for (const NodeId input : node.inputs) wanted = wanted || depends_[input];
    if (!wanted) return;

    std::vector<Tensor> inputs;
    for (const NodeId input : node.inputs) inputs.push_back(trace_.tensor(input));
    const auto gradients = node.op->gradient({.inputs = inputs,
                                              .result = trace_.tensor(id),
                                              .dresult = adjoints_[id],
                                              .attrs = node.attrs});
    check(gradients.size() == inputs.size(),
          "{}: its gradient rule returned {} gradients for {} inputs", node.op->name,
          gradients.size(), inputs.size());
    for (std::size_t i = 0; i < gradients.size(); ++i)
      if (gradients[i] && depends_[node.inputs[i]])
        accumulate(node.inputs[i], sum_to(gradients[i], inputs[i].shape()));
  }

  void accumulate(NodeId id, const Tensor& gradient) {
    Tensor& adjoint = adjoints_[id];
    adjoint = adjoint ? record(*runtime_ops().add, {adjoint, gradient}) : gradient;
  }

  Trace& trace_;
  std::vector<bool> depends_;
  std::vector<Tensor> adjoints_;
};

}  // namespace

std::vector<Tensor> grad(const Operand& loss, std::span<const Tensor> with_respect_to) {
  Trace& trace = Trace::current();
  if (loss.tensor().elements() != 1)
    fail_at(loss.at(), "grad: the loss has shape {}; reduce it to one number first (mean, sum)",
            loss.tensor().shape());
  const NodeId root = trace.resolve(loss.tensor());
  std::vector<NodeId> targets;
  for (const Tensor& tensor : with_respect_to) targets.push_back(trace.resolve(tensor));

  const auto filled = [](const Shape& shape, double value) {
    return record(*runtime_ops().fill, {}, FillAttrs{shape, value});
  };
  Backward backward(trace, root, targets);
  backward.run(root, filled(loss.tensor().shape(), 1.0));
  std::vector<Tensor> gradients;
  for (const NodeId target : targets) {
    const bool reached = target <= root && backward.adjoint(target);
    gradients.push_back(reached ? backward.adjoint(target)
                                : filled(trace.graph()[target].type.shape, 0.0));
  }
  return gradients;
}

}  // namespace lemnos
