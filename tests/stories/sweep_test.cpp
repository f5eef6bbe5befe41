// SPDX-License-Identifier: Apache-2.0
// A sweep that was interrupted, however rudely, ends with the same table as one that was not.
#include "data/formats/jsonl.h"
#include "tests/cli/binary.h"

using namespace lemnos;
using namespace lemnos::test;

namespace {

// Three kinds of points, as in Fisher's irises: one far from two that touch.
void write_flowers(const std::filesystem::path& path) {
  std::string table = "long,wide,kind\n";
  for (int i = 0; i < 90; ++i) {
    const int kind = i % 3;
    const double a = (i * 37 % 29) / 29.0, b = (i * 53 % 31) / 31.0;
    table += fmt::format("{:.4f},{:.4f},{}\n", a + (kind == 0 ? 4 : 0), b + (kind == 2 ? 0.8 : 0),
                         "xyz"[kind]);
  }
  os::write_file(path, table);
}

constexpr const char* sweep =
    "sweep mlp --data flowers.csv --steps 120 --checkpoint-every 20 --folds 3 "
    "--grid lr=1e-3,3e-2 --grid hidden=2,16 ";

// All but the folder.
nlohmann::json table_of(const Output& output) {
  CAPTURE(output.err);
  REQUIRE(output.code == 0);
  nlohmann::json table = output.json()["trials"];
  for (auto& trial : table) trial.erase("runs");
  return table;
}

std::uint64_t steps_of(const std::filesystem::path& run) {
  std::uint64_t steps = 0;
  for (const auto& line : data::read_jsonl(run / "metrics.jsonl"))
    if (line["kind"] == "train") ++steps;
  return steps;
}

}  // namespace

TEST_CASE("sweep: killed and stopped on the way, a 2x2 grid with folds ends with the same table") {
  const Workplace place;
  if (!have_device(place)) return;
  write_flowers(place / "flowers.csv");
  const auto whole = table_of(place.lemnos(sweep + std::string("--out whole --json --quiet")));
  REQUIRE(whole.size() == 4);
  CHECK(whole[0]["value"] > 0.85);
  CHECK(whole[0]["value"] > whole[3]["value"]);
  CHECK(whole[3]["settings"]["lr"] == "1e-3");
  CHECK(whole[0]["spread"].get<double>() >= 0);
  for (int fold = 0; fold < 3; ++fold)
    CHECK(place.lemnos(fmt::format("eval whole/trial-1/fold-{}", fold)).code == 0);

  const std::string kill_at =  // in the middle of trial 2
      "until grep -q '\"step\":60,' parts/trial-2/fold-1/metrics.jsonl 2>/dev/null; do sleep 0.01; "
      "done; kill -KILL $child; wait $child";
  const Output killed =
      place.shell(fmt::format("$lemnos {} --out parts & child=$!; {}", sweep, kill_at));
  CHECK(killed.code == 137);  // it had not ended by itself
  const auto first = std::filesystem::last_write_time(place / "parts/trial-1/fold-2/metrics.jsonl");
  const std::string stop_at =  // and stopped politely in trial 3
      "until grep -q '\"step\":60,' parts/trial-3/fold-0/metrics.jsonl 2>/dev/null; do sleep 0.01; "
      "done; kill -INT $child; wait $child";
  const Output stopped =
      place.shell(fmt::format("$lemnos sweep --resume parts --json & child=$!; {}", stop_at));
  CAPTURE(stopped.err);
  REQUIRE(stopped.code == 0);
  CHECK(stopped.json()["stopped"] == true);
  CHECK(stopped.says("sweep --resume parts goes on"));
  CHECK(stopped.says("trial 2 of 4, fold"));  // the one it was in, on a busy machine the next
  CHECK(!stopped.says("trial 1 of 4, fold"));
  // The same command again goes on as well.
  const auto parts = table_of(place.lemnos(sweep + std::string("--out parts --json --quiet")));
  CHECK(parts == whole);
  CHECK(std::filesystem::last_write_time(place / "parts/trial-1/fold-2/metrics.jsonl") == first);
  CHECK(steps_of(place / "parts/trial-2/fold-1") == 120);
  const Output done = place.lemnos("sweep --resume parts --json");
  CHECK(table_of(done) == whole);
  CHECK(done.err.empty());  // nothing ran
}
