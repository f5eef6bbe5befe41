// SPDX-License-Identifier: Apache-2.0
#include "data/datasets/feature_transform.h"

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "tests/data/fixtures.h"
#include "tests/golden/golden.h"

namespace lemnos::data {
namespace {

constexpr float missing = std::numeric_limits<float>::quiet_NaN();

Array column(std::initializer_list<float> values) {
  return Array::of<float>(Shape{static_cast<std::int64_t>(values.size()), 1}, values);
}

// What features.py calls table().
Array golden_table(std::int64_t rows) {
  constexpr std::int64_t features = 2;
  Array table = Array::zeros(DType::f32, Shape{rows, features});
  std::uint32_t i = 0;
  for (float& value : table.as<float>()) {
    double number = test::golden_symmetric(1, i) * (i % 13 == 7 ? 20.0 : 1.0);
    number *= std::pow(10.0, i % features);
    value = i % 10 == 3 ? missing : static_cast<float>(number);
    ++i;
  }
  return table;
}

bool near(const Array& got, const nlohmann::json& golden) {
  const auto wanted = golden.get<std::vector<double>>();
  const auto values = got.as<float>();
  if (values.size() != wanted.size()) return false;
  for (std::size_t i = 0; i < wanted.size(); ++i)
    if (!(std::abs(values[i] - wanted[i]) <= 2e-6 * (1 + std::abs(wanted[i])))) return false;
  return true;
}

}  // namespace

TEST_CASE("features: standardised ones have mean 0 and deviation 1, constant ones stay finite") {
  const Array inputs = Array::of<float>(Shape{4, 3}, {1, 10, 0.1f, 3, 30, 0.1f,  //
                                                      1, 10, 0.1f, 3, 30, 0.1f});
  const auto fitted = FeatureTransform::fit(inputs);
  CHECK(fitted.offset == std::vector<float>{2, 20, 0.1f});
  CHECK(fitted.scale == std::vector<float>{1, 10, 1});
  CHECK(holds<float>(fitted.apply(inputs), Shape{4, 3}, {-1, -1, 0, 1, 1, 0, -1, -1, 0, 1, 1, 0}));
}

TEST_CASE("features: the test split is moved by the training split's figures") {
  const auto fitted = FeatureTransform::fit(column({0, 4}));
  CHECK(holds<float>(fitted.apply(column({10})), Shape{1, 1}, {4}));
}

TEST_CASE("features: 0 to 1, -1 to 1 and as they are, and beyond the training rows they go on") {
  const Array train = column({2, 6, 4, 10}), later = column({0, 12});
  const auto scaled = [&](Scaling scaling) {
    return FeatureTransform::fit(train, {.scaling = scaling});
  };
  CHECK(holds<float>(scaled(Scaling::minmax).apply(train), Shape{4, 1}, {0, 0.5f, 0.25f, 1}));
  CHECK(holds<float>(scaled(Scaling::minmax).apply(later), Shape{2, 1}, {-0.25f, 1.25f}));
  CHECK(holds<float>(scaled(Scaling::symmetric).apply(train), Shape{4, 1}, {-1, 0, -0.5f, 1}));
  CHECK(holds<float>(scaled(Scaling::none).apply(later), Shape{2, 1}, {0, 12}));
  for (const Scaling scaling : {Scaling::standard, Scaling::minmax, Scaling::symmetric}) {
    const auto constant = FeatureTransform::fit(column({7, 7}), {.scaling = scaling});
    CHECK(holds<float>(constant.apply(column({7, 9})), Shape{2, 1}, {0, 2}));
  }
}

TEST_CASE("features: missing ones become the mean or the median of the training rows") {
  const Array train = column({1, missing, 2, 9}), later = column({missing});
  const auto filled = [&](Missing how) {
    return FeatureTransform::fit(train, {.missing = how, .scaling = Scaling::none});
  };
  CHECK(holds<float>(filled(Missing::mean).apply(later), Shape{1, 1}, {4}));
  CHECK(holds<float>(filled(Missing::median).apply(later), Shape{1, 1}, {2}));
  CHECK(holds<float>(filled(Missing::mean).apply(train), Shape{4, 1}, {1, 4, 2, 9}));
  const std::vector<std::string> names{"height"};
  CHECK_FAILS(FeatureTransform::fit(train, {}, names), "feature 'height' is missing in some rows");
  CHECK_FAILS(FeatureTransform::fit(later, {.missing = Missing::mean}, names),
              "feature 'height' is missing in all rows to train on");
}

TEST_CASE("features: outliers by quartiles are clipped, in later rows too") {
  // Quartiles 2 and 4: bounds -1 and 7.
  const Array train = column({1, 2, 3, 4, 100});
  const auto fitted = FeatureTransform::fit(
      train, {.outliers = Outliers::clip, .rule = OutlierRule::iqr, .scaling = Scaling::none});
  CHECK(fitted.low == std::vector<float>{-1});
  CHECK(fitted.high == std::vector<float>{7});
  CHECK(holds<float>(fitted.apply(train), Shape{5, 1}, {1, 2, 3, 4, 7}));
  CHECK(holds<float>(fitted.apply(column({-50, 6})), Shape{2, 1}, {-1, 6}));
  CHECK(fitted.rows_to_train_on(train).size() == 5);
}

TEST_CASE("features: outliers by deviations drop rows to train on, later rows stay as they are") {
  std::vector<float> values(20, 1.0f);  // ten of 1, ten of 3, and one of 30: mean 3.33, deviation 6
  std::ranges::fill(std::span(values).first(10), 3.0f);
  values.push_back(30);
  const Array train = Array::of<float>(Shape{21, 1}, values);
  const auto fitted = FeatureTransform::fit(train, {.outliers = Outliers::drop});
  const auto rows = fitted.rows_to_train_on(train);
  CHECK(rows.size() == 20);
  CHECK(rows.back() == 19);
  CHECK(fitted.offset == std::vector<float>{2});  // of the rows that are left
  CHECK(fitted.scale == std::vector<float>{1});
  CHECK(holds<float>(fitted.apply(column({30})), Shape{1, 1}, {28}));
}

TEST_CASE("features: one that nearly always has the same value has no outliers by quartiles") {
  const Array rare = column({0, 0, 0, 0, 0, 0, 1, 0});
  const auto fitted = FeatureTransform::fit(
      rare, {.outliers = Outliers::drop, .rule = OutlierRule::iqr, .scaling = Scaling::none});
  CHECK(fitted.rows_to_train_on(rare).size() == 8);
  const Array spread = Array::of<float>(Shape{2, 2}, {0, 9, 9, 0});
  FeatureTransform narrow = FeatureTransform::fit(spread, {.outliers = Outliers::drop});
  narrow.low = {1, 1};
  CHECK_FAILS(narrow.rows_to_train_on(spread), "every row to train on has an outlier");
}

TEST_CASE("features: filled, bounded and scaled as scikit-learn and NumPy do it") {
  constexpr std::int64_t train_rows = 24;
  const Array table = golden_table(train_rows + 3);
  std::vector<std::uint32_t> first(train_rows), others(3);
  for (std::uint32_t i = 0; i < train_rows; ++i) first[i] = i;
  for (std::uint32_t i = 0; i < 3; ++i) others[i] = train_rows + i;
  const Array train = table.take(first), held_out = table.take(others);
  const nlohmann::json file = test::golden_file("features.json");
  CHECK(file.at("cases").size() == 19);
  for (const auto& golden : file.at("cases")) {
    const auto word = [&](const char* key) { return golden.at(key).get<std::string>(); };
    CAPTURE(golden.at("missing"));
    CAPTURE(word("outliers") + word("rule") + word("scaling"));
    const auto fitted =
        FeatureTransform::fit(train, {.missing = choice_of<Missing>(word("missing"), ""),
                                      .outliers = choice_of<Outliers>(word("outliers"), ""),
                                      .rule = choice_of<OutlierRule>(word("rule"), ""),
                                      .scaling = choice_of<Scaling>(word("scaling"), "")});
    CHECK(near(fitted.apply(train.take(fitted.rows_to_train_on(train))), golden.at("train")));
    CHECK(near(fitted.apply(held_out), golden.at("held_out")));
  }
}

TEST_CASE("features: JSON and back is exact, also of checkpoints that only standardised") {
  const Array inputs =
      Array::of<float>(Shape{3, 2}, {0.1f, 1e-7f, 0.7f, 3e9f, 1.0f / 3.0f, -2.5e-3f});
  for (const Outliers outliers : {Outliers::keep, Outliers::clip, Outliers::drop}) {
    const auto fitted =
        FeatureTransform::fit(inputs, {.missing = Missing::median, .outliers = outliers});
    const auto again = FeatureTransform::from_json(nlohmann::json::parse(fitted.to_json().dump()));
    CHECK(again.offset == fitted.offset);
    CHECK(again.scale == fitted.scale);
    CHECK(again.fill == fitted.fill);
    CHECK(again.low == fitted.low);
    CHECK(again.high == fitted.high);
    CHECK(again.drops == fitted.drops);
  }
  const auto old = FeatureTransform::from_json(nlohmann::json{{"mean", {2}}, {"scale", {4}}});
  CHECK(holds<float>(old.apply(column({10})), Shape{1, 1}, {2}));
}

TEST_CASE("features: damaged JSON and inputs of another width are errors") {
  const auto from = [](const char* text) {
    return FeatureTransform::from_json(nlohmann::json::parse(text));
  };
  CHECK_FAILS(from(R"({"mean":[1]})"), "lacks the list of numbers 'scale'");
  CHECK_FAILS(from(R"([])"), "lacks the list of numbers");
  CHECK_FAILS(from(R"({"offset":["x"],"scale":[1]})"), "lacks the list of numbers 'offset'");
  CHECK_FAILS(from(R"({"offset":[1,2],"scale":[1]})"), "has 2 offsets and 1 scales");
  CHECK_FAILS(from(R"({"offset":[1],"scale":[0]})"), "of feature 0 is wrong: scale 0");
  CHECK_FAILS(from(R"({"offset":[1e60],"scale":[1]})"), "of feature 0 is wrong");
  CHECK_FAILS(from(R"({"offset":[1],"scale":[1],"fill":[1,2]})"), "2 numbers of 'fill' for 1");
  CHECK_FAILS(from(R"({"offset":[1],"scale":[1],"fill":3})"), "list of numbers 'fill'");
  CHECK_FAILS(from(R"({"offset":[1],"scale":[1],"low":[1]})"), "1 and 0 bounds");
  CHECK_FAILS(from(R"({"offset":[1],"scale":[1],"low":[2],"high":[1],"drops":true})"), "is wrong");
  CHECK_FAILS(from(R"({"offset":[1],"scale":[1],"low":[1],"high":[1]})"), "whether it drops");
  const FeatureTransform two{.offset = {0, 0}, .scale = {1, 1}};
  CHECK_FAILS(two.apply(Array::of<float>(Shape{1, 3}, {1, 2, 3})), "have 3 features, but");
}

TEST_CASE("features: an unknown choice lists what is known") {
  CHECK(choice_of<Missing>("median", "--missing") == Missing::median);
  CHECK(word_of(Scaling::symmetric) == "symmetric");
  CHECK_FAILS(choice_of<OutlierRule>("sigma", "--outlier-rule"),
              "--outlier-rule: there is no 'sigma'; known are zscore, iqr");
}

}  // namespace lemnos::data
