// SPDX-License-Identifier: Apache-2.0
// Small data sets made from integers by Philox: the same on every machine, nothing to download.
//
// `rows` counts the training split; the test split has a quarter as many (at least 1), drawn
// separately. Coordinates are of the order of 1.
#pragma once

#include <cstdint>

#include "data/datasets/dataset.h"

namespace lemnos::data {

Dataset blobs(std::int64_t rows = 400, std::uint64_t seed = 0);      // 2 Gaussians in the plane
Dataset xor_table(std::int64_t rows = 400, std::uint64_t seed = 0);  // class = sign(x) != sign(y)
Dataset spirals(std::int64_t rows = 400, std::uint64_t seed = 0);    // 2 arms, 1.5 turns
// y = 2 a - 3 b + 0.5 + noise of deviation 0.1, a and b uniform in [-1, 1).
Dataset linear(std::int64_t rows = 400, std::uint64_t seed = 0);
// u8 [N, 8, 8, 1], 4 classes: a bright horizontal or vertical bar in the first or the second half.
Dataset tiny_images(std::int64_t rows = 400, std::uint64_t seed = 0);
// Texts of 4 to 12 random letters a to z; target_texts are the same backwards: "kqzab" -> "bazqk".
Dataset reversal(std::int64_t rows, std::uint64_t seed = 0);

}  // namespace lemnos::data
