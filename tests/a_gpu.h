// SPDX-License-Identifier: Apache-2.0
// A GPU that does not exist, for what kernels it would get.
#pragma once

#include "runtime/gpu/caps.h"

namespace lemnos::test {

inline gpu::Caps a_gpu() {
  gpu::Caps caps;
  caps.type = gpu::DeviceType::discrete;
  caps.subgroup_size = 32;
  caps.subgroup_basic = true;
  caps.max_group_invocations = 1024;
  caps.max_storage_buffers_per_stage = 16;
  caps.shared_bytes = 48 << 10;
  caps.float16 = caps.cooperative_matrix = true;
  caps.matrix_shapes = {{16, 16, 16, "f16", "f16", "f16", "subgroup"},
                        {16, 8, 16, "f16", "f16", "f32", "subgroup"},
                        {16, 16, 16, "f16", "f16", "f32", "subgroup"}};
  return caps;
}

}  // namespace lemnos::test
