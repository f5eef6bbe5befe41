// SPDX-License-Identifier: Apache-2.0
// The doctor as a user meets it: at first use, on demand, and where a driver crashes or hangs. Each
// test takes seconds, for it tries every kernel.
#include "runtime/doctor/child.h"
#include "tests/cli/binary.h"

using namespace lemnos;
using namespace lemnos::test;

namespace {

// With a cache of its own, in which nothing is known yet.
constexpr const char* fresh = "LEMNOS_CACHE=cache LEMNOS_DOCTOR=on ";
constexpr const char* train =
    "$lemnos train mlp --data spirals --hidden 8 --steps 3 --json --out run";

bool is_lavapipe(const Workplace& place) {
  if (!have_device(place)) return false;
  const std::string text = place.lemnos("info --json").out;
  if (text.find("matmul_registers_texel") != std::string::npos) return true;
  skip("the kernel that this test breaks is that of lavapipe");
  return false;
}

double loss_of(const Output& output) { return output.json()["loss"].get<double>(); }

bool is_quarantined(const Workplace& place, const char* kernel) {
  const Output info = place.shell(fmt::format("{} $lemnos info", fresh));
  CHECK(info.code == 0);
  return info.out.find(fmt::format("  {} is not used: ", kernel)) != std::string::npos;
}

}  // namespace

TEST_CASE("doctor: the first use of a device tries its kernels and says so, the second does not") {
  const Workplace place;
  if (!have_device(place)) return;
  const Output first = place.shell(std::string(fresh) + train);
  CAPTURE(first.err);
  REQUIRE(first.code == 0);
  CHECK(first.says("trying its kernels, once"));
  CHECK(first.says(" 0 quarantined"));
  const Output second = place.shell(fmt::format("{} {}2", fresh, train));
  CHECK(second.code == 0);
  CHECK_FALSE(second.says("kernels"));
  const Output off = place.shell(
      "LEMNOS_CACHE=other LEMNOS_DOCTOR=off $lemnos train mlp --data spirals --steps 1 --out off");
  CHECK(off.code == 0);
  CHECK_FALSE(off.says("kernels"));
}

TEST_CASE("doctor: a driver that crashes over a kernel is survived, and training is the same") {
  const Workplace place;
  if (!is_lavapipe(place)) return;
  const Output good = place.shell(std::string("LEMNOS_CACHE=cache ") + train + "-good");
  const Output output = place.shell(
      fmt::format("{} LEMNOS_DOCTOR_FAULT=crash:matmul_registers_texel {}", fresh, train));
  CAPTURE(output.err);
  REQUIRE(output.code == 0);
  CHECK(output.says("matmul_registers_texel is not used on "));
  CHECK(output.says("crashed: signal 6 ended the process"));
  CHECK(is_quarantined(place, "matmul_registers_texel"));
  CHECK(loss_of(output) == doctest::Approx(loss_of(good)).epsilon(1e-4));
}

TEST_CASE(
    "doctor: where no kernel is left for an operation, that is an error and says what to do") {
  const Workplace place;
  if (!have_device(place)) return;
  const Output report =
      place.shell(std::string(fresh) + "LEMNOS_DOCTOR_FAULT=wrong:fill $lemnos doctor");
  CAPTURE(report.err);
  CHECK(report.code == 1);
  CHECK(report.out.find("BAD   fill") != std::string::npos);
  CHECK(report.out.find("no kernel is left on ") != std::string::npos);
  CHECK(is_quarantined(place, "fill"));
}

TEST_CASE("doctor: the report has device, limits and a verdict for each kernel, as text and JSON") {
  const Workplace place;
  if (!have_device(place)) return;
  const Output json = place.shell(std::string(fresh) + "$lemnos doctor --json");
  CAPTURE(json.err);
  REQUIRE(json.code == 0);
  const auto report = json.json();
  CHECK(report["device"]["uuid"].get<std::string>().size() == 32);
  CHECK(report["limits"]["max_group_invocations"] >= 128);
  CHECK(report["heaps"].size() >= 1);
  CHECK(report["examination"]["in_child"] == true);
  CHECK(report["examination"]["kernels"].size() > 50);
  for (const auto& kernel : report["examination"]["kernels"]) {
    CHECK(kernel["good"] == true);
    CHECK(kernel["tries"] > 0);
    CHECK(kernel["error"] <= 1);
  }
}

TEST_CASE("doctor: a cache that cannot be written costs the memory of what was found, no more") {
  const Workplace place;
  if (!have_device(place)) return;
  const Output output = place.shell("LEMNOS_CACHE=/dev/null/none LEMNOS_DOCTOR=on $lemnos doctor");
  CAPTURE(output.err);
  CHECK(output.code == 0);
  CHECK(output.says("is not kept"));
  CHECK(output.out.find(" 0 quarantined") != std::string::npos);
}

TEST_CASE("doctor: a program without the lemnos binary beside it tries the kernels itself") {
  const Workplace place;
  if (!have_device(place)) return;
  const Output output =
      place.shell(std::string(fresh) + "LEMNOS_SELF=/nowhere/lemnos $lemnos doctor --json");
  CHECK(output.code == 0);
  CHECK(output.says("in this process"));
  CHECK(output.json()["examination"]["in_child"] == false);
}

TEST_CASE("profile: LEMNOS_PROFILE=FILE.json gives other kernels, and wrong ones are wrong usage") {
  const Workplace place;
  if (!have_device(place)) return;
  const Output small = place.shell(
      "echo '{\"max_group_invocations\": 128}' > p.json && LEMNOS_PROFILE=p.json $lemnos info "
      "--json");
  CHECK(small.code == 0);
  CHECK(small.out.find("\"group_invocations\":128") != std::string::npos);
  for (const char* text : {"{\"shared_bytes\": 4000000000}", "{\"no_such\": 1}", "nonsense"}) {
    const Output wrong =
        place.shell(fmt::format("echo '{}' > p.json && LEMNOS_PROFILE=p.json {}", text, train));
    CHECK(wrong.code == 2);
    CHECK(wrong.says("LEMNOS_PROFILE p.json: "));
  }
  CHECK(place.shell("LEMNOS_PROFILE=none.json $lemnos info").code == 2);
}

// Ten seconds, of which most are waited for.
TEST_SUITE("long") {
  TEST_CASE("doctor: a driver that hangs over a kernel is survived") {
    const Workplace place;
    if (!is_lavapipe(place)) return;
    ::setenv("LEMNOS_DOCTOR_FAULT", "hang:softmax_lane", 1);
    const auto findings =
        doctor::check_up_in_child(LEMNOS_BINARY_DIR "/lemnos", "0", doctor::Scope::first_use, 5);
    ::unsetenv("LEMNOS_DOCTOR_FAULT");
    const auto verdicts = doctor::judge(findings);
    CHECK(doctor::quarantined(verdicts) == std::vector<std::string>{"softmax_lane"});
    for (const doctor::Verdict& verdict : verdicts)
      if (!verdict.good) CHECK(verdict.reason.starts_with("hung: no end after 5 seconds"));
  }
}
