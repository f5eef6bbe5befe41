// SPDX-License-Identifier: Apache-2.0
// Recording: while a Trace is alive, ops called on this thread append nodes to its graph.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "runtime/graph/graph.h"

namespace lemnos {

class Trace {
 public:
  // Becomes the thread's current trace until destroyed; they nest. Functions that count the same
  // steps share a clock (see below); without one the trace gets its own.
  explicit Trace(bool training = true, std::shared_ptr<Storage> clock = nullptr);
  ~Trace();
  Trace(const Trace&) = delete;
  Trace& operator=(const Trace&) = delete;

  // Fails when nothing is being recorded: ops only make sense inside compile(...).
  static Trace& current();

  Graph& graph() { return graph_; }
  bool training() const { return training_; }  // dropout and running statistics ask

  Tensor input(std::string name, TensorType type);

  // The node that holds a tensor here: itself, or the latest version of a state.
  NodeId resolve(const Tensor& tensor);
  Tensor tensor(NodeId id) const {
    return {serial_, id, graph_[id].type.shape, graph_[id].type.dtype};
  }

  // From here on, reading the storage (or any state in it) sees `value`, flat.
  void assign(const std::shared_ptr<Storage>& storage, const Tensor& value);
  // From here on, reading the storage (or any state in it) sees `value`, but it keeps its own.
  void substitute(const std::shared_ptr<Storage>& storage, const Tensor& value);
  // What is recorded from here on waits for all that was recorded before, although it may not need
  // its values: then the memory of what is done is free again. Only the schedule changes by it.
  void begin_phase() { ++phase_; }
  std::uint32_t phase() const { return phase_; }
  // What is recorded during its life belongs to this pass.
  class During {
   public:
    During(Trace& trace, Pass pass) : trace_(trace), outer_(trace.pass_) { trace.pass_ = pass; }
    ~During() { trace_.pass_ = outer_; }
    During(const During&) = delete;
    During& operator=(const During&) = delete;

   private:
    Trace& trace_;
    Pass outer_;
  };
  Pass pass() const { return pass_; }

  // The storage's latest value, flat.
  Tensor read(const std::shared_ptr<Storage>& storage);

  // The step counter: u32 words {step low, step high, batches done this epoch, 0, seed low, seed
  // high, 0 ...}. Steps count from 1; random ops and batches read it, runtime's `advance` op moves
  // it on.
  Tensor clock() { return read(clock_); }
  // Scalars to be read back after every step, by name: see observe().
  struct Observed {
    std::string name;
    NodeId value;
  };
  std::vector<Observed>& observed() { return observed_; }
  // What recomputed() recorded in this trace: nodes from `first` on, before `end`.
  struct Segment {
    NodeId first = 0, end = 0;
  };
  const std::vector<Segment>& segments() const { return segments_; }
  void add_segment(NodeId first) { segments_.push_back({first, next_node()}); }
  NodeId next_node() const { return static_cast<NodeId>(graph_.nodes.size()); }
  // Whether recomputed() does anything: not unless asked for.
  void recompute(bool on) { recompute_ = on; }
  bool recomputes() const { return recompute_; }
  // Random ops number themselves in the order they are recorded: the Philox stream.
  std::uint32_t next_stream() { return next_stream_++; }

 private:
  Graph graph_;
  bool training_;
  std::uint32_t phase_ = 0;
  Pass pass_ = Pass::forward;
  bool recompute_ = false;
  std::vector<Segment> segments_;
  std::uint64_t serial_;
  std::shared_ptr<Storage> clock_;
  Trace* outer_;
  std::uint32_t next_stream_ = 0;
  std::vector<Observed> observed_;
  std::map<const Storage*, std::uint32_t> storage_index_;
  std::vector<NodeId> version_;  // of each storage: the node that holds it now
  std::map<std::pair<const State*, NodeId>, NodeId> views_;
};

// Checks the operands by the op's shape rule and appends a node to the current trace. The error of
// a wrong shape names the line of the first operand.
Tensor record(const OpDef& op, std::span<const Operand> operands, Attrs attrs = {});
Tensor record(const OpDef& op, std::initializer_list<Operand> operands, Attrs attrs = {});

// The same for an op with several results (OpDef::parts): a view of each, in order.
std::vector<Tensor> record_parts(const OpDef& op, std::span<const Operand> operands,
                                 Attrs attrs = {});
std::vector<Tensor> record_parts(const OpDef& op, std::initializer_list<Operand> operands,
                                 Attrs attrs = {});

// assign(s, v): the state s has the value v from here on; v's shape must be s's. Only for states
// that fill their storage (statistics, counters); an optimizer assigns its parameters' storage as a
// whole.
void assign(const Tensor& state, const Operand& value);

// Reports a one-element f32 value of every step, under a name ("loss", "kl"). What runs the trace
// decides what becomes of it: a trainer logs it, compile() ignores it.
void observe(std::string name, const Operand& value);

// Gradient checkpointing (Chen et al. 2016, "Training deep nets with sublinear memory cost"):
// grad() computes what `body` records, but its result, again instead of keeping it from forward to
// backward. The same bits, random numbers included. They do not nest.
Tensor recomputed(const std::function<Tensor()>& body);

// A clock that stands at step 1, batch 0.
std::shared_ptr<Storage> make_clock(std::uint64_t seed = 0);
constexpr std::int64_t clock_words = 64;

}  // namespace lemnos
