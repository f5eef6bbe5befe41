// SPDX-License-Identifier: Apache-2.0
// The contract between runtime and ops: what an operation must say about itself.
//
// Runtime never names an op. It asks the definition for a shape when a node is recorded, for a
// gradient when it differentiates, for dispatches when it lowers, and for plain loops in double
// when it checks. Definitions are constants in ops/<family>/<op>.cpp, listed in ops/list.inc.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <source_location>
#include <span>
#include <string_view>
#include <vector>

#include "runtime/gpu/caps.h"
#include "runtime/gpu/shader.h"
#include "runtime/graph/attrs.h"
#include "runtime/tensor/tensor.h"

namespace lemnos {

struct OpDef;

// Shape and element type: all that is known of a value before it is computed.
struct TensorType {
  Shape shape;
  DType dtype = DType::f32;
  friend bool operator==(const TensorType&, const TensorType&) = default;
};

// What ends a kernel (ACTIVATION of shaders/common/activation.glsl): nothing, max(x, 0), or zeros
// where an operand of the result's shape is not above 0.
enum class Activation : std::uint32_t { none, relu, mask };

// One instance of an op: its operands' types, its attributes, and (once known) its result's type.
struct Problem {
  const OpDef* op = nullptr;
  std::vector<TensorType> inputs;
  Attrs attrs;
  TensorType result;
  std::source_location at;

  // What follows the op in the same dispatch (see OpDef::epilogues). A bias or a mask is one more
  // input, the last; there is never both.
  bool bias = false;
  Activation activation = Activation::none;
  bool companion = false;    // the lowering gives result 1 too: see OpDef::gives
  std::uint32_t choice = 0;  // which of the ways that OpDef::choices counts
  bool has_extra() const { return bias || activation == Activation::mask; }

  const Shape& in(int i) const { return inputs[static_cast<std::size_t>(i)].shape; }
  const Shape& out() const { return result.shape; }

  // Throws "NAME: MESSAGE\n  at LINE", the way every shape error reads.
  template <class... Args>
  [[noreturn]] void fail(fmt::format_string<Args...> format, Args&&... args) const {
    fail_at(at, "{}: {}", name(), fmt::format(format, std::forward<Args>(args)...));
  }
  std::string_view name() const;
};

// ---- gradients ---------------------------------------------------------------------------------

// What a gradient rule sees. It returns d loss / d input for each input, in order, in public ops;
// an empty Tensor where there is none (integers). Rules may return a gradient in the *broadcast*
// shape of a pointwise op: autodiff sums it back to the input's shape.
struct Adjoint {
  std::span<const Tensor> inputs;
  Tensor result;
  Tensor dresult;  // d loss / d result: every rule must use it
  Attrs attrs;
  // Of an op with several results, instead of the two above: the parts, and the gradients of those
  // that the loss depends on (the others are empty Tensors).
  std::span<const Tensor> parts = {};
  std::span<const Tensor> dparts = {};

  const Tensor& in(int i) const { return inputs[static_cast<std::size_t>(i)]; }
};

// ---- lowering ----------------------------------------------------------------------------------

// A byte range of an operand, of the result, or of scratch memory that lives for one lowering.
struct Binding {
  enum class Kind : std::uint8_t { input, result, scratch };
  Kind kind = Kind::input;
  std::uint32_t index = 0;   // which input or scratch (or, for a fused unit, which result)
  std::uint64_t offset = 0;  // bytes; a multiple of 256
  std::uint64_t bytes = 0;   // 0: to the end
  bool scalars = false;      // a samplerBuffer is read by single floats, not by vec4
  gpu::Stored stored = gpu::Stored::f32;  // set by the executor, for kernels that ask
};

inline Binding input(std::uint32_t i, std::uint64_t offset = 0, std::uint64_t bytes = 0) {
  return {Binding::Kind::input, i, offset, bytes};
}
inline Binding result(std::uint32_t i = 0, std::uint64_t offset = 0, std::uint64_t bytes = 0) {
  return {Binding::Kind::result, i, offset, bytes};
}
inline Binding scratch(std::uint32_t i = 0, std::uint64_t offset = 0, std::uint64_t bytes = 0) {
  return {Binding::Kind::scratch, i, offset, bytes};
}

// Push constants: any plain struct from a shader family's params.h.
class Push {
 public:
  Push() = default;
  template <class T>
  requires std::is_trivially_copyable_v<T> &&(!std::is_same_v<T, Push>)Push(const T& params)
      : size_(sizeof(T)) {
    static_assert(sizeof(T) <= 128, "128 bytes of push constants are all a device must have");
    std::memcpy(bytes_.data(), &params, sizeof(T));
  }
  std::span<const std::byte> bytes() const { return {bytes_.data(), size_}; }

