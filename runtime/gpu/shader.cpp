// SPDX-License-Identifier: Apache-2.0
#include "runtime/gpu/shader.h"

#include <algorithm>
#include <map>
#include <set>

#include "runtime/base/error.h"

namespace lemnos::gpu {
namespace {

// The part of SPIR-V that says how a shader meets the outside (specification 1.5, section 3).
enum Op : std::uint32_t {
  op_name = 5,
  op_entry_point = 15,
  op_execution_mode = 16,
  op_type_bool = 20,
  op_type_int = 21,
  op_type_float = 22,
  op_type_vector = 23,
  op_type_matrix = 24,
  op_type_image = 25,
  op_type_sampled_image = 27,
  op_type_array = 28,
  op_type_runtime_array = 29,
  op_type_struct = 30,
  op_type_pointer = 32,
  op_constant = 43,
  op_constant_composite = 44,
  op_spec_constant_true = 48,
  op_spec_constant_false = 49,
  op_spec_constant = 50,
  op_spec_constant_composite = 51,
  op_function = 54,
  op_variable = 59,
  op_decorate = 71,
  op_member_decorate = 72,
  op_execution_mode_id = 331,
  op_type_cooperative_matrix = 4456,  // of SPV_KHR_cooperative_matrix
};
enum Decoration : std::uint32_t {
  spec_id = 1,
  buffer_block = 3,
  array_stride = 6,
  matrix_stride = 7,
  built_in = 11,
  non_writable = 24,
  binding_number = 33,
  descriptor_set = 34,
  member_offset = 35,
};
enum StorageClass : std::uint32_t {
  uniform_constant = 0,
  uniform = 2,
  push_constant = 9,
  storage_buffer = 12,
};
constexpr std::uint32_t magic = 0x07230203;
constexpr std::uint32_t model_compute = 5;
constexpr std::uint32_t mode_local_size = 17;
constexpr std::uint32_t mode_local_size_id = 38;
constexpr std::uint32_t built_in_workgroup_size = 25;
constexpr std::uint32_t dim_buffer = 5;
constexpr std::uint64_t most_push_bytes = 65536;
constexpr int deepest_type = 8;

struct Instruction {
  std::uint32_t op = 0;
  std::span<const std::uint32_t> operands;
};

// A constant as far as it matters here.
struct Constant {
  std::uint32_t bits = 0;
  std::vector<std::uint32_t> parts;  // ids, of a composite
};

struct Variable {
  std::uint32_t id = 0;
  std::uint32_t pointer = 0;
  std::uint32_t storage = 0;
};

// The declarations of a module: everything before its first function.
class Module {
 public:
  explicit Module(const Shader& shader) : shader_(shader) {
    read();
    if (entry_points_ != 1) damaged("it has not one compute entry point");
  }

  Reflection reflection() const;

 private:
  using Decorations = std::map<std::uint32_t, std::uint32_t>;  // decoration -> its first literal

  [[noreturn]] void damaged(std::string_view why) const {
    fail("shader {}: cannot read its SPIR-V: {}", shader_.name, why);
  }
  std::uint32_t operand(const Instruction& instruction, std::size_t index) const {
    if (index >= instruction.operands.size()) damaged("an instruction is cut short");
    return instruction.operands[index];
  }
  std::pair<std::string, std::size_t> text(const Instruction& instruction, std::size_t from) const;
  void read();
  void read_one(const Instruction& instruction);
  void read_entry_point(const Instruction& instruction);
  void read_mode(const Instruction& instruction);
  void read_constant(const Instruction& instruction);
  const Instruction& type(std::uint32_t id) const;
  const Constant& constant(std::uint32_t id) const;
  bool decorated(std::uint32_t id, Decoration decoration) const;
  bool readonly(const Variable& variable, std::uint32_t struct_id) const;
  std::uint64_t size_of(std::uint32_t id, int depth = 0) const;
  std::uint64_t struct_size(std::uint32_t id, const Instruction& body, int depth) const;
  std::uint64_t stride_of(std::uint32_t id) const;
  void add_binding(Reflection& into, const Variable& variable) const;
  void set_kind(BindingInfo& info, const Variable& variable, std::uint32_t target) const;
  void set_local_size(Reflection& into) const;

