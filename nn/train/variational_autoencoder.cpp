// SPDX-License-Identifier: Apache-2.0
#include "nn/train/task.h"
#include "ops/pointwise/pointwise.h"
#include "runtime/graph/trace.h"

namespace lemnos {
namespace {

class Vae : public Task {
 public:
  Vae(std::vector<Parameter> parameters, VaeNetwork network)
      : Task(std::move(parameters)), network_(std::move(network)) {}

  Tensor loss(const Tensor& inputs, const Tensor&) const override {
    const auto [bce, kl] = network_.elbo(normalized(inputs));
    observe("bce", bce);
    observe("kl", kl);
    return bce + kl;
  }

  Tensor evaluate(const Tensor& inputs, const Tensor& targets) const override {
    loss(inputs, targets);
    return {};
  }
  // Nats an image.
  Metrics metrics(std::span<const double> means, const data::Array&,
                  const data::Split&) const override {
    return {.values = {{"elbo", -(means[0] + means[1])}, {"bce", means[0]}, {"kl", means[1]}}};
  }

  Watched watched() const override { return {"elbo", true}; }

  std::int64_t latent() const override { return network_.latent; }
  Tensor decode(const Tensor& z) const override { return network_.sample(z); }
  bool encodes() const override { return true; }
  // From the mean of z: what the model has kept of the image.
  bool reconstructs() const override { return true; }
  std::vector<Tensor> reconstruct(const Tensor& inputs) const override {
    const Tensor images = normalized(inputs);
    if (!network_.corrupted) return {network_.reconstruct(images)};
    const Tensor given = network_.corrupted(images);
    return {given, network_.reconstruct(given)};
  }
  bool has_features() const override { return true; }
  Tensor features(const Tensor& inputs) const override { return network_.mean(normalized(inputs)); }

 private:
  VaeNetwork network_;
};

}  // namespace

std::unique_ptr<Task> variational_autoencoder(std::vector<Parameter> parameters,
                                              VaeNetwork network) {
  return std::make_unique<Vae>(std::move(parameters), std::move(network));
}

}  // namespace lemnos