 private:
  std::array<std::byte, 128> bytes_{};
  std::size_t size_ = 0;
};

struct Dispatch {
  const gpu::Shader* shader = nullptr;
  std::vector<std::uint32_t> specialization;  // constant ids 0, 1, 2 ...
  std::vector<Binding> bindings;              // in the order of the shader's binding numbers
  Push push;
  std::array<std::uint32_t, 3> groups{1, 1, 1};
  // The most loop iterations one invocation can make, all its loops together: Mesa's lavapipe
  // before 25 silently ends every loop after 65,535. The executor refuses what a device cannot do.
  std::uint64_t loop_turns = 0;
};

// Dispatches run in order; where one touches what an earlier one wrote, the plan puts a barrier.
struct Lowering {
  std::vector<Dispatch> dispatches;
  std::vector<std::uint64_t> scratch_bytes;
};

// ---- reference and samples ---------------------------------------------------------------------

// The op in plain loops, in double; integers are held exactly in doubles. inputs[i] and result are
// row-major. What Problem says of an epilogue the reference ignores (runtime applies it).
using Values = std::vector<double>;
using Reference = void (*)(const Problem&, std::span<const Values> inputs, Values& result);

// How test inputs are drawn: uniformly from [low, high]; integers from low to high inclusive.
struct SampleInput {
  Shape shape;
  DType dtype = DType::f32;
  double low = -2;
  double high = 2;
  bool whole = false;  // only whole numbers, so that ties happen
};
struct Sample {
  std::vector<SampleInput> inputs;
  Attrs attrs;
  bool gradient = true;  // false: too large for finite differences, or not differentiable there

  // The same with 16-bit floats, for which products may have kernels of their own.
  Sample stored_as(DType type) const {
    Sample narrow = *this;
    for (SampleInput& input : narrow.inputs) input.dtype = type;
    narrow.gradient = false;
    return narrow;
  }
};

// How large rounding errors may be: |got - expected| <= 2^-24 (ulp + 2 sqrt(terms)) scale.
enum class Scale : std::uint8_t {
  result,  // |expected|: no cancellation inside the op
  inputs,  // the reference run on the inputs' absolute values: sums of products
  exact,   // no error at all: copies, comparisons, integers
};

// ---- the definition ----------------------------------------------------------------------------

enum class Kind : std::uint8_t {
  leaf,       // a value from outside the graph; never lowered
  view,       // the same bytes under another shape or offset; never lowered
  pack,       // operands side by side in one buffer: the planner places them there
  pointwise,  // each result element from the operands' elements at that place, broadcast
  other,      // a kernel of its own
};

// What a pass may fold into the kernel before it (a property of pointwise ops). mask: operand 0
// where operand 1 is above 0, else 0.
enum class EpilogueStep : std::uint8_t { none, add, relu, mask };

// Which of those a kernel understands.
enum class Epilogues : std::uint8_t { none, mask, all };

// What a kernel makes of operands that are stored as 16-bit floats: it cannot read them, it can, or
// it is what mixed precision is for.
enum class HalfOperands : std::uint8_t { none, reads, wants };

// Where the rows of a gather come from: row i is row number input 1 [i + clock * batch] of input 0,
// and `missing` everywhere if there is none or its number is `padding`. clock: word 2 of input 2,
// or 0 without.
struct RowSource {
  bool clocked = false;
  std::int64_t batch = 0;
  double missing = 0;
  std::int64_t padding = -1;
};

struct OpDef {
  std::string_view name;
  Kind kind = Kind::other;

