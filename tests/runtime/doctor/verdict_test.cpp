// SPDX-License-Identifier: Apache-2.0
#include "runtime/doctor/verdict.h"

#include <doctest/doctest.h>

#include <cmath>

using namespace lemnos;
using namespace lemnos::doctor;

namespace {

Finding right(std::vector<std::string> kernels, double share = 0.5) {
  return {.name = "fine", .kernels = std::move(kernels), .error = {share, 2 * share}};
}
Finding wrong(std::vector<std::string> kernels, const char* name = "case") {
  return {
      .name = name, .kernels = std::move(kernels), .kind = Finding::Kind::wrong, .error = {3, 7}};
}
std::vector<std::string> bad(const std::vector<Finding>& findings) {
  return quarantined(judge(findings));
}
using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("verdict: a kernel that was right everywhere is good, with its worst error") {
  const auto verdicts = judge(std::vector{right({"a"}, 0.25), right({"a", "b"}, 0.75)});
  REQUIRE(verdicts.size() == 2);
  CHECK(verdicts[0].kernel == "a");
  CHECK(verdicts[0].good);
  CHECK(verdicts[0].tries == 2);
  CHECK(verdicts[0].worst.share == 0.75);
  CHECK(verdicts[0].worst.ulp == 1.5);
  CHECK(verdicts[1].tries == 1);
}

TEST_CASE("verdict: one wrong case is enough, and is told") {
  const auto verdicts = judge(std::vector{right({"a"}), wrong({"a"}, "softmax, sample 3")});
  REQUIRE(verdicts.size() == 1);
  CHECK_FALSE(verdicts[0].good);
  CHECK(verdicts[0].reason == "wrong: 3 times the error allowed, 7 ulp (softmax, sample 3)");
}

TEST_CASE("verdict: of several kernels the one that is wrong alone is to blame") {
  CHECK(bad({wrong({"a", "b"}), right({"b"}), right({"a"}), wrong({"a"})}) == Names{"a"});
}

TEST_CASE("verdict: else those that were right in the fewest other cases are") {
  CHECK(bad({right({"sum"}), right({"sum"}), right({"product"}), wrong({"product", "sum"})}) ==
        Names{"product"});
  CHECK(bad({right({"sum"}), wrong({"product", "pack", "sum"})}) == Names{"pack", "product"});
}

TEST_CASE("verdict: crashes and hangs count, want of memory does not") {
  Finding crash = wrong({"a"}), hang = wrong({"b"}), skipped = wrong({"c"});
  crash.kind = Finding::Kind::crashed;
  crash.detail = "signal 6 ended the process";
  hang.kind = Finding::Kind::hung;
  skipped.kind = Finding::Kind::skipped;
  const auto verdicts = judge(std::vector{crash, hang, skipped});
  CHECK(quarantined(verdicts) == Names{"a", "b"});
  CHECK(verdicts[0].reason == "crashed: signal 6 ended the process (case)");
}

TEST_CASE("verdict: findings and verdicts are the same after JSON, infinite errors too") {
  Finding finding = wrong({"a", "b"});
  finding.error = {INFINITY, INFINITY};
  finding.detail = "it \"failed\"";
  const Finding again = finding_from(nlohmann::json::parse(to_json(finding).dump()));
  CHECK(again.name == finding.name);
  CHECK(again.kernels == finding.kernels);
  CHECK(again.kind == finding.kind);
  CHECK(again.error.share == INFINITY);
  CHECK(again.detail == finding.detail);

  const Verdict verdict = judge(std::vector{finding}).front();
  const Verdict same = verdict_from(nlohmann::json::parse(to_json(verdict).dump()));
  CHECK(same.kernel == verdict.kernel);
  CHECK(same.good == verdict.good);
  CHECK(same.reason == verdict.reason);
}