  const Shader& shader_;
  int entry_points_ = 0;
  bool cooperative_ = false;
  std::string entry_name_;
  std::array<std::uint32_t, 3> local_size_ = {1, 1, 1};
  std::vector<std::uint32_t> local_size_ids_;  // ids of constants; empty: as written
  std::map<std::uint32_t, std::string> names_;
  std::map<std::uint32_t, Instruction> types_;
  std::map<std::uint32_t, Constant> constants_;
  std::map<std::uint32_t, Decorations> decorations_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, Decorations> member_decorations_;
  std::vector<Variable> variables_;
};

void Module::read() {
  const auto words = shader_.words;
  if (words.size() < 5 || words[0] != magic) damaged("it does not begin as SPIR-V does");
  for (std::size_t at = 5; at < words.size();) {
    const std::size_t count = words[at] >> 16;
    if (count == 0 || count > words.size() - at) damaged("an instruction runs over the end");
    const Instruction instruction{words[at] & 0xffff, words.subspan(at + 1, count - 1)};
    if (instruction.op == op_function) return;
    read_one(instruction);
    at += count;
  }
  damaged("it has no function");
}

void Module::read_one(const Instruction& instruction) {
  const auto word = [&](std::size_t index) { return operand(instruction, index); };
  const auto literal = [&](std::size_t index) {
    return index < instruction.operands.size() ? instruction.operands[index] : 0;
  };
  switch (instruction.op) {
    case op_name:
      names_[word(0)] = text(instruction, 1).first;
      break;
    case op_entry_point:
      read_entry_point(instruction);
      break;
    case op_execution_mode:
    case op_execution_mode_id:
      read_mode(instruction);
      break;
    case op_decorate:
      decorations_[word(0)][word(1)] = literal(2);
      break;
    case op_member_decorate:
      member_decorations_[{word(0), word(1)}][word(2)] = literal(3);
      break;
    case op_type_bool:
    case op_type_int:
    case op_type_float:
    case op_type_vector:
    case op_type_matrix:
    case op_type_image:
    case op_type_sampled_image:
    case op_type_array:
    case op_type_runtime_array:
    case op_type_struct:
    case op_type_pointer:
      types_[word(0)] = instruction;
      break;
    case op_constant:
    case op_constant_composite:
    case op_spec_constant_true:
    case op_spec_constant_false:
    case op_spec_constant:
    case op_spec_constant_composite:
      read_constant(instruction);
      break;
    case op_type_cooperative_matrix:
      cooperative_ = true;
      break;
    case op_variable:
      variables_.push_back({word(1), word(0), word(2)});
      break;
    default:
      break;
  }
}

// A literal string, and the index of the operand after it.
std::pair<std::string, std::size_t> Module::text(const Instruction& instruction,
                                                 std::size_t from) const {
  std::string made;
  for (std::size_t i = from; i < instruction.operands.size(); ++i)
    for (int shift = 0; shift < 32; shift += 8) {
      const char letter = static_cast<char>(instruction.operands[i] >> shift);
      if (letter == '\0') return {made, i + 1};
      made += letter;
    }
  damaged("a name has no end");
}

void Module::read_entry_point(const Instruction& instruction) {
  if (operand(instruction, 0) != model_compute) return;
  ++entry_points_;
  entry_name_ = text(instruction, 2).first;
}

void Module::read_mode(const Instruction& instruction) {
  const std::uint32_t mode = operand(instruction, 1);
  if (mode == mode_local_size)
    for (std::size_t axis = 0; axis < 3; ++axis) local_size_[axis] = operand(instruction, 2 + axis);
  if (mode == mode_local_size_id)
    local_size_ids_ = {operand(instruction, 2), operand(instruction, 3), operand(instruction, 4)};
}

void Module::read_constant(const Instruction& instruction) {
  const std::uint32_t id = operand(instruction, 1);
  Constant& made = constants_[id];
  switch (instruction.op) {
    case op_spec_constant_true:
      made.bits = 1;
      break;
    case op_spec_constant_false:
      break;
    case op_constant_composite:
    case op_spec_constant_composite:
      made.parts.assign(instruction.operands.begin() + 2, instruction.operands.end());
      break;
    default:
      made.bits = operand(instruction, 2);
  }
  if (instruction.op == op_spec_constant && instruction.operands.size() != 3)
    damaged("a specialisation constant is not of 32 bits");
}

const Instruction& Module::type(std::uint32_t id) const {
  const auto found = types_.find(id);
  if (found == types_.end()) damaged("a type is missing");
  return found->second;
}

const Constant& Module::constant(std::uint32_t id) const {
  const auto found = constants_.find(id);
  if (found == constants_.end()) damaged("a constant is missing");
  return found->second;
}

bool Module::decorated(std::uint32_t id, Decoration decoration) const {
  const auto found = decorations_.find(id);
  return found != decorations_.end() && found->second.contains(decoration);
}

// Declared readonly: the whole variable, or each member of its block.
bool Module::readonly(const Variable& variable, std::uint32_t struct_id) const {
  if (decorated(variable.id, non_writable)) return true;
  const auto members = static_cast<std::uint32_t>(type(struct_id).operands.size() - 1);
  for (std::uint32_t member = 0; member < members; ++member) {
    const auto found = member_decorations_.find({struct_id, member});
    if (found == member_decorations_.end() || !found->second.contains(non_writable)) return false;
  }
  return members > 0;
}

std::uint64_t Module::stride_of(std::uint32_t id) const {
  const auto found = decorations_.find(id);
  if (found == decorations_.end() || !found->second.contains(array_stride))
    damaged("an array in a block has no stride");
  return found->second.at(array_stride);
}

// Bytes of a type in a push constant block. Types are declared before they are used, so a deep one
// is a damaged one.
std::uint64_t Module::size_of(std::uint32_t id, int depth) const {
  if (depth > deepest_type) damaged("a type is too deep");
  const Instruction& body = type(id);
  std::uint64_t bytes = 0;
  switch (body.op) {
    case op_type_int:
    case op_type_float:
      bytes = operand(body, 1) / 8;
      break;
    case op_type_vector:
    case op_type_matrix:
      bytes = size_of(operand(body, 1), depth + 1) * operand(body, 2);
      break;
    case op_type_array:
      bytes = stride_of(id) * constant(operand(body, 2)).bits;
      break;
    case op_type_struct:
      bytes = struct_size(id, body, depth);
      break;
    default:
      damaged("a push constant has a type without a size");
  }
  if (bytes > most_push_bytes) damaged("a push constant is too large");
  return bytes;
}

std::uint64_t Module::struct_size(std::uint32_t id, const Instruction& body, int depth) const {
  std::uint64_t bytes = 0;
  for (std::uint32_t member = 0; member + 1 < body.operands.size(); ++member) {
    const auto found = member_decorations_.find({id, member});
    if (found == member_decorations_.end() || !found->second.contains(member_offset))
      damaged("a member of a block has no offset");
    if (found->second.contains(matrix_stride)) damaged("a push constant is a matrix");
    const std::uint64_t offset = found->second.at(member_offset);
    bytes = std::max(bytes, offset + size_of(body.operands[member + 1], depth + 1));
  }
  return bytes;
}

void Module::set_kind(BindingInfo& info, const Variable& variable, std::uint32_t target) const {
  const Instruction& body = type(target);
  const bool is_struct = body.op == op_type_struct;
  if (is_struct && (variable.storage == storage_buffer ||
                    (variable.storage == uniform && decorated(target, buffer_block)))) {
    info.kind = BindingKind::storage_buffer;
    info.written = !readonly(variable, target);
    return;
  }
  if (is_struct && variable.storage == uniform) {
    info.kind = BindingKind::uniform_buffer;
    return;
  }
  const Instruction& image = body.op == op_type_sampled_image ? type(operand(body, 1)) : body;
  if (image.op == op_type_image && operand(image, 2) == dim_buffer && operand(image, 6) == 1) {
    info.kind = BindingKind::uniform_texel_buffer;
    const Instruction& sampled = type(operand(image, 1));
    if (sampled.op == op_type_float && operand(sampled, 1) == 32) info.texel = TexelFormat::rgba32f;
    if (sampled.op == op_type_int && operand(sampled, 1) == 32 && operand(sampled, 2) == 0)
      info.texel = TexelFormat::r32ui;
    if (info.texel != TexelFormat::none) return;
  }
  fail(
      "shader {}: binding {} '{}' is of a kind Lemnos does not use; it must be a buffer, a "
      "uniform block, a samplerBuffer or a usamplerBuffer, and no array of them",
      shader_.name, info.binding, info.name);
}

void Module::add_binding(Reflection& into, const Variable& variable) const {
  const Instruction& pointer = type(variable.pointer);
  if (pointer.op != op_type_pointer) damaged("a variable has no pointer type");
  const std::uint32_t target = operand(pointer, 2);
  if (variable.storage == push_constant) {
    const std::uint64_t bytes = (size_of(target) + 3) / 4 * 4;
    into.push_bytes = std::max(into.push_bytes, static_cast<std::uint32_t>(bytes));
    return;
  }
  if (variable.storage != uniform_constant && variable.storage != uniform &&
      variable.storage != storage_buffer)
    return;  // inputs, shared memory, private variables

  const auto found = decorations_.find(variable.id);
  if (found == decorations_.end() || !found->second.contains(binding_number))
    damaged("a resource has no binding");
  const auto set = found->second.find(descriptor_set);
  check(set == found->second.end() || set->second == 0,
        "shader {}: a binding is in set {}; Lemnos uses set 0 only", shader_.name,
        set == found->second.end() ? 0 : set->second);
  BindingInfo info;
  info.binding = found->second.at(binding_number);
  for (const std::uint32_t id : {target, variable.id})
    if (const auto name = names_.find(id); name != names_.end() && !name->second.empty())
      info.name = name->second;
  set_kind(info, variable, target);

  // One binding may be declared several times, as float[] and as vec4[].
  for (BindingInfo& other : into.bindings) {
    if (other.binding != info.binding) continue;
    check(other.kind == info.kind && other.texel == info.texel,
          "shader {}: binding {} is declared as two kinds", shader_.name, info.binding);
    other.written = other.written || info.written;
    return;
  }
  into.bindings.push_back(info);
}

void Module::set_local_size(Reflection& into) const {
  into.local_size = local_size_;
  std::vector<std::uint32_t> ids = local_size_ids_;
  for (const auto& [id, decorations] : decorations_)
    if (const auto found = decorations.find(built_in);
        found != decorations.end() && found->second == built_in_workgroup_size)
      ids = constant(id).parts;
  if (ids.empty()) return;
  if (ids.size() != 3) damaged("the workgroup size has not three parts");
  for (std::size_t axis = 0; axis < 3; ++axis) {
    into.local_size[axis] = constant(ids[axis]).bits;
    if (const auto found = decorations_.find(ids[axis]);
        found != decorations_.end() && found->second.contains(spec_id))
      into.local_size_id[axis] = found->second.at(spec_id);
  }
}

Reflection Module::reflection() const {
  Reflection made;
  made.entry_point = entry_name_;
  made.cooperative = cooperative_;
  for (const Variable& variable : variables_) add_binding(made, variable);
  for (const auto& [id, decorations] : decorations_)
    if (const auto found = decorations.find(spec_id); found != decorations.end())
      made.constants.push_back({found->second, constant(id).bits});
  std::ranges::sort(made.bindings, {}, &BindingInfo::binding);
  std::ranges::sort(made.constants, {}, &SpecConstant::id);
  // A workgroup size may share its id with a constant that the shader reads.
  const auto repeated = std::ranges::unique(made.constants, {}, &SpecConstant::id);
  made.constants.erase(repeated.begin(), repeated.end());
  set_local_size(made);
  return made;
}

}  // namespace

std::array<std::uint32_t, 3> Reflection::group_size(
    std::span<const std::uint32_t> specialization) const {
  std::array<std::uint32_t, 3> size = local_size;
  for (std::size_t axis = 0; axis < 3; ++axis)
    if (local_size_id[axis] >= 0 &&
        static_cast<std::size_t>(local_size_id[axis]) < specialization.size())
      size[axis] = specialization[static_cast<std::size_t>(local_size_id[axis])];
  return size;
}

Reflection reflect(const Shader& shader) { return Module(shader).reflection(); }

}  // namespace lemnos::gpu
