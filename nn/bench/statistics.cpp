// SPDX-License-Identifier: Apache-2.0
#include "nn/bench/statistics.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "runtime/base/error.h"
#include "runtime/base/philox.h"

namespace lemnos::bench {
namespace {

constexpr int resamples = 10'000;
constexpr std::uint64_t seed = 1979;

std::vector<double> sorted(std::span<const double> values) {
  std::vector<double> copy(values.begin(), values.end());
  std::ranges::sort(copy);
  return copy;
}

double percentile_of_sorted(std::span<const double> values, double percent) {
  if (values.empty()) return 0;
  const double place = percent / 100 * static_cast<double>(values.size() - 1);
  const auto below = std::min(static_cast<std::size_t>(place), values.size() - 1);
  const auto above = std::min(below + 1, values.size() - 1);
  return std::lerp(values[below], values[above], place - static_cast<double>(below));
}

// One resample of a sorted sample as how often each value was drawn; its median follows without
// sorting.
double median_of_resample(std::span<const double> values, std::uint32_t stream, int resample,
                          std::vector<std::uint32_t>& drawn) {
  const std::size_t n = values.size();
  drawn.assign(n, 0);
  PhiloxWords words{};
  for (std::size_t i = 0; i < n; ++i) {
    if (i % 4 == 0)
      words = philox_block(seed, stream, static_cast<std::uint64_t>(resample),
                           static_cast<std::uint32_t>(i / 4));
    ++drawn[static_cast<std::size_t>(std::uint64_t{words[i % 4]} * n >> 32)];
  }
  std::size_t at = 0, passed = drawn[0];
  const auto value_at = [&](std::size_t place) {  // of the resample in order
    while (passed <= place) passed += drawn[++at];
    return values[at];
  };
  const double lower = value_at((n - 1) / 2);
  return (lower + value_at(n / 2)) / 2;
}

}  // namespace

double percentile(std::span<const double> values, double percent) {
  check(percent >= 0 && percent <= 100, "a percentile is from 0 to 100, not {}", percent);
  return percentile_of_sorted(sorted(values), percent);
}

double median(std::span<const double> values) { return percentile(values, 50); }

double variation(std::span<const double> values) {
  if (values.size() < 2) return 0;
  const auto ordered = sorted(values);
  const double middle = percentile_of_sorted(ordered, 50);
  if (middle == 0) return 0;
  constexpr double quartiles_of_normal = 1.349;  // apart, in standard deviations
  return (percentile_of_sorted(ordered, 75) - percentile_of_sorted(ordered, 25)) /
         quartiles_of_normal / middle;
}

double drift(std::span<const double> values) {
  if (values.size() < 6) return 0;
  const std::size_t third = values.size() / 3;
  const double first = median(values.first(third));
  return first == 0 ? 0 : median(values.last(third)) / first - 1;
}

std::string_view name_of(Verdict verdict) {
  constexpr std::string_view names[] = {"stable", "not stable", "throttling"};
  return names[static_cast<std::size_t>(verdict)];
}

Stability Stability::of(std::span<const double> times) {
  Stability found{.variation = bench::variation(times), .drift = bench::drift(times)};
  if (found.variation > limit) found.verdict = Verdict::not_stable;
  const std::size_t third = times.size() / 3;
  if (found.drift > limit && percentile(times.last(third), 25) > percentile(times.first(third), 75))
    found.verdict = Verdict::throttling;
  return found;
}

Interval ratio_of_medians(std::span<const double> a, std::span<const double> b, double confidence) {
  check(!a.empty() && !b.empty(), "a ratio of medians needs times on both sides");
  check(confidence > 0 && confidence < 1, "a confidence is between 0 and 1, not {}", confidence);
  const auto of_a = sorted(a), of_b = sorted(b);
  check(of_a.front() > 0 && of_b.front() > 0, "a ratio of medians needs times above 0");
  std::vector<std::uint32_t> drawn;
  std::vector<double> ratios(resamples);
  for (int i = 0; i < resamples; ++i)
    ratios[static_cast<std::size_t>(i)] =
        median_of_resample(of_b, 1, i, drawn) / median_of_resample(of_a, 0, i, drawn);
  std::ranges::sort(ratios);
  const double outside = (1 - confidence) / 2 * 100;
  return {percentile_of_sorted(ratios, outside), percentile_of_sorted(ratios, 100 - outside)};
}

}  // namespace lemnos::bench
