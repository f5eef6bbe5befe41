// SPDX-License-Identifier: Apache-2.0
// Which tile the attention kernels that keep scores in shared memory get: invocations that multiply
// f32 (shaders/attention/tile.glsl), or cooperative matrices (shaders/attention/matrices.glsl).
#pragma once

#include "ops/attention/scores.h"
#include "ops/product_tile.h"

namespace lemnos {

// A kernel, what its workgroups own and what they walk along.
struct TileKernel {
  ProductKernels kernels;
  std::int64_t own, along;
  std::uint32_t scores;   // products over the depth for each block of columns
  std::uint32_t results;  // products summed over the columns
};

TileKernel forward_kernel(const AttentionSizes& s);
TileKernel queries_kernel(const AttentionSizes& s);
TileKernel keys_kernel(const AttentionSizes& s);

struct AttentionTile {
  Kernel kernel;
  std::int64_t rows;  // a workgroup owns
  std::vector<std::uint32_t> specialization;
  std::uint64_t turns;  // of an invocation's loops
};

AttentionTile attention_tile(const Problem& p, const gpu::Caps& caps, const TileKernel& kernel);

// Turns of one call of kept() in shaders/attention/mask.glsl.
std::uint64_t dropout_turns(const Problem& p);

// Constants 5 to 8, after the five of a tile.
std::vector<std::uint32_t> with_flags(std::vector<std::uint32_t> tile, const AttentionAttrs& attrs,
                                      bool vectors);

}  // namespace lemnos
