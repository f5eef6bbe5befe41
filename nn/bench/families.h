// SPDX-License-Identifier: Apache-2.0
// The families of kernels: each of these makes one case, named after its sizes.
#pragma once

#include <cstdint>
#include <string_view>

#include "nn/bench/case.h"

namespace lemnos::bench {

// c [m, n] from a and b, each stored as it is or transposed: "nn" (layers), "nt" (weights stored
// [n, k]), "tn" (gradients of weights). type: what a and b are stored as. batch 0: no batches.
struct MatmulSizes {
  std::int64_t m = 0, n = 0, k = 0, batch = 0;
};
Case matmul_case(std::string_view layout, MatmulSizes sizes, DType type = DType::f32);

// 3 x 3 and the like over images [n, side, side, c] to k channels, padded to keep the size.
struct ConvSizes {
  std::int64_t n = 0, side = 0, c = 0, k = 0, kernel = 3, stride = 1;
  bool depthwise = false;  // k is c
};
enum class ConvPass : std::uint8_t { forward, data, weights };  // the gradients of both
Case conv_case(ConvPass pass, ConvSizes sizes, DType type = DType::f32);

struct AttentionSizes {
  std::int64_t b = 0, h = 0, t = 0, d = 0;
  bool causal = true;
};
Case attention_case(Use use, AttentionSizes sizes, DType type = DType::f32);

// Training is the gradients of everything, forward included.
struct SequenceSizes {
  std::int64_t b = 0, t = 0, h = 0;
};
Case lstm_case(Use use, SequenceSizes sizes);
Case gru_case(Use use, SequenceSizes sizes);

// Of x [rows, width]. train: the gradients, from x.
Case layer_norm_case(Use use, std::int64_t rows, std::int64_t width);
Case softmax_case(Use use, std::int64_t rows, std::int64_t width);
Case cross_entropy_case(Use use, std::int64_t rows, std::int64_t classes);
Case batch_norm_case(Use use, std::int64_t n, std::int64_t side, std::int64_t channels);

Case adam_case(std::int64_t parameters);
Case sgd_case(std::int64_t parameters);  // with momentum

Case add_case(std::int64_t elements);
Case chain_case(std::int64_t elements);  // ten ops, one after the other
Case gelu_case(Use use, std::int64_t elements);

Case sum_case(std::int64_t elements);                         // of all
Case row_sum_case(std::int64_t rows, std::int64_t width);     // along rows
Case column_sum_case(std::int64_t rows, std::int64_t width);  // along columns: a bias' gradient
Case argmax_case(std::int64_t rows, std::int64_t width);

// Training: the gradient of the table, rows that are named several times added up.
struct EmbeddingSizes {
  std::int64_t tokens = 0, vocabulary = 0, width = 0;
};
Case embedding_case(Use use, EmbeddingSizes sizes);

}  // namespace lemnos::bench
