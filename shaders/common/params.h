// SPDX-License-Identifier: Apache-2.0
// Lets one header describe push constants to GLSL (as `params`) and to C++ (as
// lemnos::kernels::Name):
//   PARAMS(Name) { uint rows; float scale; } PARAMS_END
// Only uint and float fields, so that both languages lay them out alike; at most 128 bytes.
#ifdef __cplusplus
#pragma once
#include <cstdint>
namespace lemnos::kernels {
using uint = std::uint32_t;
}
#define PARAMS(Name)          \
  namespace lemnos::kernels { \
  struct Name
#define PARAMS_END \
  ;                \
  }
#else
#define PARAMS(Name) layout(push_constant) uniform Name
#define PARAMS_END params;
#endif
