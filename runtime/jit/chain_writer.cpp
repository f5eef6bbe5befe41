// SPDX-License-Identifier: Apache-2.0
#include "runtime/jit/chain_writer.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace lemnos {
namespace {

constexpr std::uint32_t first_size_id = 2;

// A literal that GLSL reads back as the same float.
std::string literal(double value) {
  const auto narrow = static_cast<float>(value);
  if (!std::isfinite(narrow))
    return fmt::format("uintBitsToFloat({:#010x}u)", std::bit_cast<std::uint32_t>(narrow));
  return fmt::format("{:#}", narrow);
}

const char* buffer_element(DType dtype) {
  switch (dtype) {
    case DType::f32:
      return "vec4";
    case DType::i32:
      return "ivec4";
    case DType::u32:
      return "uvec4";
    case DType::f16:
    case DType::bf16:
      return "uvec2";  // two to a word
    case DType::u8:
      break;
  }
  return "uint";  // four to a word
}

const char* stored(DType dtype) { return dtype == DType::f16 ? "STORED_F16" : "STORED_BF16"; }

// Replaces the operand names a, b, c, where they stand alone, in an op's expression.
std::string substitute(std::string_view expression, std::span<const std::string> operands) {
  const auto is_word = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_';
  };
  std::string text;
  for (std::size_t i = 0; i < expression.size();) {
    if (!is_word(expression[i])) {
      text += expression[i++];
      continue;
    }
    std::size_t end = i;
    while (end < expression.size() && (is_word(expression[end]) || expression[end] == '.')) ++end;
    const std::string_view word = expression.substr(i, end - i);
    const bool is_operand = word == "a" || word == "b" || word == "c";
    text += is_operand ? operands[static_cast<std::size_t>(word[0] - 'a')] : std::string(word);
    i = end;
  }
  return text;
}

}  // namespace

ChainWriter::ChainWriter(const Graph& graph, const Unit& unit, const gpu::Caps& caps)
    : graph_(graph), unit_(unit), caps_(caps) {
  declare_bindings();
  for (const NodeId node : unit_.nodes)
    is_gather(graph_, node) ? write_gather(node) : write_node(node);
  write_stores();
}

bool ChainWriter::is_texel(std::size_t input) const {
  const TensorType& type = graph_[unit_.inputs[input]].type;
  return caps_.texel_loads_preferred && is_real(type.dtype) &&
         (type.shape.elements() + 3) / 4 <= caps_.max_texel_elements;
}

void ChainWriter::declare_bindings() {
  std::size_t binding = 0;
  for (std::size_t i = 0; i < unit_.inputs.size(); ++i, ++binding) {
    const std::string where = fmt::format("set = 0, binding = {}", binding);
    declarations_ +=
        is_texel(i) ? fmt::format("layout({}) uniform samplerBuffer in{};\n", where, i)
                    : fmt::format("layout(std430, {}) readonly buffer In{} {{ {} in{}[]; }};\n",
                                  where, i, buffer_element(graph_[unit_.inputs[i]].type.dtype), i);
  }
  for (std::size_t i = 0; i < unit_.results.size(); ++i, ++binding)
    declarations_ += fmt::format(
        "layout(std430, set = 0, binding = {}) writeonly buffer Out{} {{ {} out{}[]; }};\n",
        binding, i, buffer_element(graph_[unit_.results[i]].type.dtype), i);
}

std::string ChainWriter::size(std::int64_t value) {
  const auto narrow = static_cast<std::uint32_t>(value);
  const auto found = std::ranges::find(sizes_, narrow);
  const auto i = static_cast<std::size_t>(found - sizes_.begin());
  if (found == sizes_.end()) {
    sizes_.push_back(narrow);
    declarations_ +=
        fmt::format("layout(constant_id = {}) const uint size{} = 1;\n", first_size_id + i, i);
  }
  return fmt::format("size{}", i);
}

