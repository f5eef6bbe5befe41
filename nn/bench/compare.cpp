// SPDX-License-Identifier: Apache-2.0
#include "nn/bench/compare.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "runtime/base/error.h"

namespace lemnos::bench {
namespace {

constexpr std::size_t least_times = 3;

double floor_of(std::span<const double> a, std::span<const double> b) {
  return std::max({Comparison::least, 3 * variation(a), 3 * variation(b)});
}

// Only what was built can make a difference then, and that is the same.
bool is_repeated(const Header& a, const Header& b) {
  return a.device == b.device && a.driver == b.driver && a.driver_version == b.driver_version &&
         a.version == b.version && a.commit == b.commit && a.commit != "unknown" &&
         !a.commit.ends_with("dirty");
}

double noise_of(std::span<const Difference> rows) {
  constexpr std::size_t least_rows = 10;
  constexpr double median_of_normal = 0.6745;  // of its size, in standard deviations
  std::vector<double> sizes;
  for (const Difference& row : rows)
    if (row.interval.high > 0) sizes.push_back(std::abs(std::log(row.ratio)));
  return sizes.size() < least_rows ? 0 : median(sizes) / median_of_normal;
}

// A third longer and a quarter less time are the same distance.
bool beyond(double ratio, double floor) { return std::abs(std::log(ratio)) > std::log1p(floor); }

Change change_of(const Difference& row) {
  if (row.interval.contains(1) || !beyond(row.ratio, row.floor)) return Change::none;
  return row.ratio > 1 ? Change::slower : Change::faster;
}

Change change_of_answers(const Row& a, const Row& b) {
  if (a.pass && !b.pass) return Change::became_wrong;
  if (!a.pass && b.pass) return Change::became_right;
  return a.pass ? Change::none : Change::wrong;
}

bool positive(std::span<const double> times) {
  return std::ranges::all_of(times, [](double ms) { return ms > 0; });
}

// As of what neither device can do.
bool nothing_measured(const Row& a, const Row& b) {
  return a.times().empty() && b.times().empty() && a.pass && b.pass;
}

Difference difference(const Row& a, const Row& b) {
  Difference row{.name = a.name, .part = a.part, .change = change_of_answers(a, b)};
  const auto [of_a, of_b] = same_clock(a, b);
  if (of_a.empty()) {
    if (row.change == Change::none)
      row.change = a.times().empty()   ? Change::only_b
                   : b.times().empty() ? Change::only_a
                                       : Change::not_known;
    return row;
  }
  row.a_ms = median(of_a);
  row.b_ms = median(of_b);
  const bool enough = std::min(of_a.size(), of_b.size()) >= least_times;
  if (row.a_ms > 0) row.ratio = row.b_ms / row.a_ms;
  if (enough && positive(of_a) && positive(of_b)) {
    row.interval = ratio_of_medians(of_a, of_b, Comparison::confidence);
    row.floor = floor_of(of_a, of_b);
  } else if (row.change == Change::none) {
    row.change = Change::not_known;
  }
  return row;
}

Difference only_one(const Row& row, Change change) {
  const double ms = row.ms_median();
  return {.name = row.name,
          .part = row.part,
          .a_ms = change == Change::only_a ? ms : 0,
          .b_ms = change == Change::only_b ? ms : 0,
          .change = change};
}

}  // namespace

std::string_view name_of(Change change) {
  constexpr std::string_view names[] = {"no real difference", "faster",       "slower",
                                        "became wrong",       "became right", "wrong in both",
                                        "only in a",          "only in b",    "too few times"};
  return names[static_cast<std::size_t>(change)];
}

std::size_t Comparison::count(Change change) const {
  return static_cast<std::size_t>(std::ranges::count(rows, change, &Difference::change));
}

bool Comparison::differs() const {
  return count(Change::none) + count(Change::not_known) < rows.size();
}

bool Comparison::got_worse() const {
  return count(Change::slower) + count(Change::became_wrong) > 0;
}

Comparison compare(const Result& a, const Result& b) {
  if (a.header.suite != b.header.suite)
    fail_usage(
        "these results are of suite {} and suite {}, which do different work: measure both with "
        "the same version of lemnos bench",
        a.header.suite, b.header.suite);
  Comparison found{.a = a.header, .b = b.header};
  for (const Row& row : a.rows) {
    const Row* other = b.find(row.name);
    if (other != nullptr && nothing_measured(row, *other)) continue;
    found.rows.push_back(other == nullptr ? only_one(row, Change::only_a)
                                          : difference(row, *other));
  }
  if (is_repeated(a.header, b.header)) found.noise = noise_of(found.rows);
  for (Difference& row : found.rows) {
    if (row.interval.high == 0) continue;
    row.floor = std::max(row.floor, std::expm1(3 * found.noise));
    if (row.change == Change::none) row.change = change_of(row);
  }
  for (const Row& row : b.rows)
    if (a.find(row.name) == nullptr) found.rows.push_back(only_one(row, Change::only_b));
  return found;
}

}  // namespace lemnos::bench
