// SPDX-License-Identifier: Apache-2.0
#include "nn/train/task.h"
#include "ops/pointwise/pointwise.h"
#include "ops/random/random.h"
#include "ops/reduce/reduce.h"
#include "ops/shape/shape.h"
#include "runtime/graph/trace.h"

namespace lemnos {
namespace {

// The binary cross-entropy of logits, where all are to be taken for real or for generated.
Tensor loss_as_real(const Tensor& logits) { return mean(softplus(-logits)); }
Tensor loss_as_generated(const Tensor& logits) { return mean(softplus(logits)); }

// Of each image to the next, the last to the first: the mean squared difference of their pixels.
Tensor distance(const Tensor& images) {
  const std::int64_t rows = images.size(0);
  const Tensor next = concat({slice(images, 0, 1, rows), slice(images, 0, 0, 1)}, 0);
  return mean(square(images - next));
}

class Adversarial : public Task {
 public:
  Adversarial(std::vector<Parameter> parameters, AdversarialNetwork network)
      : Task(std::move(parameters)), network_(std::move(network)) {}

  std::vector<std::string> parts() const override { return {"discriminator", "generator"}; }

  void step(const Tensor& inputs, const Tensor&, const Update& update) const override {
    record_adversarial_step(network_, normalized(inputs), noise(inputs.size(0)), update);
  }

  Tensor evaluate(const Tensor& inputs, const Tensor&) const override {
    const Tensor real = normalized(inputs);
    const Tensor fake = network_.generate(noise(real.size(0)));
    const Tensor real_logits = network_.discriminate(real),
                 fake_logits = network_.discriminate(fake);
    observe("discriminator", loss_as_real(real_logits) + loss_as_generated(fake_logits));
    observe("generator", loss_as_real(fake_logits));
    observe("real_accuracy", mean(greater(real_logits, 0.0)));
    observe("fake_accuracy", mean(less(fake_logits, 0.0)));
    observe("real_distance", distance(real));
    observe("fake_distance", distance(fake));
    return {};
  }
  Metrics metrics(std::span<const double> means, const data::Array&,
                  const data::Split&) const override {
    const double real_distance = means[4], fake_distance = means[5];
    return {.values = {{"discriminator", means[0]},
                       {"generator", means[1]},
                       {"real_accuracy", means[2]},
                       {"fake_accuracy", means[3]},
                       {"diversity", real_distance > 0 ? fake_distance / real_distance : 0}}};
  }

  Watched watched() const override { return {"", false}; }

  std::int64_t latent() const override { return network_.latent; }
  Tensor decode(const Tensor& z) const override { return network_.generate(z); }
  bool has_features() const override { return true; }
  Tensor features(const Tensor& inputs) const override {
    return network_.features(normalized(inputs));
  }

 private:
  Tensor noise(std::int64_t count) const { return normal(Shape{count, network_.latent}); }

  AdversarialNetwork network_;
};

}  // namespace

void record_adversarial_step(const AdversarialNetwork& network, const Tensor& real,
                             const Tensor& noise, const Task::Update& update) {
  const Tensor fake = network.generate(noise);
  const Tensor discriminator = loss_as_real(network.discriminate(real)) +
                               loss_as_generated(network.discriminate(detach(fake)));
  update(0, discriminator);
  const Tensor generator = loss_as_real(network.discriminate(fake));
  update(1, generator);
  observe("loss", discriminator + generator);
  observe("discriminator", discriminator);
  observe("generator", generator);
}

std::unique_ptr<Task> adversarial(std::vector<Parameter> parameters, AdversarialNetwork network) {
  return std::make_unique<Adversarial>(std::move(parameters), std::move(network));
}

}  // namespace lemnos
