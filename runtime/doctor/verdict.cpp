// SPDX-License-Identifier: Apache-2.0
#include "runtime/doctor/verdict.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

namespace lemnos::doctor {
namespace {

using Json = nlohmann::json;
constexpr std::array<const char*, 6> kind_names = {"right",   "wrong", "failed",
                                                   "crashed", "hung",  "skipped"};

std::string reason_of(const Finding& finding) {
  switch (finding.kind) {
    case Finding::Kind::wrong:
      if (!std::isfinite(finding.error.share))
        return fmt::format("wrong: not finite where the reference is, or the reverse ({})",
                           finding.name);
      return fmt::format("wrong: {:.3g} times the error allowed, {:.3g} ulp ({})",
                         finding.error.share, finding.error.ulp, finding.name);
    case Finding::Kind::failed:
      return fmt::format("failed: {} ({})", finding.detail, finding.name);
    case Finding::Kind::crashed:
      return fmt::format("crashed: {} ({})", finding.detail, finding.name);
    case Finding::Kind::hung:
      return fmt::format("hung: {} ({})", finding.detail, finding.name);
    default:
      return "";
  }
}

using Verdicts = std::map<std::string, Verdict>;

void add_right(const Finding& finding, Verdicts& verdicts) {
  for (const std::string& kernel : finding.kernels) {
    Verdict& verdict = verdicts[kernel];
    ++verdict.tries;
    if (finding.error.share > verdict.worst.share || verdict.worst_case.empty())
      verdict.worst_case = finding.name;
    verdict.worst.share = std::max(verdict.worst.share, finding.error.share);
    verdict.worst.ulp = std::max(verdict.worst.ulp, finding.error.ulp);
  }
}

void add_bad(const Finding& finding, Verdicts& verdicts) {
  std::uint32_t fewest = ~0u;
  for (const std::string& kernel : finding.kernels) {
    if (!verdicts[kernel].good) return;  // which explains it
    fewest = std::min(fewest, verdicts[kernel].tries);
  }
  for (const std::string& kernel : finding.kernels) {
    if (verdicts[kernel].tries != fewest) continue;
    verdicts[kernel].good = false;
    verdicts[kernel].reason = reason_of(finding);
  }
}

// JSON has no infinity.
Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }
double number_from(const Json& json) { return json.is_null() ? INFINITY : json.get<double>(); }

}  // namespace

std::vector<Verdict> judge(std::span<const Finding> findings) {
  Verdicts verdicts;
  std::vector<const Finding*> bad;
  for (const Finding& finding : findings) {
    for (const std::string& kernel : finding.kernels) verdicts[kernel].seconds += finding.seconds;
    if (finding.kind == Finding::Kind::right) add_right(finding, verdicts);
    if (finding.bad()) bad.push_back(&finding);
  }
  const auto kernels_of = [](const Finding* finding) { return finding->kernels.size(); };
  std::ranges::stable_sort(bad, {}, kernels_of);
  for (const Finding* finding : bad) add_bad(*finding, verdicts);
  std::vector<Verdict> all;
  for (auto& [kernel, verdict] : verdicts) {
    verdict.kernel = kernel;
    all.push_back(std::move(verdict));
  }
  return all;
}

std::vector<std::string> quarantined(std::span<const Verdict> verdicts) {
  std::vector<std::string> kernels;
  for (const Verdict& verdict : verdicts)
    if (!verdict.good) kernels.push_back(verdict.kernel);
  return kernels;
}

nlohmann::ordered_json to_json(const Finding& finding) {
  return {{"name", finding.name},
          {"kernels", finding.kernels},
          {"kind", kind_names[static_cast<std::size_t>(finding.kind)]},
          {"error", number(finding.error.share)},
          {"ulp", number(finding.error.ulp)},
          {"detail", finding.detail},
          {"seconds", finding.seconds}};
}

Finding finding_from(const Json& json) {
  const auto kind = std::ranges::find(kind_names, json.at("kind").get<std::string>());
  return {.name = json.at("name"),
          .kernels = json.at("kernels"),
          .kind = static_cast<Finding::Kind>(kind - kind_names.begin()),
          .error = {number_from(json.at("error")), number_from(json.at("ulp"))},
          .detail = json.at("detail"),
          .seconds = json.at("seconds")};
}

nlohmann::ordered_json to_json(const Verdict& verdict) {
  return {{"kernel", verdict.kernel},
          {"good", verdict.good},
          {"reason", verdict.reason},
          {"tries", verdict.tries},
          {"error", number(verdict.worst.share)},
          {"ulp", number(verdict.worst.ulp)},
          {"worst_case", verdict.worst_case},
          {"seconds", verdict.seconds}};
}

Verdict verdict_from(const Json& json) {
  return {.kernel = json.at("kernel"),
          .good = json.at("good"),
          .reason = json.at("reason"),
          .tries = json.at("tries"),
          .worst = {number_from(json.at("error")), number_from(json.at("ulp"))},
          .worst_case = json.at("worst_case"),
          .seconds = json.at("seconds")};
}

}  // namespace lemnos::doctor
