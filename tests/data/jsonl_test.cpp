// SPDX-License-Identifier: Apache-2.0
#include "data/formats/jsonl.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "data/formats/bytes.h"
#include "runtime/base/log.h"
#include "tests/data/fixtures.h"

namespace lemnos::data {

using nlohmann::json;

TEST_CASE("jsonl: lines appended are read back in order, non-finite numbers as null") {
  const ScratchFolder folder;
  const auto path = folder / "metrics.jsonl";
  append_jsonl(path, {{"step", 1}, {"loss", 0.5}});
  append_jsonl(path, {{"step", 2}, {"loss", std::nan("")}});
  CHECK(read_jsonl(path) ==
        std::vector<json>{{{"step", 1}, {"loss", 0.5}}, {{"step", 2}, {"loss", nullptr}}});
  CHECK_FAILS(append_jsonl(path, json::array()), "must be an object");
}

TEST_CASE("jsonl: a line that is not an object is an error with its number") {
  CHECK_FAILS(parse_jsonl("{}\n[]\n", "m.jsonl"), "m.jsonl: line 2 is not a JSON object");
  CHECK_FAILS(parse_jsonl("{}\n\n", "m.jsonl"), "m.jsonl: line 2 is not a JSON object");
  CHECK_FAILS(parse_jsonl("{\"a\":}\n", "m.jsonl"), "m.jsonl: line 1 is not a JSON object");
  CHECK_FAILS(parse_jsonl("{\"a\":" + std::string(100000, '[') + "\n", "m.jsonl"),
              "m.jsonl: line 1 is nested more than 64 deep");
}

TEST_CASE("jsonl: a last line without its newline is what a crash left and is dropped") {
  CHECK(parse_jsonl("{\"a\":1}\n{\"a\":", "m.jsonl").size() == 1);
  CHECK(parse_jsonl("{\"a\":1}", "m.jsonl").empty());
}

TEST_CASE("jsonl: cutting keeps the chosen lines byte for byte and mends a torn end") {
  const ScratchFolder folder;
  const auto path = folder / "metrics.jsonl";
  os::write_file(path, "{\"step\": 1}\n{ \"step\":2 }\n{\"step\":3}\n{\"st");
  const auto early = [](const json& line) { return line["step"] <= 2; };
  CHECK(cut_jsonl(path, early) == 2);
  CHECK(os::read_text(path) == "{\"step\": 1}\n{ \"step\":2 }\n");
  CHECK(cut_jsonl(path, early) == 0);
  append_jsonl(path, {{"step", 3}});
  CHECK(read_jsonl(path).size() == 3);
  CHECK(cut_jsonl(folder / "absent.jsonl", early) == 0);
}

TEST_CASE("jsonl: thousands of damaged files neither crash nor escape as other exceptions") {
  log::set_level(log::Level::off);  // each torn end would be said
  survives_mutations(fixture_bytes("shuffles.jsonl"), [](Bytes bytes, std::string_view name) {
    return parse_jsonl(text_of(bytes), name);
  });
  log::set_level(log::Level::info);
}

}  // namespace lemnos::data
