// SPDX-License-Identifier: Apache-2.0
// Looking inside a model while it is recorded, as PyTorch's forward hooks do: layers offer what
// they have come to, and a Tap takes it. Without one, nothing more is recorded.
//
//   const nn::Tap attention(nn::Tapped::attention);
//   model(images);
//   attention.taken()   // of each attention layer, in the order recorded
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "runtime/tensor/tensor.h"

namespace lemnos::nn {

enum class Tapped {
  attention,   // attention_probabilities of a MultiHeadAttention, [B, H, T, S]
  embeddings,  // the vectors of an Embedding, [n..., width]
  // Results of layers with weights: linear, convolution, norm, embedding, each direction of a
  // recurrent layer. That of attention is its last linear layer's.
  activations,
};

// Which layer offers: "conv2d", and a parameter of it, by which its name is found.
struct Offering {
  std::string_view kind;
  Tensor parameter;
};

class Tap {
 public:
  // Takes what is recorded on this thread from here on, as long as it lives.
  explicit Tap(Tapped what);
  ~Tap();
  Tap(const Tap&) = delete;
  Tap& operator=(const Tap&) = delete;

  const std::vector<Tensor>& taken() const { return taken_; }
  const std::vector<Offering>& offerings() const { return offerings_; }  // of each taken

 private:
  friend void offer(Tapped what, const std::function<Tensor()>& make, const Offering& by);
  Tapped what_;
  Tap* outer_;
  std::vector<Tensor> taken_;
  std::vector<Offering> offerings_;
};

// For layers: `make` records it, only where there is a Tap for it.
void offer(Tapped what, const std::function<Tensor()>& make, const Offering& by = {});
// A layer's result, which it then returns.
Tensor offered(std::string_view kind, const Tensor& parameter, const Tensor& result);

}  // namespace lemnos::nn
