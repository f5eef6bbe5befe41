// SPDX-License-Identifier: Apache-2.0
// Files of the cache folder that hold for one device, its driver and limits, and one build.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/gpu/caps.h"

namespace lemnos {

// PREFIX-UUID-HASH.json: the hash is of the driver, its version and the limits, which
// LEMNOS_PROFILE changes. nullopt without a cache folder.
std::optional<std::filesystem::path> device_file(std::string_view prefix, const gpu::Caps& caps);

// Of every kernel of this build, and of what generated ones begin with: 16 hexadecimal digits.
std::string build_checksum();

}  // namespace lemnos
