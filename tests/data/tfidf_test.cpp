// SPDX-License-Identifier: Apache-2.0
#include "data/text/tfidf.h"

#include <nlohmann/json.hpp>

#include "tests/data/fixtures.h"

namespace lemnos::data {
namespace {

using nlohmann::json;
using Texts = std::vector<std::string>;

TfIdf fit(const Texts& texts, std::int64_t features) {
  return TfIdf::fit(
      fit_tokenizer({.kind = TokenKind::words, .vocabulary = token::first + features}, texts),
      texts);
}

}  // namespace

TEST_CASE("tfidf: words, weights and vectors are scikit-learn's") {
  const auto path = std::filesystem::path(LEMNOS_SOURCE_DIR) / "tests/golden/tfidf.json";
  const json golden = json::parse(os::read_text(path));
  const auto vocabulary = golden["vocabulary"].get<Texts>();
  const TfIdf weights =
      fit(golden["train"].get<Texts>(), static_cast<std::int64_t>(vocabulary.size()));
  CHECK(weights.names() == vocabulary);
  const auto idf = golden["idf"].get<std::vector<double>>();
  REQUIRE(weights.idf.size() == idf.size());
  for (std::size_t i = 0; i < idf.size(); ++i)
    CHECK(weights.idf[i] == doctest::Approx(idf[i]).epsilon(1e-14));
  for (const std::string split : {"train", "held_out"}) {
    const auto rows = golden[split + "_rows"].get<std::vector<std::vector<double>>>();
    const Array table = weights.apply(golden[split].get<Texts>());
    REQUIRE(table.shape == Shape{static_cast<std::int64_t>(rows.size()), weights.features()});
    for (std::size_t i = 0; i < rows.size() * idf.size(); ++i)
      CHECK(table.as<float>()[i] == static_cast<float>(rows[i / idf.size()][i % idf.size()]));
  }
}

TEST_CASE("tfidf: comes back from its JSON as it was, and damaged JSON is refused") {
  const Texts texts{"a b c", "b c", "c"};
  const TfIdf weights = fit(texts, 3);
  const json stored = json::parse(weights.to_json().dump());
  CHECK(TfIdf::from_json(stored).apply(texts).bytes == weights.apply(texts).bytes);
  const auto damaged = [&](const char* key, const json& value) {
    json copy = stored;
    copy[key] = value;
    CHECK_FAILS(TfIdf::from_json(copy), "damaged");
  };
  damaged("idf", {1, 2});
  damaged("idf", {1, 2, 0.5});
  damaged("idf", {1, 2, nullptr});
  damaged("idf", "x");
  damaged("tokens", json::object());
  CHECK_FAILS(TfIdf::from_json(json::array()), "damaged");
}

TEST_CASE("tfidf: nothing to fit on, and nothing to weigh, are errors") {
  CHECK_FAILS(TfIdf::fit(fit_tokenizer({}, {}), {}), "there are no texts to weigh words by");
  CHECK_FAILS(fit(Texts{"a"}, 5).apply({}), "there are no texts");
}

}  // namespace lemnos::data
