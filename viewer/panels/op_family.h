// SPDX-License-Identifier: Apache-2.0
// Kinds of operations that share a colour.
#pragma once

#include <imgui/imgui.h>

#include <array>
#include <cstdint>
#include <string_view>

namespace lemnos::viewer {

enum class OpFamily : std::uint8_t {
  matmul,
  convolution,
  attention,
  recurrent,
  pointwise,
  reduction,  // and what is made of them: norms, softmax, losses, pooling
  random,
  movement,  // elements go elsewhere, nothing is computed; and all others
};
constexpr std::size_t op_families = 8;

// Of the op in it whose family comes first above: "sum+matmul [2, 3]" is a matmul.
OpFamily family_of(std::string_view chain);
std::string_view name_of(OpFamily family);
ImU32 color_of(OpFamily family);  // in the theme

}  // namespace lemnos::viewer
