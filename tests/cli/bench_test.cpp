// SPDX-License-Identifier: Apache-2.0
// lemnos bench: what it writes can be read and compared, and wrong usage comes before measuring.
#include <algorithm>
#include <filesystem>

#include "nn/bench/result.h"
#include "tests/cli/binary.h"

using namespace lemnos::test;
namespace bench = lemnos::bench;
namespace fs = std::filesystem;

TEST_CASE("cli: bench writes what it measured as JSON, CSV and a page, and compares it") {
  const Workplace place;
  if (!have_device(place)) return;
  const std::string quick = "bench ceilings --quick --match 'ceiling sub*' --json ";
  const Output first = place.lemnos(quick + "a.json --csv a.csv --report a.html");
  CAPTURE(first.err);
  REQUIRE(first.code == 0);
  CHECK(first.out.find("ceiling submission") != std::string::npos);
  const bench::Result result = bench::read_result(place / "a.json");
  REQUIRE(result.rows.size() == 1);
  CHECK(result.rows[0].times().size() >= 20);
  CHECK(result.header.quick);
  CHECK(lemnos::os::read_text(place / "a.csv").find("ceiling submission") != std::string::npos);
  CHECK(lemnos::os::read_text(place / "a.html").find("ceiling submission") != std::string::npos);

  const Output same = place.lemnos("bench --compare a.json a.json");
  CHECK(same.code == 0);
  CHECK(same.out.find("no real difference") != std::string::npos);
  const Output since = place.lemnos(quick + "b.json --compare a.json");
  CHECK(since.code <= 1);  // it may have got slower
  CHECK(since.out.find("ceiling submission") != std::string::npos);
  CHECK(fs::exists(place / "b.json"));
}

TEST_CASE("cli: bench names the rows it would measure") {
  const Workplace place;
  if (!have_device(place)) return;
  const Output listed = place.lemnos("bench ops --match 'add *' --list");
  CHECK(listed.code == 0);
  CHECK(listed.out.starts_with("ceiling f32 arithmetic\nceiling copy\nadd "));
}

TEST_CASE("cli: bench refuses wrong usage before it measures") {
  const Workplace place;
  const auto refuses = [&](const std::string& arguments, int code, const std::string& named) {
    const Output output = place.lemnos("bench " + arguments);
    CAPTURE(arguments);
    CAPTURE(output.err);
    CHECK(output.code == code);
    CHECK(output.out.empty());
    CHECK(output.err.starts_with("lemnos: "));
    CHECK(output.says(named.c_str()));
  };
  refuses("everything", 2, "everything");
  refuses("--json no/such/folder/a.json", 1, "no/such/folder");
  refuses("--json a --csv a", 2, "twice");
  refuses("--compare missing.json", 1, "missing.json");
  refuses("--compare a b c", 2, "c");
  CHECK(!fs::exists(place / "a"));
  if (!have_device(place)) return;
  refuses("--match nothing-like-this", 2, "nothing-like-this");
  refuses("--device 99", 2, "99");
}

TEST_CASE("cli: bench that is interrupted writes the rows it has, and says so") {
  const Workplace place;
  if (!have_device(place)) return;
  const Output stopped = place.shell(
      "( $lemnos bench ceilings --json a.json & pid=$!; sleep 2; kill -TERM $pid; wait $pid )");
  CAPTURE(stopped.err);
  CHECK(stopped.code == 0);
  CHECK(stopped.says("stopped: "));
  const bench::Result result = bench::read_result(place / "a.json");
  CHECK(result.rows.size() < 12);
}

// Seconds: two processes compile a model, the first of them everything.
TEST_CASE("cli: bench measures how long new processes take until a model trains") {
  const Workplace place;
  if (!have_device(place)) return;
  const Output output =
      place.lemnos("bench models --quick --match 'mlp 784* train *' --json a.json");
  CAPTURE(output.err);
  REQUIRE(output.code == 0);
  const bench::Result result = bench::read_result(place / "a.json");
  REQUIRE(result.rows.size() == 1);
  const bench::Row& row = result.rows[0];
  CHECK(row.checked);
  for (const char* name : {"compile, cold", "first step, cold", "compile, warm"}) {
    CAPTURE(name);
    const auto extra = std::ranges::find(row.extras, name, &bench::Row::Extra::name);
    REQUIRE(extra != row.extras.end());
    CHECK(extra->value > 0);
    CHECK(extra->note.empty());
  }
}
