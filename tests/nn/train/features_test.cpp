// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "nn/models/conv_vae.h"
#include "nn/models/token_transformer.h"
#include "runtime/doctor/session.h"
#include "tests/nn/train/fixture.h"
#include "tests/nn/train/made.h"
#include "tests/skip.h"

using namespace lemnos;
using namespace lemnos::test;

namespace {

// Row by row: weight [out, in] times features [in], plus bias [out].
std::vector<double> through_linear(std::span<const float> row, const Floats& weight,
                                   const Floats& bias) {
  std::vector<double> out(bias.begin(), bias.end());
  for (std::size_t o = 0; o < out.size(); ++o)
    for (std::size_t i = 0; i < row.size(); ++i)
      out[o] += double{weight[o * row.size() + i]} * row[i];
  return out;
}

// As predict() gives them: probabilities, or a number.
std::vector<double> answer_of(std::vector<double> logits, bool classes) {
  if (!classes) return logits;
  if (logits.size() == 1) logits = {0, logits[0]};
  double total = 0;
  for (double& logit : logits) total += logit = std::exp(logit);
  for (double& logit : logits) logit /= total;
  return logits;
}

void check_head(const Made& made, const std::string& head) {
  const data::Array features = made.ask(&Task::features), predicted = made.ask(&Task::predict);
  REQUIRE(features.shape.rank() == 2);
  REQUIRE(features.rows() == made.inputs.rows());
  const Floats weight = made.parameter(head + ".weight"), bias = made.parameter(head + ".bias");
  const auto width = static_cast<std::size_t>(features.shape[1]);
  std::size_t at = 0;
  for (std::size_t row = 0; row * width < features.as<float>().size(); ++row) {
    const auto logits =
        through_linear(features.as<float>().subspan(row * width, width), weight, bias);
    for (const double value : answer_of(logits, made.preprocessing.task == data::Task::classes))
      CHECK(predicted.as<float>()[at++] == doctest::Approx(value).epsilon(1e-4));
  }
  CHECK(at == predicted.as<float>().size());
}

}  // namespace

TEST_CASE("features: every model's last layer makes its answers of them") {
  if (!have_device()) return;
  check_head(Made("mlp", data::blobs(150), {{"hidden", "9,5"}}), "layers.2");
  check_head(Made("mlp", data::linear(40), {{"hidden", ""}}), "layers.0");
  check_head(Made("logistic_regression", data::blobs(40), {}), "linear");
  check_head(Made("vit", data::tiny_images(20), {{"embedding", "8"}, {"heads", "2"}}), "head");
  check_head(Made("lstm_classifier", few_texts(), {{"hidden", "6"}, {"bidirectional", "true"}}),
             "dense");
  const std::vector<Setting> small{{"width", "8"}, {"heads", "2"}, {"layers", "2"}};
  check_head(Made("gpt", few_texts(), small), "head");
  check_head(Made("bert", few_texts(), small), "head");
}

TEST_CASE("features: of linear models they are the inputs as standardised") {
  if (!have_device()) return;
  const Made made("logistic_regression", data::blobs(40), {});
  CHECK(made.ask(&Task::features).bytes == made.inputs.bytes);
}

TEST_CASE("features: of conv_vae they are the mean of the code, without noise") {
  if (!have_device()) return;
  const Made made("conv_vae", without_targets(data::tiny_images(20)),
                  {{"filters", "4"}, {"latent", "3"}});
  nn::ConvVae::Config config;
  nn::from_json(made.config, config);
  const nn::ConvVae same(config);
  const auto parameters = named_parameters(same);
  for (std::size_t i = 0; i < parameters.size(); ++i)
    parameters[i].tensor.state()->set_values(made.task->parameters()[i].tensor.state()->values());
  const data::Array mean = answers(made.inputs, [&](const Tensor& x) {
    return std::vector{same.encode(normalized(x)).first};
  })[0];
  CHECK(mean.shape == Shape{20, 3});
  CHECK(made.ask(&Task::features).bytes == mean.bytes);
}

TEST_CASE("features: of language models a text's own, however it is padded or cut to windows") {
  if (!have_device()) return;
  for (const char* model : {"gpt", "bert"}) {
    const Made made(model, running_text(), {{"width", "8"}, {"heads", "2"}});
    const auto of = [&](const Shape& shape, std::initializer_list<std::int32_t> ids) {
      return answers(data::Array::of<std::int32_t>(shape, ids),
                     [&](const Tensor& x) { return std::vector{made.task->features(x)}; })[0];
    };
    const data::Array text = of({1, 3}, {40, 41, 42}), padded = of({1, 6}, {40, 41, 42, 0, 0, 0});
    CHECK(text.shape == Shape{1, 8});
    for (std::size_t i = 0; i < 8; ++i)
      CHECK(padded.as<float>()[i] == doctest::Approx(text.as<float>()[i]).epsilon(1e-5));
    // Windows have a token more than the model sees.
    CHECK(of({1, 8}, {9, 8, 7, 6, 5, 4, 9, 33}).bytes == of({1, 7}, {9, 8, 7, 6, 5, 4, 9}).bytes);
    CHECK(made.ask(&Task::features).rows() == made.inputs.rows());
  }
}
