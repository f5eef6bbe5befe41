// SPDX-License-Identifier: Apache-2.0
// The table of models. Changing a line changes the work of the suite: raise suite_version then.
#include <algorithm>

#include "nn/bench/models.h"
#include "nn/bench/small_language_model.h"
#include "nn/init.h"
#include "nn/models/conv_vae.h"
#include "nn/models/dcgan.h"
#include "nn/models/lstm_classifier.h"
#include "nn/models/mlp.h"
#include "nn/models/resnet.h"
#include "nn/models/token_transformer.h"

namespace lemnos::bench {
namespace {

using Made = std::unique_ptr<Task>;

SampleInput pixels(const Shape& shape) {
  return {.shape = shape, .dtype = DType::u8, .low = 0, .high = 255, .whole = true};
}
SampleInput integers(const Shape& shape, std::int64_t low, std::int64_t below) {
  return {.shape = shape,
          .dtype = DType::i32,
          .low = static_cast<double>(low),
          .high = static_cast<double>(below - 1),
          .whole = true};
}

template <class Model>
Made classifier(const typename Model::Config& config) {
  seed(1);
  const auto model = std::make_shared<Model>(config);
  return classification(named_parameters(*model),
                        {[model](const Tensor& x) { return (*model)(x); },
                         [model](const Tensor& x) { return model->features(x); }});
}

Made vae() {
  seed(1);
  const auto model = std::make_shared<nn::ConvVae>(nn::ConvVae::Config{});
  return variational_autoencoder(
      named_parameters(*model),
      {.elbo = [model](const Tensor& x) -> VaeNetwork::Terms {
         const auto [loss, bce, kl] = model->elbo(x);
         return {bce, kl};
       },
       .mean = [model](const Tensor& x) { return model->encode(x).first; },
       .reconstruct = [model](const Tensor& x) { return model->reconstruct(x); },
       .corrupted = {},
       .sample = [model](const Tensor& z) { return model->sample(z); },
       .latent = model->config.latent});
}

Made gan() {
  seed(1);
  const auto model = std::make_shared<nn::Dcgan>(nn::Dcgan::Config{});
  return adversarial(
      named_parameters(*model),
      {.generate = [model](const Tensor& z) { return model->generate(z); },
       .discriminate = [model](const Tensor& images) { return model->discriminate(images); },
       .features = [model](const Tensor& images) { return model->features(images); },
       .latent = model->config.latent});
}

template <class Model>
Made decoder(const typename Model::Config& config) {
  seed(1);
  const auto model = std::make_shared<Model>(config);
  TokenNetwork network{.logits = [model](const Tensor& ids) { return (*model)(ids); },
                       .features = [model](const Tensor& ids) { return model->hidden(ids); },
                       .vocabulary = config.vocabulary,
                       .length = config.length};
  return language_model(named_parameters(*model), std::move(network));
}

Tensor scores(const Task& task, const Tensor& inputs) { return task.scores(inputs); }
Tensor reconstruction(const Task& task, const Tensor& inputs) {
  return task.reconstruct(inputs).back();
}
Tensor drawn(const Task& task, const Tensor& inputs) { return task.sample(inputs.size(0)); }

ModelCase resnet(std::string name, const nn::Resnet::Config& config, std::int64_t batch,
                 double learning_rate) {
  return {.name = std::move(name),
          .batch = batch,
          .make = [config] { return classifier<nn::Resnet>(config); },
          .optimizer = "momentum",
          .learning_rate = learning_rate,
          .input = pixels({config.height, config.width, config.channels}),
          .target = integers({}, 0, config.classes),
          .answer = scores};
}

template <class Model>
ModelCase language(std::string name, const typename Model::Config& config, std::int64_t batch) {
  return {.name = std::move(name),
          .batch = batch,
          .make = [config] { return decoder<Model>(config); },
          .optimizer = "adamw",
          .learning_rate = 3e-4,
          .input = integers({config.length + 1}, 1, config.vocabulary),
          .target = {},
          .answer = scores};
}

}  // namespace

std::vector<ModelCase> model_cases() {
  // With 0.01 the second loss of ResNet-50 on four images would say nothing: it moves by 2 % when
  // weights change in their last bit, with 1e-5 by 2e-5.
  constexpr double small_rate = 1e-5;
  ModelCase gpt = language<nn::Gpt>("gpt 4x128", {}, 16);
  gpt.checked_batch = 1;
  gpt.checked_steps = 2;
  ModelCase small_resnet =
      resnet("resnet18 32x32", {.height = 32, .width = 32, .channels = 3}, 32, 0.01);
  small_resnet.checked_batch = 1;
  small_resnet.checked_steps = 1;
  std::vector<ModelCase> cases{
      {.name = "mlp 784-512-10",
       .batch = 128,
       .checked_batch = 16,
       .checked_steps = 5,
       .quick = true,
       .make = [] { return classifier<nn::Mlp>({}); },
       .input = pixels({28, 28, 1}),
       .target = integers({}, 0, 10),
       .answer = scores},
      {.name = "mlp 2-3-1",  // nothing but overhead
       .batch = 32,
       .checked_batch = 32,
       .checked_steps = 5,
       .quick = true,
       .make = [] { return classifier<nn::Mlp>({.inputs = 2, .hidden = {3}, .outputs = 1}); },
       .input = pixels({2}),
       .target = integers({}, 0, 2),
       .answer = scores},
      {.name = "conv_vae",
       .batch = 128,
       .checked_batch = 2,
       .checked_steps = 3,
       .make = vae,
       .input = pixels({28, 28, 1}),
       .target = {},
       .answer = reconstruction},
      {.name = "dcgan",
       .batch = 64,
       .checked_batch = 2,
       .checked_steps = 2,
       .make = gan,
       .learning_rate = 2e-4,
       .input = pixels({28, 28, 1}),
       .target = {},
       .answer = drawn},
      {.name = "lstm_classifier",
       .batch = 32,
       .checked_batch = 2,
       .checked_steps = 3,
       .make = [] { return classifier<nn::LstmClassifier>({}); },
       .optimizer = "rmsprop",
       .input = integers({100}, 1, 10000),
       .target = integers({}, 0, 2),
       .answer = scores},
      gpt,
      small_resnet,
      resnet("resnet50 224x224",
             {.height = 224,
              .width = 224,
              .channels = 3,
              .classes = 1000,
              .depth = 50,
              .stem = "imagenet"},
             4, small_rate),
      language<SmallLanguageModel>("smollm2-135m", {}, 1),
  };
  for (const char* name :
       {"mlp 784-512-10", "conv_vae", "gpt 4x128", "resnet50 224x224", "smollm2-135m"}) {
    ModelCase half = *std::ranges::find(cases, name, &ModelCase::name);
    half.precision = DType::bf16;
    half.quick = false;
    cases.push_back(std::move(half));
  }
  return cases;
}

}  // namespace lemnos::bench
