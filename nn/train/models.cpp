// SPDX-License-Identifier: Apache-2.0
#include "nn/train/models.h"

#include <fmt/ranges.h>

#include "nn/models/cnn.h"
#include "nn/models/conv_vae.h"
#include "nn/models/dcgan.h"
#include "nn/models/detector.h"
#include "nn/models/logistic_regression.h"
#include "nn/models/lstm_classifier.h"
#include "nn/models/mlp.h"
#include "nn/models/resnet.h"
#include "nn/models/seq2seq.h"
#include "nn/models/token_transformer.h"
#include "nn/models/vit.h"

namespace lemnos {
namespace {

using nlohmann::json;

// ---- sizes that follow from the data ------------------------------------------------------------

void need_tokens(const Preprocessing& data) {
  if (data.vocabulary() == 0) fail("the model takes texts, but the stored preprocessing none");
}
// Two classes may be told apart by one logit, where that was chosen.
std::int64_t logits_for(const Preprocessing& data, std::int64_t chosen) {
  return chosen == 1 && data.classes() == 2 ? 1 : data.classes();
}
template <class Config>
void fit_images(std::string_view model, Config& config, const Preprocessing& data) {
  if (!data.images() || data.input.rank() != 3)
    fail_usage("{} learns images; a row of these data is {}", model, data.input);
  config.height = data.input[0];
  config.width = data.input[1];
  config.channels = data.input[2];
}

void fit(nn::Mlp::Config& config, const Preprocessing& data) {
  const bool numbers = data.task == data::Task::regression;
  config.inputs = data.features();
  config.outputs = numbers ? 1 : logits_for(data, config.outputs);
  config.loss = numbers ? "mse" : "cross_entropy";
}
void fit(nn::LogisticRegression::Config& config, const Preprocessing& data) {
  config.inputs = data.features();
  config.classes = std::max<std::int64_t>(2, data.classes());
}
void fit(nn::ConvVae::Config& config, const Preprocessing& data) {
  fit_images("conv_vae", config, data);
}
void fit(nn::Dcgan::Config& config, const Preprocessing& data) {
  fit_images("dcgan", config, data);
}
template <class Config>
void fit_labelled_images(std::string_view model, Config& config, const Preprocessing& data) {
  fit_images(model, config, data);
  if (data.task != data::Task::classes)
    fail_usage("{} learns which class an image is of; detector learns boxes in them", model);
  config.classes = data.classes();
}
void fit(nn::Detector::Config& config, const Preprocessing& data) {
  fit_images("detector", config, data);
  if (data.task != data::Task::boxes)
    fail_usage(
        "detector learns boxes in images, and these data have none; scenes has, and a "
        "folder with images and labels, as YOLO has them");
  config.classes = data.classes();
}
void fit(nn::Cnn::Config& config, const Preprocessing& data) {
  fit_labelled_images("cnn", config, data);
}
void fit(nn::Resnet::Config& config, const Preprocessing& data) {
  fit_labelled_images("resnet", config, data);
}
void fit(nn::Vit::Config& config, const Preprocessing& data) {
  fit_labelled_images("vit", config, data);
}
void fit(nn::LstmClassifier::Config& config, const Preprocessing& data) {
  need_tokens(data);
  config.vocabulary = data.vocabulary();
  config.classes = logits_for(data, config.classes);
}
void fit(nn::TokenTransformer::Config& config, const Preprocessing& data) {
  need_tokens(data);
  config.vocabulary = data.vocabulary();
  config.length = data.text->length;
  config.classes = data.classes();
  if (data.task == data::Task::classes) config.head = "classes";
}
void fit(nn::Seq2Seq::Config& config, const Preprocessing& data) {
  need_tokens(data);
  config.vocabulary = data.vocabulary();
  config.length = data.text->length;
}

// What fits the data is not changed by fitting it.
template <class Config>
void check_fit(const Config& config, const Preprocessing& data) {
  Config fitted = config;
  fit(fitted, data);
  const auto given = nn::describe(config), needed = nn::describe(fitted);
  for (std::size_t i = 0; i < given.size(); ++i)
    if (given[i].value != needed[i].value)
      fail_usage("--{} {} does not fit the data, which need {}", given[i].name, given[i].value,
                 needed[i].value);
}

// ---- tasks --------------------------------------------------------------------------------------

template <class Model>
std::unique_ptr<Task> supervised(std::shared_ptr<Model> model, const Preprocessing& data) {
  SupervisedNetwork network{[model](const Tensor& x) { return (*model)(x); },
                            [model](const Tensor& x) { return model->features(x); }};
  std::vector<Parameter> parameters = named_parameters(*model);
  if (data.task == data::Task::classes)
    return classification(std::move(parameters), std::move(network));
  return regression(std::move(parameters), std::move(network), data);
}

std::unique_ptr<Task> task_of(std::shared_ptr<nn::Mlp> model, const Preprocessing& data) {
  if (data.task != data::Task::classes && data.task != data::Task::regression)
    fail_usage("mlp needs data whose targets are classes or numbers");
  return supervised(std::move(model), data);
}
std::unique_ptr<Task> task_of(std::shared_ptr<nn::LogisticRegression> model,
                              const Preprocessing& data) {
  if (data.task != data::Task::classes)
    fail_usage("logistic_regression needs data whose targets are classes; mlp predicts numbers");
  return supervised(std::move(model), data);
}
std::unique_ptr<Task> task_of(std::shared_ptr<nn::ConvVae> model, const Preprocessing&) {
  std::vector<Parameter> parameters = named_parameters(*model);
  VaeNetwork network{.elbo = [model](const Tensor& x) -> VaeNetwork::Terms {
                       const auto [loss, bce, kl] = model->elbo(x);
                       return {bce, kl};
                     },
                     .mean = [model](const Tensor& x) { return model->encode(x).first; },
                     .reconstruct = [model](const Tensor& x) { return model->reconstruct(x); },
                     .sample = [model](const Tensor& z) { return model->sample(z); },
                     .latent = model->config.latent};
  if (model->config.corrupt != "none")
    network.corrupted = [model](const Tensor& x) { return model->corrupted(x); };
  return variational_autoencoder(std::move(parameters), std::move(network));
}

std::unique_ptr<Task> task_of(std::shared_ptr<nn::Dcgan> model, const Preprocessing&) {
  AdversarialNetwork network{
      .generate = [model](const Tensor& z) { return model->generate(z); },
      .discriminate = [model](const Tensor& images) { return model->discriminate(images); },
      .features = [model](const Tensor& images) { return model->features(images); },
      .latent = model->config.latent};
  return adversarial(named_parameters(*model), std::move(network));
}

template <class Model>
std::unique_ptr<Task> classifier_of(const std::shared_ptr<Model>& model,
                                    std::function<Tensor(const Tensor&)> forward) {
  SupervisedNetwork network{std::move(forward),
                            [model](const Tensor& x) { return model->features(x); }};
  return classification(named_parameters(*model), std::move(network));
}

std::unique_ptr<Task> task_of(std::shared_ptr<nn::Cnn> model, const Preprocessing&) {
  return classifier_of(model, [model](const Tensor& x) { return (*model)(x); });
}
std::unique_ptr<Task> task_of(std::shared_ptr<nn::Resnet> model, const Preprocessing&) {
  return classifier_of(model, [model](const Tensor& x) { return (*model)(x); });
}
std::unique_ptr<Task> task_of(std::shared_ptr<nn::Vit> model, const Preprocessing&) {
  return classifier_of(model, [model](const Tensor& x) { return (*model)(x); });
}
std::unique_ptr<Task> task_of(std::shared_ptr<nn::Detector> model, const Preprocessing&) {
  DetectionNetwork network{
      .forward = [model](const Tensor& images) { return (*model)(images); },
      .loss = [model](const Tensor& said, const Tensor& boxes) -> DetectionNetwork::Terms {
        const auto [loss, objectness, box, label] = model->loss(said, boxes);
        return {loss, objectness, box, label};
      },
      .found = [model](const Tensor& said) { return model->found(said); },
      .classes = static_cast<std::size_t>(model->config.classes)};
  return detection(named_parameters(*model), std::move(network));
}
std::unique_ptr<Task> task_of(std::shared_ptr<nn::LstmClassifier> model, const Preprocessing&) {
  return classifier_of(model, [model](const Tensor& ids) { return (*model)(ids); });
}

TokenNetwork tokens_of(const std::shared_ptr<nn::TokenTransformer>& model) {
  return {
      .logits = [model](const Tensor& ids) { return (*model)(ids); },
      .features = [model](const Tensor& ids) { return model->features(ids); },
      .next = [model](const Tensor& ids, const Tensor& place,
                      std::span<const Tensor> caches) { return model->next(ids, place, caches); },
      .make_caches = [model](std::int64_t texts) { return model->make_caches(texts); },
      .vocabulary = model->config.vocabulary,
      .length = model->config.length};
}
std::unique_ptr<Task> task_of(std::shared_ptr<nn::TokenTransformer> model, const Preprocessing&) {
  if (model->config.head == "classes")
    return classifier_of(model, [model](const Tensor& ids) { return model->classify(ids); });
  auto parameters = named_parameters(*model);
  return model->causal ? language_model(std::move(parameters), tokens_of(model))
                       : masked_language_model(std::move(parameters), tokens_of(model));
}
std::unique_ptr<Task> task_of(std::shared_ptr<nn::Seq2Seq> model, const Preprocessing&) {
  SequenceNetwork network{
      .logits = [model](const Tensor& read,
                        const Tensor& written) { return (*model)(read, written); },
      .features = [model](const Tensor& read) { return model->features(read); },
      .vocabulary = model->config.vocabulary,
      .length = model->config.length};
  return sequence_to_sequence(named_parameters(*model), std::move(network));
}

// ---- the table ----------------------------------------------------------------------------------

template <class Config>
Config preset_of(std::string_view name) {
  if (name.empty()) return {};
  std::vector<std::string> known;
  for (auto& [each, config] : Config::presets()) {
    if (each == name) return config;
    known.push_back(each);
  }
  fail_usage("there is no preset '{}'; known are: {}", name,
             known.empty() ? "none" : fmt::format("{}", fmt::join(known, ", ")));
}

template <class Config>
json configure(const Preprocessing& data, std::string_view preset, const json& base,
               std::span<const Setting> settings) {
  Config config = preset_of<Config>(preset);
  fit(config, data);
  if (base.is_object()) nn::from_json(base, config);
  for (const Setting& setting : settings) nn::set_field(config, setting.name, setting.value);
  check_fit(config, data);
  return nn::to_json(config);
}

template <class Model>
std::unique_ptr<Task> make(const json& stored, const Preprocessing& data) {
  typename Model::Config config;
  nn::from_json(stored, config);
  check_fit(config, data);
  return task_of(std::make_shared<Model>(config), data);
}

template <class Model>
ModelKind kind(std::string_view name, std::string_view description, std::string_view data,
               bool targets, std::vector<data::Task> texts = {}, Usual usual = {}) {
  using Config = typename Model::Config;
  std::vector<std::string> presets;
  for (auto& preset : Config::presets()) presets.push_back(preset.name);
  return {name,
          description,
          data,
          targets,
          std::move(texts),
          usual,
          nn::describe(Config{}),
          presets,
          [](std::string_view preset) { return nn::describe(preset_of<Config>(preset)); },
          [](std::string_view field, std::string_view text) {
            Config config;
            nn::set_field(config, field, text);
          },
          configure<Config>,
          make<Model>};
}

}  // namespace

std::span<const ModelKind> models() {
  static const std::vector<ModelKind> table{
      kind<nn::ConvVae>("conv_vae", "convolutional variational autoencoder", "fashion_mnist",
                        false),
      kind<nn::Dcgan>("dcgan", "convolutional generative adversarial network", "fashion_mnist",
                      false, {}, {.batch = 64, .optimizer = {.lr = 2e-4, .beta1 = 0.5}}),
      kind<nn::Mlp>("mlp", "multi-layer perceptron", "fashion_mnist", true),
      kind<nn::LogisticRegression>("logistic_regression", "linear classifier", "fashion_mnist",
                                   true),
      kind<nn::Cnn>("cnn", "convolutional classifier of images", "fashion_mnist", true),
      kind<nn::Resnet>("resnet", "deep convolutional classifier", "fashion_mnist", true),
      kind<nn::Detector>("detector", "things in images and where they are", "scenes", true, {},
                         {.batch = 32}),
      kind<nn::Vit>("vit", "transformer over patches of images", "fashion_mnist", true),
      kind<nn::LstmClassifier>("lstm_classifier", "recurrent classifier of texts", "fortunes", true,
                               {data::Task::classes}),
      kind<nn::Gpt>("gpt", "transformer that writes text", "fortunes", true,
                    {data::Task::next_token, data::Task::classes}),
      kind<nn::Bert>("bert", "transformer that guesses masked words", "fortunes", true,
                     {data::Task::next_token, data::Task::classes}),
      kind<nn::Seq2Seq>("seq2seq", "one text to another", "reversal", true, {data::Task::sequence}),
  };
  return table;
}

const ModelKind& model_kind(std::string_view name) {
  std::vector<std::string_view> known;
  for (const ModelKind& each : models()) {
    if (each.name == name) return each;
    known.push_back(each.name);
  }
  fail_usage("there is no model '{}'; known are {}", name, fmt::join(known, ", "));
}

data::Task text_task(const ModelKind& kind, const json& config, std::span<const Setting> settings) {
  check(!kind.texts.empty(), "{} takes no texts", kind.name);
  std::string head = config.is_object() ? config.value("head", "") : "";
  for (const Setting& setting : settings)
    if (setting.name == "head") head = setting.value;
  return head == "classes" ? kind.texts.back() : kind.texts.front();
}

data::Dataset without_targets(data::Dataset dataset) {
  dataset.task = data::Task::none;
  dataset.class_names.clear();
  for (data::Split* split : {&dataset.train, &dataset.test}) split->targets = {};
  return dataset;
}

}  // namespace lemnos
