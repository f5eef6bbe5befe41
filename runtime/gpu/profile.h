// SPDX-License-Identifier: Apache-2.0
// Every limit and feature of a device under its own name: what LEMNOS_PROFILE=FILE.json may hide,
// and what reports list.
#pragma once

#include <span>
#include <string_view>
#include <variant>

#include "runtime/gpu/caps.h"

namespace lemnos::gpu {

struct CapsField {
  // Which values a profile may give: of a limit those between what Vulkan 1.2 asks of every device
  // and what this one has; of an alignment the other way round; a preference either way.
  enum class Kind : std::uint8_t { feature, limit, alignment, preference, loop_turns, subgroup };
  std::string_view name;  // of the member: "shared_bytes"
  Kind kind;
  std::variant<bool Caps::*, std::uint32_t Caps::*, std::uint64_t Caps::*,
               std::array<std::uint32_t, 3> Caps::*>
      member;
};
std::span<const CapsField> caps_fields();

// The caps as the text of a JSON object masks them: {"float16": false, "shared_bytes": 16384,
// "max_group_size": [128, 128, 64], "subgroup_size": 16}. Wrong usage, beginning with `source`: no
// such object, an unknown name, a value of another type, or one that this device or Lemnos cannot
// have (a subgroup size other than the driver's needs subgroup size control).
Caps masked(Caps caps, std::string_view json, std::string_view source);

}  // namespace lemnos::gpu