// Elements 4 * index to 4 * index + 3, as floats.
std::string ChainWriter::fetch_four(std::size_t input, const std::string& index) const {
  const DType dtype = graph_[unit_.inputs[input]].type.dtype;
  if (is_texel(input)) {
    const std::string texel = fmt::format("texelFetch(in{}, int({}))", input, index);
    return dtype == DType::bf16
               ? fmt::format("unpacked_halves(floatBitsToUint({}.xy), STORED_BF16)", texel)
               : texel;
  }
  if (is_half(dtype))
    return fmt::format("unpacked_halves(in{}[{}], {})", input, index, stored(dtype));
  if (dtype == DType::u8)
    return fmt::format("vec4((uvec4(in{}[{}]) >> uvec4(0, 8, 16, 24)) & 255u)", input, index);
  return fmt::format("vec4(in{}[{}])", input, index);
}

// An element of an integer input as it is.
std::string ChainWriter::fetch_word(std::size_t input, const std::string& index) const {
  return fmt::format("uint(in{0}[({1}) / 4][({1}) % 4])", input, index);
}

std::size_t ChainWriter::place_of(NodeId input) const {
  return static_cast<std::size_t>(std::ranges::find(unit_.inputs, input) - unit_.inputs.begin());
}

std::string ChainWriter::fetch_one(std::size_t input, const std::string& index) const {
  if (is_texel(input) || is_half(graph_[unit_.inputs[input]].type.dtype))
    return fmt::format("{}[({}) % 4]", fetch_four(input, fmt::format("({}) / 4", index)), index);
  if (graph_[unit_.inputs[input]].type.dtype == DType::u8)
    return fmt::format("float(in{0}[({1}) / 4] >> (({1}) % 4 * 8) & 255u)", input, index);
  return fmt::format("float(in{0}[({1}) / 4][({1}) % 4])", input, index);
}

std::string ChainWriter::index_of(const Broadcast& broadcast, const std::string& flat) {
  std::string sum;
  for (const Run& run : broadcast.runs) {
    std::string term = flat;
    if (run.inner != 1) term = fmt::format("{} / {}", term, size(run.inner));
    if (!run.outermost) term = fmt::format("{} % {}", term, size(run.size));
    if (run.stride != 1) term = fmt::format("{} * {}", term, size(run.stride));
    sum += fmt::format("{}{}", sum.empty() ? "" : " + ", term);
  }
  return sum;
}

// The variable that holds what an input contributes to elements 4 * i to 4 * i + 3.
std::string ChainWriter::load(std::size_t input, const Broadcast& broadcast) {
  std::string fetch;
  if (broadcast.kind == Broadcast::Kind::scalar) {
    fetch = fmt::format("vec4({})", fetch_one(input, "0u"));
  } else if (broadcast.kind == Broadcast::Kind::same) {
    fetch = fetch_four(input, "i");
  } else if (broadcast.four_the_same()) {
    fetch = fmt::format("vec4({})", fetch_one(input, index_of(broadcast, "(4u * i)")));
  } else if (broadcast.four_in_a_row()) {
    fetch = fetch_four(input, fmt::format("({}) / 4", index_of(broadcast, "(4u * i)")));
  } else {  // the last vector may reach beyond the end: stay inside the input
    std::string elements;
    for (int k = 0; k < 4; ++k)
      elements += fmt::format(
          "{}{}", k == 0 ? "" : ", ",
          fetch_one(input, index_of(broadcast, fmt::format("min(4u * i + {}u, n - 1u)", k))));
    fetch = fmt::format("vec4({})", elements);
  }
  const auto [entry, added] = loads_.try_emplace(fetch, fmt::format("x{}", loads_.size()));
  if (added) {
    const bool once = broadcast.kind == Broadcast::Kind::scalar;
    (once ? before_loop_ : body_) += fmt::format("  vec4 {} = {};\n", entry->second, fetch);
  }
  return entry->second;
}

std::string ChainWriter::operand(const Node& reader, NodeId input) {
  if (graph_[input].op == runtime_ops().fill)
    return literal(graph_[input].attrs.as<FillAttrs>().value);
  if (const auto inner = values_.find(input); inner != values_.end()) return inner->second;
  if (const auto inner = values_.find(base_of(graph_, input).node); inner != values_.end())
    return inner->second;  // a reshape inside the chain
  return load(place_of(input), broadcast_of(graph_[input].type.shape, reader.type.shape));
}

