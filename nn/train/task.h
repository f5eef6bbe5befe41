// SPDX-License-Identifier: Apache-2.0
// What a model is trained for: its loss, how it is judged, what it can be asked for.
//
// The functions that take and return Tensors record; inputs come as they are stored (u8 images),
// and `targets` is empty where the data set has none.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "data/datasets/dataset.h"
#include "nn/module.h"
#include "nn/train/metrics.h"
#include "nn/train/preprocessing.h"

namespace lemnos {

class Task {
 public:
  explicit Task(std::vector<Parameter> parameters) : parameters_(std::move(parameters)) {}
  virtual ~Task() = default;
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;

  const std::vector<Parameter>& parameters() const { return parameters_; }

  // The loss of a batch. observe()s its parts, where it has parts.
  virtual Tensor loss(const Tensor& inputs, const Tensor& targets) const = 0;

  // Evaluation of a split: begin, then one batch after the other, each of which observe()s means
  // over its rows; metrics() is given their means over all rows, in the order observed.
  virtual void begin_evaluation() {}
  virtual void evaluate(const Tensor& inputs, const Tensor& targets) const = 0;
  virtual Metrics metrics(std::span<const double> means, const data::Split& split) const = 0;

  // Class probabilities [N, C], or values [N, 1] in units of the standardised target.
  virtual bool predicts() const { return false; }
  virtual Tensor predict(const Tensor& inputs) const;
  // Images [N, H, W, C] in [0, 1]: new ones from random numbers, or what is left of given ones.
  virtual bool generates() const { return false; }
  virtual Tensor sample(std::int64_t count) const;
  virtual Tensor reconstruct(const Tensor& inputs) const;

 private:
  std::vector<Parameter> parameters_;
};

// forward: f32 images or features [N, ...] to logits or values; loss: their mean over a batch.
struct SupervisedNetwork {
  std::function<Tensor(const Tensor& inputs)> forward;
  std::function<Tensor(const Tensor& prediction, const Tensor& targets)> loss;
};

// Logits are [N, classes], or [N, 1]: of class 1 of two.
std::unique_ptr<Task> classification(std::vector<Parameter> parameters, SupervisedNetwork network,
                                     std::int64_t classes);

// Values are [N, 1], the standardised target.
std::unique_ptr<Task> regression(std::vector<Parameter> parameters, SupervisedNetwork network,
                                 Preprocessing preprocessing);

// Kingma and Welling 2013. The loss is the negative ELBO: binary cross-entropy summed over an
// image's pixels, plus KL to N(0, I), both averaged over the batch.
struct VaeNetwork {
  struct Terms {
    Tensor bce, kl;
  };
  std::function<Terms(const Tensor& images)> elbo;
  std::function<Tensor(const Tensor& images)> reconstruct;
  std::function<Tensor(const Tensor& z)> sample;  // z: [N, latent] from N(0, I)
  std::int64_t latent = 0;
};
std::unique_ptr<Task> variational_autoencoder(std::vector<Parameter> parameters,
                                              VaeNetwork network);

}  // namespace lemnos
