// SPDX-License-Identifier: Apache-2.0
// A compute shader as SPIR-V words, and what can be read from the words.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lemnos::gpu {

// Words embedded in the binary or made by the run-time compiler; they must stay alive only during
// the call they are passed to.
struct Shader {
  std::string_view name;  // for errors and debug names
  std::span<const std::uint32_t> words;
};

enum class BindingKind { storage_buffer, uniform_texel_buffer, uniform_buffer };

// What a texel binding's view is made with: samplerBuffer = rgba32f, usamplerBuffer = r32ui.
enum class TexelFormat { none, rgba32f, r32ui };

// How the f32 elements of a binding are stored, where its shader takes them in several ways: by the
// constant stored_constant + binding number (shaders/common/operand.glsl).
enum class Stored : std::uint32_t { f32, f16, bf16 };
constexpr std::uint32_t stored_constant = 24;

struct BindingInfo {
  std::uint32_t binding = 0;
  BindingKind kind = BindingKind::storage_buffer;
  TexelFormat texel = TexelFormat::none;
  bool written = false;  // a storage buffer that is not declared readonly
  std::string name;      // from debug names; may be empty
};

struct SpecConstant {
  std::uint32_t id = 0;            // layout(constant_id = id)
  std::uint32_t default_bits = 0;  // int, uint, float or bool, as 32 bits
};

struct Reflection {
  std::string entry_point = "main";
  std::vector<BindingInfo> bindings;    // ascending by binding number; set 0 only
  std::vector<SpecConstant> constants;  // ascending by id
  std::uint32_t push_bytes = 0;         // size of the push constant block, 0 without one
  bool cooperative = false;             // it has cooperative matrices

  // The workgroup size as written, and the constant_id that overrides each axis (-1: none).
  std::array<std::uint32_t, 3> local_size = {1, 1, 1};
  std::array<std::int64_t, 3> local_size_id = {-1, -1, -1};

  // The workgroup size under specialisation values (value i is for constant_id i; ids beyond the
  // end keep their defaults).
  std::array<std::uint32_t, 3> group_size(std::span<const std::uint32_t> specialization) const;
};

// Reads the words. Fails, naming the shader, on words that are no SPIR-V compute shader, on
// bindings outside set 0, arrays of bindings, and on resource kinds that Lemnos does not use.
Reflection reflect(const Shader& shader);

}  // namespace lemnos::gpu
