// SPDX-License-Identifier: Apache-2.0
#include "runtime/autodiff/backward.h"

#include <map>

#include "runtime/graph/trace.h"

namespace lemnos {
namespace {

// Which nodes up to `last` have a gradient that depends on one of the targets (which count as
// depending on themselves).
std::vector<bool> dependents(const Graph& graph, NodeId last, std::span<const NodeId> targets) {
  std::vector<bool> depends(last + 1);
  for (const NodeId target : targets)
    if (target <= last) depends[target] = true;
  for (NodeId id = 0; id <= last; ++id) {
    if (graph[id].op->gradient == nullptr) continue;
    for (const NodeId input : graph[id].inputs) depends[id] = depends[id] || depends[input];
  }
  return depends;
}

class Backward {
 public:
  Backward(Trace& trace, NodeId loss, std::span<const NodeId> targets)
      : trace_(trace), depends_(dependents(trace.graph(), loss, targets)), adjoints_(loss + 1) {}

  void run(NodeId loss, Tensor seed) {
    adjoints_[loss] = std::move(seed);
    auto segment = trace_.segments().rbegin();
    for (NodeId id = loss + 1; id-- > 0;) {
      while (segment != trace_.segments().rend() && id < segment->first) {
        ++segment;
        again_.clear();
      }
      const bool inside = segment != trace_.segments().rend() && id < segment->end;
      if ((!adjoints_[id] && !part_adjoints_.contains(id)) || !depends_[id]) continue;
      if (inside && again_.empty()) record_again(*segment);
      propagate(id);
    }
  }

  const Tensor& adjoint(NodeId id) const { return adjoints_[id]; }

 private:
  void propagate(NodeId id) {
    const Node node = trace_.graph()[id];  // a copy: recording the rule's nodes moves the originals
    if (is_part(node)) return add_part(node, adjoints_[id]);
    if (node.op->gradient == nullptr || node.inputs.empty()) return;
    // A parameter is a view of a storage: nothing behind it is asked for.
    bool wanted = false;
    for (const NodeId input : node.inputs) wanted = wanted || depends_[input];
    if (!wanted) return;

    std::vector<Tensor> inputs;
    for (const NodeId input : node.inputs) inputs.push_back(value_of(input));
    const std::vector<Tensor> parts = parts_of(id);
    const auto gradients = node.op->gradient({.inputs = inputs,
                                              .result = value_of(id),
                                              .dresult = adjoints_[id],
                                              .attrs = node.attrs,
                                              .parts = parts,
                                              .dparts = part_adjoints_[id]});
    check(gradients.size() == inputs.size(),
          "{}: its gradient rule returned {} gradients for {} inputs", node.op->name,
          gradients.size(), inputs.size());
    for (std::size_t i = 0; i < gradients.size(); ++i)
      if (gradients[i] && depends_[node.inputs[i]])
        accumulate(node.inputs[i], sum_to(gradients[i], inputs[i].shape()));
  }

  void accumulate(NodeId id, const Tensor& gradient) { add(adjoints_[id], gradient); }

  static void add(Tensor& adjoint, const Tensor& gradient) {
    adjoint = adjoint ? record(*runtime_ops().add, {adjoint, gradient}) : gradient;
  }

  // A view that stands for one result of an op with several.
  bool is_part(const Node& node) const {
    return node.op == &view_op && trace_.graph()[node.inputs[0]].op->parts != nullptr;
  }

  std::vector<TensorType> part_types(NodeId id) const {
    const Node& node = trace_.graph()[id];
    if (node.op->parts == nullptr) return {};
    return node.op->parts(problem_of(trace_.graph(), node));
  }

  std::vector<Tensor> parts_of(NodeId id) {
    const auto types = part_types(id);
    std::vector<Tensor> parts;
    for (std::size_t i = 0; i < types.size(); ++i)
      parts.push_back(
          record(view_op, {value_of(id)}, ViewAttrs{types[i].shape, pack_offset(types, i)}));
    return parts;
  }

  // A value of the forward pass, as the gradient rules are to see it.
  Tensor value_of(NodeId id) const {
    const auto again = again_.find(id);
    return trace_.tensor(again == again_.end() ? id : again->second);
  }

  // Records a segment once more, of what it was given. What no gradient rule asks for is left out
  // when the graph is simplified. In a phase of its own: it waits for the end of the forward pass.
  void record_again(const Trace::Segment& segment) {
    trace_.begin_phase();
    std::map<NodeId, NodeId> given;
    for (NodeId id = segment.first; id < segment.end; ++id) {
      Node node = trace_.graph()[id];
      if (node.op->kind == Kind::leaf || node.op->mutates != 0 || node.op->in_place >= 0) continue;
      for (NodeId& input : node.inputs) {
        const auto again = again_.find(input);
        input = again != again_.end() ? again->second : given_again(input, given);
      }
      node.phase = trace_.phase();
      node.pass = trace_.pass();
      again_[id] = trace_.graph().append(std::move(node));
    }
  }

  // A computed value that comes from outside the segment; states and inputs are there anyway.
  NodeId given_again(NodeId id, std::map<NodeId, NodeId>& given) {
    Graph& graph = trace_.graph();
    NodeId base = id;
    while (graph[base].op->kind == Kind::view) base = graph[base].inputs[0];
    if (graph[base].op->kind == Kind::leaf) return id;
    const auto [entry, added] = given.try_emplace(id, 0);
    if (added)
      entry->second =
          record(again_op, {trace_.tensor(id)}, ViewAttrs{graph[id].type.shape, 0}).node();
    return entry->second;
  }

  // The op's rule wants the gradients of its results one by one, not as one flat value full of
  // zeros.
  void add_part(const Node& part, const Tensor& gradient) {
    const NodeId id = part.inputs[0];
    const auto types = part_types(id);
    auto& gradients = part_adjoints_[id];
    gradients.resize(types.size());
    for (std::size_t i = 0; i < types.size(); ++i)
      if (pack_offset(types, i) == part.attrs.as<ViewAttrs>().offset)
        return add(gradients[i], gradient);
    fail("{}: a gradient cannot pass through a partial view", trace_.graph()[id].op->name);
  }

  Trace& trace_;
  std::vector<bool> depends_;
  std::vector<Tensor> adjoints_;
  std::map<NodeId, NodeId> again_;  // nodes of the present segment, recorded again
  std::map<NodeId, std::vector<Tensor>> part_adjoints_;  // of ops with several results
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

  const Trace::During backward_pass(trace, Pass::backward);
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
