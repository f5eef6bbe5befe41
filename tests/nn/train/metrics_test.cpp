// SPDX-License-Identifier: Apache-2.0
#include "nn/train/metrics.h"

#include <doctest/doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>

using namespace lemnos;

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
