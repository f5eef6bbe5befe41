// SPDX-License-Identifier: Apache-2.0
#include "nn/train/metrics.h"

#include <doctest/doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "tests/golden/golden.h"

using namespace lemnos;
using Labels = std::vector<std::uint32_t>;

TEST_CASE("metrics: classification agrees with scikit-learn, ties and absent classes included") {
  const auto file = test::golden_file("classification_metrics.json");
  REQUIRE(file["cases"].size() == 5);
  for (const auto& golden : file["cases"]) {
    const std::string name = golden["name"];
    CAPTURE(name);
    const std::int64_t rows = golden["rows"], width = golden["width"];
    const std::uint32_t stream = golden["stream"], classes = golden["labels"];
    auto logits = data::Array::of<float>(
        {rows, width}, std::span<const float>(test::golden_values(stream, rows * width, 4)));
    Labels labels;
    for (std::uint32_t i = 0; i < rows; ++i) {
      labels.push_back(test::golden_hash(stream + 1, i) % classes);
      if (golden["ties"] && i % 2 == 1)
        std::ranges::copy(logits.row(i - 1), logits.bytes.begin() + i * width * 4);
    }
    const Confusion confusion = confusion_of(logits, labels);
    CHECK(confusion == golden["confusion"].get<Confusion>());
    Metrics metrics{.values = classification_metrics(confusion)};
    const auto area = roc_auc(logits, labels);
    REQUIRE(area);
    metrics.values.push_back({"roc_auc", *area});
    CHECK(metrics.values.size() == golden["metrics"].size());
    for (const auto& [key, value] : golden["metrics"].items()) {
      CAPTURE(key);
      CHECK(std::abs(metrics.at(key) - value.get<double>()) <= 1e-14);
    }
  }
}

TEST_CASE("metrics: ROC-AUC is not given where it is undefined") {
  const auto logits = data::Array::of<float>({3, 1}, {0.5f, -1, 2});
  CHECK(roc_auc(logits, Labels{0, 1, 1}) == 0.5);
  CHECK(!roc_auc(logits, Labels{1, 1, 1}));
  CHECK(!roc_auc(logits, Labels{0, 0, 0}));
  CHECK(!roc_auc(data::Array::of<float>({3, 1}, {NAN, 1, 2}), Labels{0, 1, 0}));
  CHECK(!roc_auc(data::Array::of<float>({2, 3}, {1, 2, INFINITY, 0, 1, 2}), Labels{0, 1}));
}

TEST_CASE("metrics: ROC-AUC tells logits apart whose probabilities are both 1 in f32") {
  const auto sure = data::Array::of<float>({4, 3}, {20, 0, 0, 21, 0, 0, 22, 0, 0, 0, 9, 0});
  CHECK(roc_auc(sure, Labels{1, 0, 0, 1}) == 1);
}

TEST_CASE("metrics: a label that is no class is an error") {
  const auto logits = data::Array::of<float>({2, 2}, {1, 0, 0, 1});
  CHECK_THROWS_AS(confusion_of(logits, Labels{0, 2}), Error);
}

TEST_CASE("metrics: precision, recall and F1 are scikit-learn's macro averages") {
  // y_true = 0 0 0 0 0 1 1 1 2 2, y_pred = 0 0 0 1 2 1 1 0 2 0
  const Metrics metrics{.values = classification_metrics({{3, 1, 1}, {1, 2, 0}, {1, 0, 1}})};
  CHECK(metrics.at("accuracy") == doctest::Approx(0.6));
  CHECK(metrics.at("precision") == doctest::Approx((3.0 / 5 + 2.0 / 3 + 1.0 / 2) / 3));
  CHECK(metrics.at("recall") == doctest::Approx((3.0 / 5 + 2.0 / 3 + 1.0 / 2) / 3));
  CHECK(metrics.at("f1") == doctest::Approx((6.0 / 10 + 4.0 / 6 + 2.0 / 4) / 3));
}

TEST_CASE("metrics: rows are true classes, columns are predictions") {
  const Metrics metrics{.values = classification_metrics({{4, 4}, {0, 2}})};
  CHECK(metrics.at("precision") == doctest::Approx((1.0 + 2.0 / 6) / 2));
  CHECK(metrics.at("recall") == doctest::Approx((0.5 + 1.0) / 2));
}

TEST_CASE(
    "metrics: a class that is never predicted counts as 0, one that never occurs not at all") {
  const Metrics metrics{.values = classification_metrics({{5, 0, 0}, {5, 0, 0}, {0, 0, 0}})};
  CHECK(metrics.at("accuracy") == doctest::Approx(0.5));
  CHECK(metrics.at("precision") == doctest::Approx(0.25));
  CHECK(metrics.at("recall") == doctest::Approx(0.5));
  const Metrics none{.values = classification_metrics({{0, 0}, {0, 0}})};
  for (const NamedValue& value : none.values) CHECK(value.value == 0);
}

TEST_CASE("metrics: R2 is 1 without errors and 0 for the mean of the targets") {
  const std::vector<float> targets{1, 2, 3, 6};
  const Metrics perfect{.values = regression_metrics(0, 0, targets)};
  CHECK(perfect.at("r2") == 1);
  const Metrics mean{.values = regression_metrics(3.5, 1.5, targets)};  // predicting 3
  CHECK(mean.at("rmse") == doctest::Approx(std::sqrt(3.5)));
  CHECK(mean.at("mae") == doctest::Approx(1.5));
  CHECK(mean.at("r2") == doctest::Approx(0));
  const Metrics constant{.values = regression_metrics(1, 1, std::vector<float>{2, 2})};
  CHECK(constant.at("r2") == 0);
}
