// SPDX-License-Identifier: Apache-2.0
// What is measured is measured with random numbers: zeros need less power, and so run faster.
#pragma once

#include <cstdint>

#include "runtime/gpu/device.h"
#include "runtime/graph/op_def.h"

namespace lemnos::bench {

// The values of an input, by its type, little-endian as the device has them; another `stream`,
// other values.
std::vector<std::byte> random_bytes(const SampleInput& input, std::uint32_t stream);

// f32 from -1 to 1.
void fill_random(gpu::Device& device, const gpu::Buffer& buffer);

}  // namespace lemnos::bench
