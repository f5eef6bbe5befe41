// SPDX-License-Identifier: Apache-2.0
// GLSL to SPIR-V at run time, kept in memory and on disk.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/gpu/shader.h"

namespace lemnos {

// The compiled compute shader; stays valid until the process ends. The text is a whole shader but
// for `#version` and the mathematics of shaders/common/math.glsl, which are put before it. Compiled
// words are kept in the cache folder under a hash of text and compiler version; a damaged file is
// compiled again. Fails with the compiler's messages when the text is wrong.
const gpu::Shader& compile_glsl(std::string_view name, std::string_view text);

struct JitCounters {
  std::uint64_t compiled = 0;  // by glslang
  std::uint64_t from_disk = 0;
  std::uint64_t in_memory = 0;  // asked for again
};
JitCounters jit_counters();

}  // namespace lemnos
