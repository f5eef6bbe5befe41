// SPDX-License-Identifier: Apache-2.0
#include "runtime/gpu/quirks.h"

#include <charconv>
#include <compare>
#include <optional>

#include "runtime/gpu/vk.h"

namespace lemnos::gpu {
namespace {

struct Version {
  int major = 0, minor = 0, patch = 0;
  auto operator<=>(const Version&) const = default;
};

struct Quirk {
  VkDriverId driver;
  Version from, before;  // which drivers; one whose version cannot be read counts as the oldest
  void (*apply)(Caps&);
};

bool cpu_has_avx512() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512f") != 0;
#else
  return false;
#endif
}

constexpr auto lavapipe = VK_DRIVER_ID_MESA_LLVMPIPE;
constexpr Version oldest, not_yet_known{.major = 1 << 30};

constexpr Quirk quirks[] = {
    // All loops of one invocation share a counter of 65,535 turns; when it runs out they end
    // without a word and the results are wrong. Seen in the source of 22.3.6, gone in 25.0.7.
    {lavapipe, oldest, {25, 0, 7}, [](Caps& caps) { caps.max_loop_turns = 65535; }},
    // A uniform texel buffer is the only load done for all lanes at once: 7.8 ns for 8 lanes of
    // vec4, against 23.7 from a storage buffer. From 26 on storage buffers are as fast.
    {lavapipe, oldest, {26, 0, 0}, [](Caps& caps) { caps.texel_loads_preferred = true; }},
    // With 16 lanes (LP_NATIVE_VECTOR_WIDTH=512) a fetch from an RGBA32F texel buffer gives z for y
    // and 0 for z and w. Seen in 26.1.6; 22.3.6 is right.
    {lavapipe,
     {26, 0, 0},
     not_yet_known,
     [](Caps& caps) {
       caps.max_texel_elements = caps.subgroup_size < 16 ? caps.max_texel_elements : 0;
     }},
    // 16 lanes are up to 1.5 times as fast (matmul) and 1.1 to 1.15 times (models) in 26.1.6; in
    // 22.3.6 they take 2 to 4 times as long. It has them only where the CPU has AVX-512, and if it
    // is told before it begins.
    {lavapipe,
     {26, 0, 0},
     not_yet_known,
     [](Caps& caps) {
       if (caps.subgroup_size == 8 && cpu_has_avx512())
         caps.faster_with = "LP_NATIVE_VECTOR_WIDTH=512";
     }},
    // With 16 lanes it crashes on shaders with cooperative matrices, which are made for 8.
    {lavapipe, oldest, not_yet_known,
     [](Caps& caps) {
       if (caps.subgroup_size < 16) return;
       caps.cooperative_matrix = caps.bfloat16_matrix = false;
       caps.matrix_shapes.clear();
     }},
};

// "Mesa 22.3.6 (LLVM 15.0.6)" -> 22.3.6. lavapipe's numeric driverVersion is always 0.0.1.
std::optional<Version> mesa_version(std::string_view text) {
  const auto at = text.find("Mesa ");
  if (at == std::string_view::npos) return std::nullopt;
  text.remove_prefix(at + 5);
  Version version;
  const char* const end = text.data() + text.size();
  auto parsed = std::from_chars(text.data(), end, version.major);
  if (parsed.ec != std::errc{}) return std::nullopt;
  for (int* part : {&version.minor, &version.patch}) {
    if (parsed.ptr == end || *parsed.ptr != '.') break;
    parsed = std::from_chars(parsed.ptr + 1, end, *part);
    if (parsed.ec != std::errc{}) break;
  }
  return version;
}

}  // namespace

void apply_quirks(Caps& caps) {
  const Version version = mesa_version(caps.driver_version).value_or(Version{});
  for (const Quirk& quirk : quirks)
    if (caps.driver_id == static_cast<std::uint32_t>(quirk.driver) && version >= quirk.from &&
        version < quirk.before)
      quirk.apply(caps);
  // CPU drivers keep shared memory in ordinary memory and spill registers around every barrier.
  caps.register_tiling_preferred = caps.type == DeviceType::cpu;
}

}  // namespace lemnos::gpu
