// SPDX-License-Identifier: Apache-2.0
// What a device can do, as plain data: passes, lowerings and tests read it without Vulkan.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

struct VkPhysicalDevice_T;

namespace lemnos::gpu {

struct Calls;

enum class DeviceType { discrete, integrated, virtual_gpu, cpu, other };
std::string_view name_of(DeviceType type);  // "discrete GPU", "CPU", ...

struct Heap {
  std::uint64_t bytes = 0;
  bool device_local = false;
};

// A product of cooperative matrices that a driver offers: C = A B + C, of m x k and k x n.
struct MatrixShape {
  std::uint32_t m = 0, n = 0, k = 0;
  std::string a, b, result;  // types: "f16", "bf16", "f32", "i8", "i32" ...
  std::string scope;         // who holds the matrices: "subgroup", "workgroup"
};
std::string text_of(const MatrixShape& shape);  // "16x16x16 f16 f16 -> f32, subgroup"

// The defaults are the smallest device that Vulkan 1.2 allows.
struct Caps {
  // Who it is
  std::string name;
  std::uint32_t vendor_id = 0;
  std::uint32_t device_id = 0;
  std::string uuid;               // 32 hexadecimal digits
  std::uint32_t driver_id = 0;    // VkDriverId
  std::string driver;             // "llvmpipe", "radv", "NVIDIA"
  std::string driver_version;     // the driver's own words: "Mesa 22.3.6 (LLVM 15.0.6)"
  std::uint32_t api_version = 0;  // as Vulkan packs it; api_version_text() unpacks it
  DeviceType type = DeviceType::other;

  // Limits
  std::uint64_t max_storage_buffer_range = std::uint64_t{1} << 27;  // bytes in one binding
  std::uint32_t max_texel_elements = 65536;  // texels (16 or 4 bytes each) in one binding; 0: none
  std::uint32_t texel_offset_alignment = 256;    // bytes, of a texel binding's offset
  std::uint32_t storage_offset_alignment = 256;  // bytes, of a storage binding's offset
  std::uint32_t max_push_bytes = 128;
  std::array<std::uint32_t, 3> max_groups = {65535, 65535, 65535};
  std::array<std::uint32_t, 3> max_group_size = {128, 128, 64};
  std::uint32_t max_group_invocations = 128;
  std::uint32_t shared_bytes = 16384;  // shared memory of one workgroup
  std::uint32_t max_storage_buffers_per_stage = 4;
  std::uint64_t max_allocation = std::uint64_t{1} << 30;  // bytes in one allocation
  std::vector<Heap> heaps;

  // Subgroups, in compute shaders. Pipelines are pinned to subgroup_size where the driver lets us.
  std::uint32_t subgroup_size = 1;
  std::uint32_t min_subgroup_size = 1;  // equal to subgroup_size without size control
  std::uint32_t max_subgroup_size = 1;
  bool subgroup_size_control = false;
  bool subgroup_basic = false;
  bool subgroup_vote = false;
  bool subgroup_arithmetic = false;
  bool subgroup_shuffle = false;
  bool subgroup_ballot = false;

  // Features, all enabled on an open device
  bool float16 = false;        // arithmetic
  bool int8 = false;           // arithmetic
  bool storage16 = false;      // 16-bit types in storage buffers
  bool storage8 = false;       // 8-bit types in storage buffers
  bool float_atomics = false;  // f32 atomic add in storage buffers
  bool signed_zero_inf_nan_preserve_f32 = false;
  bool integer_dot_product = false;  // of four 8-bit integers in a word
  bool cooperative_matrix = false;
  bool bfloat16_matrix = false;            // bf16 in cooperative matrices
  std::vector<MatrixShape> matrix_shapes;  // of its cooperative matrices

  double timestamp_period = 0;  // nanoseconds a tick; 0: the compute queue has no timestamps
  bool host_visible_device_memory = false;  // device buffers are mapped: no staging needed

  // Workarounds, set by quirks.cpp
  std::uint32_t max_loop_turns = 0;  // turns of all loops of one invocation together; 0: unlimited
  bool texel_loads_preferred = false;      // read through texel buffers rather than storage buffers
  bool register_tiling_preferred = false;  // registers and shuffles rather than shared memory
  // An environment variable, "NAME=VALUE", with which a new process would find a faster device.
  std::string faster_with;

  // Kernels, by name, that no lowering may use here: they were wrong on this driver (see
  // runtime/doctor). Empty on a device that was just opened.
  std::vector<std::string> quarantined;
};

std::string api_version_text(const Caps& caps);  // "1.3.230"

// Asks the driver, and applies the quirks. A device older than Vulkan 1.2 only says who it is.
Caps query_caps(const Calls& calls, VkPhysicalDevice_T* device);

// The same device masked down to what LEMNOS_PROFILE=minimum allows: no float16, int8, 8- or 16-bit
// storage, subgroup operations, float atomics, integer dot product or cooperative matrix; 16 KiB
// shared memory, 128 invocations, 128 MiB a binding, 65,536 texels, 8 storage buffers a stage.
Caps minimum(Caps caps);

// The profile that LEMNOS_PROFILE names: "" or "full" (caps as they are), "minimum", or a file
// FILE.json, see runtime/gpu/profile.h. Wrong usage: an unknown name or a file that says what is
// not possible.
Caps with_profile(Caps caps, std::string_view profile);

}  // namespace lemnos::gpu
