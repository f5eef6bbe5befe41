// SPDX-License-Identifier: Apache-2.0
// The table of kernels. Changing a line changes the work of the suite: raise suite_version then.
#include <algorithm>

#include "nn/bench/families.h"

namespace lemnos::bench {
namespace {

constexpr std::int64_t mi = 1 << 20;

Case quick(Case made) {
  made.quick = true;
  return made;
}

using Cases = std::vector<Case>;

Cases cpu_products() {
  using enum ConvPass;
  const ConvSizes wide{.n = 8, .side = 32, .c = 16, .k = 16};
  const ConvSizes middle{.n = 8, .side = 16, .c = 32, .k = 32};
  const ConvSizes deep{.n = 8, .side = 8, .c = 64, .k = 64};
  const ConvSizes halving{.n = 8, .side = 32, .c = 16, .k = 32, .stride = 2};
  const ConvSizes depthwise{.n = 8, .side = 32, .c = 64, .k = 64, .depthwise = true};
  const ConvSizes larger{.n = 32, .side = 28, .c = 64, .k = 64};
  const ConvSizes larger_deep{.n = 8, .side = 28, .c = 128, .k = 128};
  const ConvSizes first{.n = 128, .side = 28, .c = 1, .k = 32};  // the layers of conv_vae
  const ConvSizes second{.n = 128, .side = 14, .c = 32, .k = 32};
  const ConvSizes transposed{.n = 128, .side = 28, .c = 32, .k = 32, .stride = 2};  // its data pass
  const AttentionSizes heads{.b = 4, .h = 4, .t = 64, .d = 32};
  const AttentionSizes longer{.b = 4, .h = 8, .t = 512, .d = 64, .causal = false};
  const SequenceSizes sequences{.b = 16, .t = 32, .h = 128};
  return {
      matmul_case("nn", {64, 64, 64}),
      matmul_case("nn", {128, 128, 128}),
      matmul_case("nn", {256, 256, 256}),
      quick(matmul_case("nn", {512, 512, 512})),
      matmul_case("nn", {1024, 1024, 1024}),
      matmul_case("nt", {1024, 1024, 1024}),
      matmul_case("tn", {1024, 1024, 1024}),
      matmul_case("nn", {2048, 2048, 2048}),
      matmul_case("nt", {2048, 2048, 2048}),
      matmul_case("tn", {2048, 2048, 2048}),
      matmul_case("nn", {1000, 1001, 999}),
      matmul_case("nn", {517, 1031, 259}),
      matmul_case("nn", {128, 256, 784}),
      quick(matmul_case("nt", {512, 512, 512})),
      quick(matmul_case("tn", {512, 512, 512})),
      matmul_case("tn", {784, 256, 128}),
      matmul_case("nn", {8, 1024, 1024}),
      matmul_case("nn", {64, 64, 64, 16}),
      quick(matmul_case("nn", {512, 512, 512}, DType::f16)),
      matmul_case("nn", {512, 512, 512}, DType::bf16),
      quick(matmul_case("tn", {512, 512, 512}, DType::f16)),
      matmul_case("tn", {512, 512, 512}, DType::bf16),
      conv_case(forward, wide),
      quick(conv_case(forward, middle)),
      conv_case(forward, deep),
      conv_case(forward, halving),
      conv_case(forward, depthwise),
      conv_case(data, wide),
      quick(conv_case(data, middle)),
      conv_case(data, deep),
      conv_case(data, halving),
      conv_case(weights, wide),
      quick(conv_case(weights, middle)),
      conv_case(weights, deep),
      conv_case(weights, depthwise),
      conv_case(forward, larger),
      conv_case(data, larger),
      conv_case(weights, larger),
      conv_case(forward, larger_deep),
      conv_case(data, larger_deep),
      conv_case(weights, larger_deep),
      conv_case(forward, first),
      conv_case(weights, first),
      conv_case(forward, second),
      conv_case(data, second),
      conv_case(weights, second),
      conv_case(forward, transposed),
      conv_case(data, transposed),
      conv_case(weights, transposed),
      conv_case(forward, middle, DType::f16),
      quick(attention_case(Use::run, heads)),
      quick(attention_case(Use::train, heads)),
      attention_case(Use::run, {.b = 1, .h = 4, .t = 256, .d = 64, .causal = false}),
      attention_case(Use::run, longer),
      attention_case(Use::train, longer),
      quick(lstm_case(Use::run, sequences)),
      quick(lstm_case(Use::train, sequences)),
      gru_case(Use::run, sequences),
      gru_case(Use::train, sequences),
  };
}

Cases cpu_rows() {
  return {
      quick(layer_norm_case(Use::run, 4096, 1024)),
      quick(layer_norm_case(Use::train, 4096, 1024)),
      batch_norm_case(Use::run, 8, 32, 64),
      batch_norm_case(Use::train, 8, 32, 64),
      quick(softmax_case(Use::run, 4096, 1024)),
      softmax_case(Use::train, 4096, 1024),
      cross_entropy_case(Use::run, 1024, 1024),
      quick(cross_entropy_case(Use::train, 1024, 1024)),
      quick(adam_case(mi)),
      sgd_case(mi),
      quick(add_case(mi)),
      add_case(16 * mi),
      quick(chain_case(mi)),
      gelu_case(Use::run, mi),
      gelu_case(Use::train, mi),
      quick(sum_case(mi)),
      sum_case(16 * mi),
      row_sum_case(4096, 1024),
      column_sum_case(4096, 1024),
      quick(argmax_case(4096, 1024)),
      embedding_case(Use::run, {.tokens = 4096, .vocabulary = 8192, .width = 256}),
      quick(embedding_case(Use::train, {.tokens = 4096, .vocabulary = 8192, .width = 256})),
  };
}

Cases gpu_products() {
  using enum ConvPass;
  const ConvSizes stem{.n = 64, .side = 224, .c = 3, .k = 64, .kernel = 7, .stride = 2};
  const ConvSizes wide{.n = 64, .side = 56, .c = 64, .k = 64};
  const ConvSizes middle{.n = 64, .side = 28, .c = 128, .k = 128};
  const ConvSizes deep{.n = 64, .side = 7, .c = 512, .k = 512};
  const ConvSizes point{.n = 64, .side = 14, .c = 1024, .k = 256, .kernel = 1};
  const ConvSizes depthwise{.n = 64, .side = 56, .c = 128, .k = 128, .depthwise = true};
  const AttentionSizes shorter{.b = 8, .h = 12, .t = 512, .d = 64};
  const AttentionSizes longer{.b = 2, .h = 12, .t = 2048, .d = 128};
  const SequenceSizes sequences{.b = 16, .t = 32, .h = 256};
  return {
      matmul_case("nn", {512, 512, 512}),
      quick(matmul_case("nn", {1024, 1024, 1024})),
      matmul_case("nn", {2048, 2048, 2048}),
      quick(matmul_case("nn", {4096, 4096, 4096})),
      matmul_case("nn", {8192, 8192, 8192}),
      matmul_case("nt", {4096, 14336, 512}),
      quick(matmul_case("nt", {2048, 2048, 2048})),
      quick(matmul_case("tn", {2048, 2048, 2048})),
      matmul_case("tn", {768, 3072, 65536}),
      matmul_case("nn", {32, 4096, 4096}),
      matmul_case("nn", {1024, 1024, 64, 96}),
      quick(matmul_case("nn", {4096, 4096, 4096}, DType::f16)),
      matmul_case("nn", {4096, 4096, 4096}, DType::bf16),
      quick(matmul_case("tn", {2048, 2048, 2048}, DType::f16)),
      matmul_case("tn", {2048, 2048, 2048}, DType::bf16),
      conv_case(forward, stem),
      quick(conv_case(forward, wide)),
      conv_case(forward, middle),
      conv_case(forward, deep),
      conv_case(forward, point),
      conv_case(forward, depthwise),
      quick(conv_case(data, wide)),
      conv_case(data, middle),
      conv_case(data, deep),
      quick(conv_case(weights, wide)),
      conv_case(weights, middle),
      conv_case(weights, deep),
      conv_case(weights, depthwise),
      conv_case(forward, wide, DType::f16),
      quick(attention_case(Use::run, shorter)),
      quick(attention_case(Use::train, shorter)),
      attention_case(Use::run, longer),
      attention_case(Use::train, longer),
      quick(lstm_case(Use::run, sequences)),
      quick(lstm_case(Use::train, sequences)),
      gru_case(Use::run, sequences),
      gru_case(Use::train, sequences),
  };
}

Cases gpu_rows() {
  constexpr std::int64_t large = 64 * mi, rows = 16384;
  return {
      quick(layer_norm_case(Use::run, rows, 1024)),
      quick(layer_norm_case(Use::train, rows, 1024)),
      layer_norm_case(Use::run, rows, 4096),
      batch_norm_case(Use::run, 64, 56, 64),
      batch_norm_case(Use::train, 64, 56, 64),
      quick(softmax_case(Use::run, rows, 2048)),
      softmax_case(Use::train, rows, 2048),
      cross_entropy_case(Use::run, 1024, 32768),
      quick(cross_entropy_case(Use::train, 1024, 32768)),
      quick(adam_case(16 * mi)),
      sgd_case(16 * mi),
      quick(add_case(large / 2)),
      quick(chain_case(large / 2)),
      gelu_case(Use::run, large / 2),
      gelu_case(Use::train, large / 2),
      quick(sum_case(large / 2)),
      row_sum_case(rows, 2048),
      column_sum_case(rows, 2048),
      quick(argmax_case(rows, 2048)),
      embedding_case(Use::run, {.tokens = 32768, .vocabulary = 32768, .width = 512}),
      quick(embedding_case(Use::train, {.tokens = 32768, .vocabulary = 32768, .width = 512})),
  };
}

}  // namespace

std::vector<Case> kernel_cases(bool cpu) {
  Cases cases;
  const auto add = [&](Cases more) {
    for (Case& each : more) {
      const auto there = std::ranges::find(cases, each.name, &Case::name);
      if (there == cases.end())
        cases.push_back(std::move(each));
      else
        there->quick = there->quick || each.quick;
    }
  };
  add(cpu_products());
  if (!cpu) add(gpu_products());
  add(cpu_rows());
  if (!cpu) add(gpu_rows());
  return cases;
}

}  // namespace lemnos::bench
