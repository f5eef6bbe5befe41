// SPDX-License-Identifier: Apache-2.0
#include "runtime/gpu/caps.h"

#include <doctest/doctest.h>

#include "runtime/gpu/quirks.h"
#include "runtime/gpu/vk.h"
#include "tests/runtime/gpu/fixture.h"

using namespace lemnos;
using namespace lemnos::gpu;
using namespace lemnos::test;

namespace {

Caps big_gpu() {
  Caps caps;
  caps.max_storage_buffer_range = 0xffffffff;
  caps.max_texel_elements = 1u << 27;
  caps.max_group_size = {1024, 1024, 64};
  caps.max_group_invocations = 1024;
  caps.shared_bytes = 49152;
  caps.max_storage_buffers_per_stage = 1u << 20;
  caps.subgroup_size = 32;
  caps.subgroup_basic = caps.subgroup_vote = caps.subgroup_arithmetic = true;
  caps.subgroup_shuffle = caps.subgroup_ballot = caps.subgroup_size_control = true;
  caps.float16 = caps.int8 = caps.storage16 = caps.storage8 = true;
  caps.float_atomics = caps.integer_dot_product = true;
  caps.cooperative_matrix = caps.bfloat16_matrix = true;
  return caps;
}

Caps lavapipe(const char* version, std::uint32_t lanes = 8) {
  Caps caps;
  caps.subgroup_size = lanes;
  caps.driver_id = VK_DRIVER_ID_MESA_LLVMPIPE;
  caps.driver_version = version;
  caps.type = DeviceType::cpu;
  apply_quirks(caps);
  return caps;
}

}  // namespace

TEST_CASE("caps: the minimum profile masks what a minimum device lacks") {
  const Caps caps = minimum(big_gpu());
  CHECK_FALSE(caps.float16);
  CHECK_FALSE(caps.int8);
  CHECK_FALSE(caps.storage16);
  CHECK_FALSE(caps.storage8);
  CHECK_FALSE(caps.float_atomics);
  CHECK_FALSE(caps.integer_dot_product);
  CHECK_FALSE((caps.cooperative_matrix || caps.bfloat16_matrix));
  CHECK_FALSE((caps.subgroup_basic || caps.subgroup_vote || caps.subgroup_arithmetic ||
               caps.subgroup_shuffle || caps.subgroup_ballot || caps.subgroup_size_control));
  CHECK(caps.shared_bytes == 16384);
  CHECK(caps.max_group_invocations == 128);
  CHECK(caps.max_group_size == std::array<std::uint32_t, 3>{128, 128, 64});
  CHECK(caps.max_storage_buffer_range == 134217728);
  CHECK(caps.max_texel_elements == 65536);
  CHECK(caps.max_storage_buffers_per_stage == 8);
}

TEST_CASE("caps: the minimum profile never raises a limit") {
  Caps caps = big_gpu();
  caps.max_storage_buffers_per_stage = 4;
  caps.shared_bytes = 8192;
  CHECK(minimum(caps).max_storage_buffers_per_stage == 4);
  CHECK(minimum(caps).shared_bytes == 8192);
}

TEST_CASE("caps: LEMNOS_PROFILE takes minimum, full or nothing") {
  CHECK(with_profile(big_gpu(), "").float16);
  CHECK(with_profile(big_gpu(), "full").float16);
  CHECK_FALSE(with_profile(big_gpu(), "minimum").float16);
  ErrorKind kind{};
  const auto text = error_of([] { with_profile(big_gpu(), "minimal"); }, &kind);
  CHECK(kind == ErrorKind::usage);
  CHECK(contains(text, "'minimal'"));
}

TEST_CASE("caps: a device opened with LEMNOS_PROFILE=minimum works and shows the masked limits") {
  const Env env("LEMNOS_PROFILE", "minimum");
  const OpenDevice device;
  if (!device) return;
  CHECK(device->caps().max_group_invocations <= 128);
  const auto words = compile_glsl("layout(local_size_x = 256) in; void main() {}");
  CHECK(contains(error_of([&] { device->pipeline({"wide", words}); }), "shader wide"));
}

TEST_CASE("quirks: Debian 12's lavapipe has all three workarounds") {
  const Caps caps = lavapipe("Mesa 22.3.6 (LLVM 15.0.6)");
  CHECK(caps.max_loop_turns == 65535);
  CHECK(caps.texel_loads_preferred);
  CHECK(caps.register_tiling_preferred);
}

TEST_CASE("quirks: newer lavapipes lose them one by one") {
  CHECK(lavapipe("Mesa 24.3.1").max_loop_turns == 65535);
  CHECK(lavapipe("Mesa 25.0.7-2 (LLVM 19.1.7)").max_loop_turns == 0);
  CHECK(lavapipe("Mesa 25.0.7-2 (LLVM 19.1.7)").texel_loads_preferred);
  CHECK_FALSE(lavapipe("Mesa 26.1.6-1 (LLVM 21.1.8)").texel_loads_preferred);
  CHECK(lavapipe("Mesa 26.1.6-1 (LLVM 21.1.8)").register_tiling_preferred);
}

TEST_CASE("quirks: lavapipe 26 with 16 lanes has no texel buffers, as it reads them wrongly") {
  CHECK(lavapipe("Mesa 26.1.6-1 (LLVM 21.1.8)", 16).max_texel_elements == 0);
  CHECK(lavapipe("Mesa 26.1.6-1 (LLVM 21.1.8)", 8).max_texel_elements > 0);
  CHECK(lavapipe("Mesa 22.3.6 (LLVM 15.0.6)", 16).max_texel_elements > 0);
}

TEST_CASE("quirks: lavapipe 26 is said to be faster with 16 lanes, where it has 8") {
  CHECK(lavapipe("Mesa 22.3.6 (LLVM 15.0.6)").faster_with.empty());
  CHECK(lavapipe("Mesa 26.1.6 (LLVM 21.1.8)", 16).faster_with.empty());
#if defined(__x86_64__)
  const bool can = __builtin_cpu_supports("avx512f") != 0;
  CHECK(lavapipe("Mesa 26.1.6 (LLVM 21.1.8)").faster_with ==
        (can ? "LP_NATIVE_VECTOR_WIDTH=512" : ""));
#endif
}

TEST_CASE("quirks: a lavapipe whose version cannot be read is treated as an old one") {
  CHECK(lavapipe("").max_loop_turns == 65535);
  CHECK(lavapipe("Mesa git").max_loop_turns == 65535);
}

TEST_CASE("quirks: other drivers are left alone") {
  Caps caps;
  caps.driver_id = VK_DRIVER_ID_NVIDIA_PROPRIETARY;
  caps.driver_version = "580.65.06";
  caps.type = DeviceType::discrete;
  apply_quirks(caps);
  CHECK(caps.max_loop_turns == 0);
  CHECK_FALSE(caps.texel_loads_preferred);
  CHECK_FALSE(caps.register_tiling_preferred);
}
