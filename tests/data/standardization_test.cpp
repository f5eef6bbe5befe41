// SPDX-License-Identifier: Apache-2.0
#include "data/datasets/standardization.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "tests/data/fixtures.h"

namespace lemnos::data {

TEST_CASE("standardization: features get mean 0 and deviation 1, constant ones stay finite") {
  const Array inputs = Array::of<float>(Shape{4, 3}, {1, 10, 0.1f, 3, 30, 0.1f,  //
                                                      1, 10, 0.1f, 3, 30, 0.1f});
  const auto fitted = Standardization::fit(inputs);
  CHECK(fitted.mean == std::vector<float>{2, 20, 0.1f});
  CHECK(fitted.scale == std::vector<float>{1, 10, 1});
  CHECK(holds<float>(fitted.apply(inputs), Shape{4, 3}, {-1, -1, 0, 1, 1, 0, -1, -1, 0, 1, 1, 0}));
}

TEST_CASE("standardization: the test split is moved by the training split's figures") {
  const auto fitted = Standardization::fit(Array::of<float>(Shape{2, 1}, {0, 4}));
  CHECK(holds<float>(fitted.apply(Array::of<float>(Shape{1, 1}, {10})), Shape{1, 1}, {4}));
}

TEST_CASE("standardization: JSON and back is exact") {
  const auto fitted = Standardization::fit(
      Array::of<float>(Shape{3, 2}, {0.1f, 1e-7f, 0.7f, 3e9f, 1.0f / 3.0f, -2.5e-3f}));
  const auto again = Standardization::from_json(nlohmann::json::parse(fitted.to_json().dump()));
  CHECK(again.mean == fitted.mean);
  CHECK(again.scale == fitted.scale);
}

TEST_CASE("standardization: damaged JSON and inputs of another width are errors") {
  const auto from = [](const char* text) {
    return Standardization::from_json(nlohmann::json::parse(text));
  };
  CHECK_FAILS(from(R"({"mean":[1]})"), "lacks the list of numbers 'scale'");
  CHECK_FAILS(from(R"([])"), "lacks the list of numbers 'mean'");
  CHECK_FAILS(from(R"({"mean":["x"],"scale":[1]})"), "lacks the list of numbers 'mean'");
  CHECK_FAILS(from(R"({"mean":[1,2],"scale":[1]})"), "has 2 means and 1 scales");
  CHECK_FAILS(from(R"({"mean":[1],"scale":[0]})"), "of feature 0 is wrong: mean 1, scale 0");
  CHECK_FAILS(from(R"({"mean":[1e60],"scale":[1]})"), "of feature 0 is wrong");
  const Standardization two{{0, 0}, {1, 1}};
  CHECK_FAILS(two.apply(Array::of<float>(Shape{1, 3}, {1, 2, 3})), "have 3 features, but");
}

}  // namespace lemnos::data
