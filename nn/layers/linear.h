// SPDX-License-Identifier: Apache-2.0
// Linear: y = x W^T + b along the last axis; x is [..., in], y is [..., out].
//
// With lora_rank r, y = x W^T + b + (x A^T) B^T: a low-rank change beside W that can be trained
// alone and merged into it later (LoRA: Hu et al. 2021, with alpha = r). B begins as zeros.
#pragma once

#include "nn/module.h"

namespace lemnos::nn {

struct Linear {
  struct Options {
    std::int64_t in = 0, out = 0;
    bool bias = true;
    std::int64_t lora_rank = 0;  // 0: none
  };

  explicit Linear(Options options);
  Tensor operator()(const Operand& x) const;

  Tensor weight;          // [out, in]
  Tensor bias;            // [out], or empty
  Tensor lora_a, lora_b;  // [r, in] and [out, r], or empty
  LEMNOS_FIELDS(weight, bias, lora_a, lora_b)
};

// Whether a parameter of this name belongs to a low-rank change.
bool is_lora(std::string_view parameter);

// Merges the low-rank changes among a module's parameters: each W becomes W + B A, summed in double
// on the host, and its B zeros, so that the module computes what it did, to rounding. Returns the
// other parameters: those of the same module without LoRA.
std::vector<Parameter> merge_lora(std::vector<Parameter> parameters);

}  // namespace lemnos::nn
