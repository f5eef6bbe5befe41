// SPDX-License-Identifier: Apache-2.0
#include "nn/train/run_fields.h"

#include <doctest/doctest.h>

using namespace lemnos;

namespace {

// Not what holds where nothing is said.
std::string some_text(const RunField& field) {
  if (!field.choices.empty()) return field.choices.back();
  return field.type == "FLOAT" ? "0.75" : "7";
}

}  // namespace

TEST_CASE("run fields: what is set is read again as text, and kept in config.json") {
  RunConfig plain;
  plain.precision = "f16";  // --loss-scale is for no other
  for (const RunField& field : run_fields()) {
    CAPTURE(field.name);
    CHECK(field.text(RunConfig()).empty());
    RunConfig config = plain;
    field.set(config, some_text(field));
    CHECK(field.text(config) == some_text(field));
    CHECK(config.to_json() != plain.to_json());
  }
}

TEST_CASE("run fields: text that is no such value is wrong usage, whatever the field") {
  for (const RunField& field : run_fields()) {
    if (field.type == "TEXT") continue;
    CAPTURE(field.name);
    RunConfig config;
    for (const char* wrong : {"", "x", "1x", "99999999999999999999x"})
      CHECK_THROWS_WITH_AS(field.set(config, wrong), doctest::Contains(flag_of(field.name).c_str()),
                           Error);
  }
}
