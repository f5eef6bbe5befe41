// SPDX-License-Identifier: Apache-2.0
// Text from a trained model: one that goes on with a text, or makes one text of another.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "data/text/tokenizer.h"
#include "nn/compile.h"
#include "nn/text/sampling.h"
#include "nn/train/task.h"

namespace lemnos {

class Writer {
 public:
  // cached: attention's keys and values are kept from token to token; else every token is computed
  // from all those before. The text is the same, but for rounding.
  explicit Writer(const TokenNetwork& network, bool cached = true);

  // Up to `count` tokens that follow the prompt, each told as soon as it is drawn; fewer when the
  // text ends. An empty prompt begins a text. The model sees its last `length` tokens at most: when
  // they are full, it goes on from the later half of them. Special tokens but the end are never
  // drawn. Fails when the model's answer is not finite.
  std::vector<data::Token> write(std::span<const data::Token> prompt, std::int64_t count,
                                 const Sampling& sampling,
                                 const std::function<void(data::Token)>& told = {});

 private:
  std::vector<float> logits_after(std::span<const data::Token> seen);

  const TokenNetwork& network_;
  std::vector<Tensor> caches_;
  std::size_t cached_ = 0;  // tokens that the caches hold
  CompiledFunction function_;
};

// The likeliest text that the model makes of `read`, token by token (greedy).
std::vector<data::Token> rewritten(const SequenceNetwork& network,
                                   std::span<const data::Token> read);

}  // namespace lemnos