void ChainWriter::write_node(NodeId id) {
  const Node& node = graph_[id];
  std::vector<std::string> operands;
  for (const NodeId input : node.inputs)
    operands.push_back(fmt::format("vec4({})", operand(node, input)));
  const std::string value = fmt::format("v{}", values_.size());
  std::string computed = substitute(node.op->expression, operands);
  if (is_half(node.type.dtype)) {  // whoever reads it here sees what is stored
    body_ += fmt::format("  uvec4 bits_{} = half_bits({}, {});\n", value, computed,
                         stored(node.type.dtype));
    computed =
        fmt::format("unpacked_halves(packed_halves(bits_{}), {})", value, stored(node.type.dtype));
  }
  body_ += fmt::format("  precise vec4 {} = {};\n", value, computed);
  values_.emplace(id, value);
}

// Four elements of a row that a list of row numbers names.
void ChainWriter::write_gather(NodeId id) {
  const Node& node = graph_[id];
  const RowSource source = node.op->rows(problem_of(graph_, node));
  const Shape& table = graph_[node.inputs[0]].type.shape;
  const std::string value = fmt::format("v{}", values_.size());
  const std::string width = size(table.elements() / table[0] / 4), rows = size(table[0]);
  const std::string count = size(graph_[node.inputs[1]].type.shape.elements());
  before_loop_ += fmt::format(
      "  uint first_{} = {};\n", value,
      source.clocked
          ? fmt::format("{} * {}", fetch_word(place_of(node.inputs[2]), "2u"), size(source.batch))
          : "0u");
  const std::string at = fmt::format("min(at_{}, {} - 1u)", value, count);
  body_ += fmt::format("  uint at_{0} = first_{0} + i / {1};\n", value, width);
  body_ += fmt::format("  uint row_{0} = {1};\n", value, fetch_word(place_of(node.inputs[1]), at));
  const std::string other =
      source.padding < 0 ? "" : fmt::format(" && row_{} != {}", value, size(source.padding));
  body_ += fmt::format("  bool has_{0} = at_{0} < {1} && row_{0} < {2}{3};\n", value, count, rows,
                       other);
  const std::string from = fmt::format("((has_{0} ? row_{0} : 0u) * {1} + i % {1})", value, width);
  body_ += fmt::format("  vec4 {0} = {1};\n  if (!has_{0}) {0} = vec4({2});\n", value,
                       fetch_four(place_of(node.inputs[0]), from), literal(source.missing));
  values_.emplace(id, value);
}

// Elements beyond the end are written as zeros: padding stays zero everywhere.
void ChainWriter::write_stores() {
  body_ += "  bvec4 inside = lessThan(4u * i + uvec4(0, 1, 2, 3), uvec4(n));\n";
  for (std::size_t i = 0; i < unit_.results.size(); ++i) {
    const std::string& value = values_.at(unit_.results[i]);
    body_ +=
        is_half(graph_[unit_.results[i]].type.dtype)
            ? fmt::format("  out{}[i] = packed_halves(mix(uvec4(0), bits_{}, inside));\n", i, value)
            : fmt::format("  out{}[i] = mix(vec4(0), {}, inside);\n", i, value);
  }
}

std::string ChainWriter::text() const {
  return fmt::format(R"(layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint vectors = 1;
layout(push_constant) uniform Push {{ uint elements; }} push;
{}
void main() {{
  const uint n = push.elements;
  const uint group = gl_WorkGroupID.y * gl_NumWorkGroups.x + gl_WorkGroupID.x;
  const uint first = group * vectors * gl_WorkGroupSize.x + gl_LocalInvocationID.x;
{}
  for (uint turn = 0; turn < vectors; ++turn) {{
  const uint i = first + turn * gl_WorkGroupSize.x;
  if (4u * i >= n) break;
{}  }}
}}
)",
                     declarations_, before_loop_, body_);
}

}  // namespace lemnos