  // The result's type, from problem.inputs and problem.attrs; problem.fail(...) on misuse.
  TensorType (*shape)(const Problem&) = nullptr;
  // For an op with several results: their types, all of one element type. They lie side by side in
  // the node's one flat value, where pack_offset says, and the shape rule is flat_type(parts(p)).
  // The last `saved_parts` of them are only for the gradient rule: no caller sees them.
  std::vector<TensorType> (*parts)(const Problem&) = nullptr;
  std::uint32_t saved_parts = 0;
  // nullptr: not differentiable (gradients stop here, as for integers and detach).
  std::vector<Tensor> (*gradient)(const Adjoint&) = nullptr;
  // nullptr only for leaf, view and pack.
  Lowering (*lower)(const Problem&, const gpu::Caps&) = nullptr;
  // How many ways `lower` knows (Problem::choice): way 0 is its own guess, and so is one beyond the
  // last. Bias, activation and companion do not matter. nullptr: one.
  std::uint32_t (*choices)(const Problem&, const gpu::Caps&) = nullptr;
  // Why this problem cannot run on this device, or nullptr. Absent: it always can.
  const char* (*fits)(const Problem&, const gpu::Caps&) = nullptr;
  Reference reference = nullptr;
  std::vector<Sample> (*samples)() = nullptr;
  // Floating-point operations, as the field counts them: a multiply and an add are two, and what is
  // done beside the products does not count. nullptr: see flops_of().
  double (*flops)(const Problem&) = nullptr;

  double ulp = 8;
  Scale scale = Scale::result;
  double (*terms)(const Problem&) = nullptr;  // numbers summed into one result; absent: 1
  Reference magnitude = nullptr;              // a scale of the op's own, instead of `scale`

  // Only finite inputs of ordinary size have an answer: kernels multiply by zero what padding or a
  // mask leaves out, or an input is what a forward op saved.
  bool finite_only = false;

  // The result is written into input 0's own memory (a scatter into a table, a ring): -1 for no.
  int in_place = -1;
  // Inputs, as a bit mask, that the kernel also writes (the step counter). Such a node is
  // effectful.
  std::uint32_t mutates = 0;
  // Whether lowering understands Problem::bias (added along the last axis) and activation.
  Epilogues epilogues = Epilogues::none;

  // Whether all its kernels read f32 operands that are stored as 16-bit floats instead (OPERAND of
  // shaders/common/operand.glsl), and whether, of this problem, they store such a result, of which
  // Problem::result then says so. The executor tells the kernels.
  HalfOperands half = HalfOperands::none;
  bool (*narrows)(const Problem&) = nullptr;

  // Whether lowering can give, as result 1, what another node computes whose inputs are the first
  // of this node's: with Problem::companion set it does. nullptr: never.
  bool (*gives)(const Problem& own, const Problem& other) = nullptr;

  // The result's rows (along axis 0, each of a multiple of 4 elements) are rows of input 0, so that
  // a generated kernel can read them there. nullptr: they are not.
  RowSource (*rows)(const Problem&) = nullptr;

  // Pointwise only: the GLSL expression in a, b, c and what it may be folded into.
  std::string_view expression = {};
  EpilogueStep epilogue_step = EpilogueStep::none;
  std::uint32_t compile_cost = 1;  // of the expression, beside an addition
};

inline std::string_view Problem::name() const { return op->name; }

// ---- the ops that runtime itself emits; defined in ops/registry.cpp
// ------------------------------

struct RuntimeOps {
  const OpDef* add;      // accumulates gradients
  const OpDef* fill;     // FillAttrs: one value everywhere
  const OpDef* cast;     // CastAttrs
  const OpDef* copy;     // the same values in other memory
  const OpDef* advance;  // ends a step: counts it and writes the observed scalars to the ring
};
// A shape as an attribute.
struct ShapeAttrs {
  std::array<std::int64_t, Shape::max_rank> sizes{};
  std::int64_t rank = 0;

  ShapeAttrs() = default;
  ShapeAttrs(const Shape& shape) : rank(shape.rank()) {
    for (int i = 0; i < shape.rank(); ++i) sizes[static_cast<std::size_t>(i)] = shape[i];
  }
  Shape shape() const { return Shape(std::span(sizes.data(), static_cast<std::size_t>(rank))); }
};
struct FillAttrs {
  ShapeAttrs shape;
  double value = 0;
};
struct CastAttrs {
  DType to = DType::f32;
};

const RuntimeOps& runtime_ops();
std::span<const OpDef* const> all_ops();  // in the order of ops/list.inc

// Sums a gradient in a broadcast shape back to the shape it was broadcast from.
Tensor sum_to(const Tensor& gradient, const Shape& shape);

}  // namespace lemnos
