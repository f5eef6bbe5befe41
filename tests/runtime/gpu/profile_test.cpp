// SPDX-License-Identifier: Apache-2.0
#include "runtime/gpu/profile.h"

#include <doctest/doctest.h>

#include <fstream>

#include "runtime/base/error.h"
#include "runtime/gpu/matrix_shapes.h"
#include "tests/runtime/gpu/fixture.h"

using namespace lemnos;
using namespace lemnos::gpu;
using namespace lemnos::test;

namespace {

Caps a_gpu() {
  Caps caps;
  caps.name = "a GPU";
  caps.float16 = caps.subgroup_arithmetic = caps.subgroup_size_control = true;
  caps.subgroup_size = 32;
  caps.min_subgroup_size = 8;
  caps.max_subgroup_size = 64;
  caps.shared_bytes = 49152;
  caps.max_group_invocations = 1024;
  caps.max_group_size = {1024, 1024, 64};
  caps.storage_offset_alignment = 16;
  return caps;
}

std::string refusal(const char* json, Caps caps = a_gpu()) {
  try {
    masked(std::move(caps), json, "p.json");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::usage);
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("profile: limits and features are those of the file, all others the device's") {
  const Caps caps =
      masked(a_gpu(),
             R"({"float16": false, "shared_bytes": 16384, "max_group_size": [128, 256, 64],
                 "subgroup_size": 16, "storage_offset_alignment": 256, "max_loop_turns": 65535,
                 "texel_loads_preferred": true})",
             "p.json");
  CHECK_FALSE(caps.float16);
  CHECK(caps.subgroup_arithmetic);
  CHECK(caps.shared_bytes == 16384);
  CHECK(caps.max_group_size == std::array<std::uint32_t, 3>{128, 256, 64});
  CHECK(caps.max_group_invocations == 1024);
  CHECK(caps.subgroup_size == 16);
  CHECK(caps.storage_offset_alignment == 256);
  CHECK(caps.max_loop_turns == 65535);
  CHECK(caps.texel_loads_preferred);
}

TEST_CASE("profile: what the device or Vulkan cannot have is refused, naming field and device") {
  CHECK(refusal(R"({"shared_bytes": 65536})") ==
        "p.json: shared_bytes cannot be 65536: a GPU has 49152");
  CHECK(refusal(R"({"shared_bytes": 1024})") ==
        "p.json: shared_bytes must be 16384 at least, which every Vulkan device has, not 1024");
  CHECK(refusal(R"({"int8": true})") == "p.json: int8 cannot be true: a GPU has not got it");
  CHECK(refusal(R"({"max_group_size": [128, 128, 128]})") ==
        "p.json: max_group_size cannot be 128: a GPU has 64");
  CHECK(refusal(R"({"storage_offset_alignment": 8})").find("power of two from 16") !=
        std::string::npos);
  CHECK(refusal(R"({"max_loop_turns": 100})").find("must be 65535 or more") != std::string::npos);
}

TEST_CASE("profile: another subgroup size needs a driver that lets itself be told") {
  CHECK(refusal(R"({"subgroup_size": 128})") ==
        "p.json: subgroup_size must be a power of two from 8 to 64 on a GPU, not 128");
  CHECK(refusal(R"({"subgroup_size": 24})").find("power of two") != std::string::npos);
  Caps fixed = a_gpu();
  fixed.subgroup_size_control = false;
  CHECK(refusal(R"({"subgroup_size": 32})", fixed).empty());
  CHECK(refusal(R"({"subgroup_size": 16})", fixed) ==
        "p.json: subgroup_size cannot be 16: a GPU has subgroups of 32 and no control of their "
        "size");
}

TEST_CASE("profile: what is no profile is refused") {
  CHECK(refusal("{\"float16\": ").find("one JSON object") != std::string::npos);
  CHECK(refusal("[1]").find("one JSON object") != std::string::npos);
  CHECK(refusal(R"({"float17": false})").find("no limit or feature 'float17'; there are ") !=
        std::string::npos);
  CHECK(refusal(R"({"float16": 0})") == "p.json: float16 must be true or false, not 0");
  CHECK(refusal(R"({"shared_bytes": "big"})") ==
        "p.json: shared_bytes must be a whole number, not \"big\"");
  CHECK(refusal(R"({"shared_bytes": -1})").find("a whole number") != std::string::npos);
  CHECK(refusal(R"({"max_groups": 7})").find("three numbers") != std::string::npos);
  CHECK_THROWS_AS(with_profile(a_gpu(), "no such file.json"), Error);
}

TEST_CASE("profile: a device opened with LEMNOS_PROFILE=FILE.json has the limits of the file") {
  const auto file = std::filesystem::temp_directory_path() / "lemnos-profile-test.json";
  std::ofstream(file) << R"({"max_group_invocations": 128, "float16": false})";
  {
    const Env env("LEMNOS_PROFILE", file.c_str());
    const OpenDevice device;
    if (device) {
      CHECK(device->caps().max_group_invocations == 128);
      CHECK_FALSE(device->caps().float16);
    }
  }
  std::filesystem::remove(file);
}

TEST_CASE("profile: the shapes of matrix products are told in words, and none by a mute driver") {
  Calls calls;
  CHECK(matrix_shapes(calls, nullptr).empty());
  const GetMatrixProperties get = [](VkPhysicalDevice, std::uint32_t* count,
                                     MatrixProperties* properties) {
    if (properties != nullptr) {
      properties[0] = {.m = 16, .n = 8, .k = 16, .a = 0, .b = 0, .c = 1, .result = 1, .scope = 3};
      properties[1] = {.m = 8, .n = 8, .k = 32, .a = 3, .b = 7, .c = 5, .result = 5, .scope = 2};
    }
    *count = 2;
    return VK_SUCCESS;
  };
  calls.vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR =
      reinterpret_cast<PFN_vkVoidFunction>(get);
  const std::vector<MatrixShape> shapes = matrix_shapes(calls, nullptr);
  REQUIRE(shapes.size() == 2);
  CHECK(text_of(shapes[0]) == "16x8x16 f16 f16 -> f32, subgroup");
  CHECK(text_of(shapes[1]) == "8x8x32 i8 u8 -> i32, workgroup");
}
