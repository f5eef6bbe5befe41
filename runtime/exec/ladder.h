// SPDX-License-Identifier: Apache-2.0
// What to use where a kernel is quarantined: a ladder of devices that can do less and less, each of
// which gets other kernels.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/graph/op_def.h"

namespace lemnos {

// The name of all kernels made by runtime/jit: they are quarantined together, and then the kernels
// of the ops themselves are used.
constexpr std::string_view generated_chains = "generated chains";

// What is quarantined where this kernel is wrong: its name, or generated_chains.
std::string_view variant_of(const gpu::Shader& kernel);
bool is_quarantined(const gpu::Caps& caps, std::string_view variant);

struct Rung {
  std::string_view name;
  gpu::Caps (*mask)(gpu::Caps);
};
// The device as it is; without texel buffers; without register tiling too, which is where a CPU
// driver uses cooperative matrices if it has them; without these; the smallest device; the smallest
// device with texel buffers.
std::span<const Rung> ladder();

// Lowers on the first rung, from the one given on, that the problem fits and none of whose kernels
// is quarantined. Fails, naming the op, the kernels and the device, where there is none.
Lowering lower_on_ladder(const Problem& problem, const gpu::Caps& caps, std::uint32_t first = 0);

}  // namespace lemnos
