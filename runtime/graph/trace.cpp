// SPDX-License-Identifier: Apache-2.0
#include "runtime/graph/trace.h"

#include <array>
#include <atomic>

namespace lemnos {
namespace {

thread_local Trace* current_trace = nullptr;

std::uint64_t next_serial() {
  static std::atomic<std::uint64_t> serial = 1;
  return serial.fetch_add(1);
}

}  // namespace

Trace::Trace(bool training, std::shared_ptr<Storage> clock)
    : training_(training),
      serial_(next_serial()),
      clock_(clock ? std::move(clock) : make_clock()),
      outer_(std::exchange(current_trace, this)) {}

Trace::~Trace() { current_trace = outer_; }

Trace& Trace::current() {
  if (current_trace == nullptr)
    fail_usage("ops are recorded, not run: call them inside compile([&](Tensor x) {{ ... }})");
  return *current_trace;
}

Tensor Trace::input(std::string name, TensorType type) {
  const auto index = static_cast<std::uint32_t>(graph_.inputs.size());
  graph_.inputs.push_back({std::move(name), type});
  return tensor(graph_.append({.op = &input_op, .attrs = LeafAttrs{index}, .type = type}));
}

Tensor Trace::read(const std::shared_ptr<Storage>& storage) {
  const auto [found, added] =
      storage_index_.try_emplace(storage.get(), static_cast<std::uint32_t>(version_.size()));
  if (added) {
    graph_.storages.push_back(storage);
    version_.push_back(graph_.append({.op = &storage_op,
                                      .attrs = LeafAttrs{found->second},
                                      .type = {Shape{storage->elements()}, storage->dtype()}}));
  }
  return tensor(version_[found->second]);
}

NodeId Trace::resolve(const Tensor& t) {
  if (!t) fail_usage("an op was given an empty Tensor");
  if (const auto& state = t.state()) {
    const Tensor whole = read(state->storage);
    const auto [view, added] = views_.try_emplace({state.get(), whole.node()});
    if (added)
      view->second = graph_.append({.op = &view_op,
                                    .inputs = {whole.node()},
                                    .attrs = ViewAttrs{state->shape, state->offset},
                                    .type = {state->shape, state->dtype}});
    return view->second;
  }
  if (t.trace() != serial_)
    fail_usage(
        "a tensor of another compiled function was used here; return it, or make it a state");
  return t.node();
}

void Trace::assign(const std::shared_ptr<Storage>& storage, const Tensor& value) {
  substitute(storage, value);
  const std::uint32_t index = storage_index_.at(storage.get());
  std::erase_if(graph_.assigns, [&](const auto& assign) { return assign.storage == index; });
  graph_.assigns.push_back({index, version_[index]});
}

void Trace::substitute(const std::shared_ptr<Storage>& storage, const Tensor& value) {
  read(storage);
  const std::uint32_t index = storage_index_.at(storage.get());
  const NodeId id = resolve(value);
  if (value.elements() != storage->elements() || value.dtype() != storage->dtype())
    fail_usage("assign: {} holds {} elements of {}, the value has shape {} of {}", storage->name(),
               storage->elements(), name_of(storage->dtype()), value.shape(),
               name_of(value.dtype()));
  version_[index] = graph_[id].type.shape.rank() == 1
                        ? id
                        : record(view_op, {value}, ViewAttrs{Shape{value.elements()}, 0}).node();
}

Tensor record(const OpDef& op, std::span<const Operand> operands, Attrs attrs) {
  Trace& trace = Trace::current();
  Node node{.op = &op, .attrs = attrs, .phase = trace.phase(), .pass = trace.pass()};
  if (!operands.empty()) node.at = operands[0].at();
  for (const Operand& operand : operands) node.inputs.push_back(trace.resolve(operand.tensor()));
  node.type = result_type(problem_of(trace.graph(), node));
  return trace.tensor(trace.graph().append(std::move(node)));
}

Tensor record(const OpDef& op, std::initializer_list<Operand> operands, Attrs attrs) {
  return record(op, std::span(operands.begin(), operands.size()), attrs);
}

std::vector<Tensor> record_parts(const OpDef& op, std::span<const Operand> operands, Attrs attrs) {
  const Tensor flat = record(op, operands, attrs);
  const Graph& graph = Trace::current().graph();
  const auto types = op.parts(problem_of(graph, graph[flat.node()]));
  std::vector<Tensor> parts;
  for (std::size_t i = 0; i < types.size(); ++i)
    parts.push_back(record(view_op, {Operand(flat, operands[0].at())},
                           ViewAttrs{types[i].shape, pack_offset(types, i)}));
  return parts;
}

std::vector<Tensor> record_parts(const OpDef& op, std::initializer_list<Operand> operands,
                                 Attrs attrs) {
  return record_parts(op, std::span(operands.begin(), operands.size()), attrs);
}

void assign(const Tensor& state, const Operand& value) {
  if (!state.state())
    fail_usage("assign: the first argument must be a state, not a recorded value");
  if (!(state.shape() == value.tensor().shape()))
    fail_at(value.at(), "assign: the state is {}, the value {}", state.shape(),
            value.tensor().shape());
  Trace::current().assign(state.state()->storage, value.tensor());
}

void observe(std::string name, const Operand& value) {
  const Tensor tensor = value.tensor();
  if (tensor.elements() != 1 || tensor.dtype() != DType::f32)
    fail_at(value.at(), "observe {}: needs one f32 value, not {} of {}", name, tensor.shape(),
            name_of(tensor.dtype()));
  Trace& trace = Trace::current();
  trace.observed().push_back({std::move(name), trace.resolve(tensor)});
}

Tensor recomputed(const std::function<Tensor()>& body) {
  Trace& trace = Trace::current();
  const NodeId first = trace.next_node();
  Tensor result = body();
  if (trace.recomputes()) trace.add_segment(first);
  return result;
}

std::shared_ptr<Storage> make_clock(std::uint64_t seed) {
  auto clock = std::make_shared<Storage>("clock", DType::u32, clock_words);
  const std::array<std::uint32_t, 6> words{
      1, 0, 0, 0, static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)};
  clock->write(0, std::as_bytes(std::span(words)));
  return clock;
}

Tensor Operand::tensor() const {
  if (!number_) return tensor_;
  Trace& trace = Trace::current();
  Node node{.op = runtime_ops().fill, .attrs = FillAttrs{Shape{}, *number_}, .at = at_};
  node.type = result_type(problem_of(trace.graph(), node));
  return trace.tensor(trace.graph().append(std::move(node)));
}

}  // namespace lemnos
