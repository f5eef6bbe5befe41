// SPDX-License-Identifier: Apache-2.0
#include "viewer/panels/timeline_view.h"

#include <algorithm>
#include <cmath>

namespace lemnos::viewer {
namespace {

// The lane of each dispatch among those of its family, and the number of them.
std::vector<std::size_t> lanes_of(const StepProfile& profile, OpFamily family,
                                  const std::vector<OpFamily>& families, TimelineRow& row) {
  std::vector<double> free_from;  // of each lane
  std::vector<std::size_t> lanes(profile.dispatches.size());
  for (std::size_t i = 0; i < profile.dispatches.size(); ++i) {
    if (families[i] != family) continue;
    const DispatchProfile& dispatch = profile.dispatches[i];
    std::size_t lane = 0;
    while (lane < free_from.size() && free_from[lane] > dispatch.begin) ++lane;
    if (lane == free_from.size()) free_from.push_back(0);
    free_from[lane] = dispatch.end;
    lanes[i] = lane;
    row.seconds += dispatch.seconds();
  }
  row.lanes = free_from.size();
  return lanes;
}

}  // namespace

TimelineBars bars_of(const StepProfile& profile) {
  std::vector<OpFamily> families;
  for (const DispatchProfile& dispatch : profile.dispatches)
    families.push_back(family_of(dispatch.op));
  TimelineBars all;
  all.bars.resize(families.size());
  for (std::size_t f = 0; f < op_families; ++f) {
    const auto family = static_cast<OpFamily>(f);
    TimelineRow row{.family = family, .first_lane = all.lanes};
    const auto lanes = lanes_of(profile, family, families, row);
    if (row.lanes == 0) continue;
    for (std::size_t i = 0; i < families.size(); ++i)
      if (families[i] == family) all.bars[i] = {.dispatch = i, .lane = all.lanes + lanes[i]};
    all.lanes += row.lanes;
    all.rows.push_back(row);
  }
  return all;
}

void TimeRange::zoom(double factor, double around, double whole) {
  const double least = std::min(1.0, std::max(whole * 1e-4, 1e-9) / std::max(seconds(), 1e-12));
  factor = std::max(factor, least);
  begin = around + (begin - around) * factor;
  end = around + (end - around) * factor;
  if (seconds() > whole) *this = {0, whole};
  pan(0, whole);
}

void TimeRange::pan(double by, double whole) {
  by = std::clamp(by, -begin, std::max(whole - end, -begin));
  begin += by;
  end += by;
}

float TimelinePlace::x(double seconds) const {
  const double share = (seconds - range.begin) / std::max(range.seconds(), 1e-12);
  return from.x + static_cast<float>(share * static_cast<double>(width));
}

double TimelinePlace::seconds(float x) const {
  const double share = static_cast<double>(x - from.x) / static_cast<double>(std::max(width, 1.0f));
  return range.begin + share * range.seconds();
}

std::optional<std::size_t> bar_at(const StepProfile& profile, const TimelineBars& bars,
                                  const TimelinePlace& place, ImVec2 point) {
  if (point.y < place.from.y || place.lane <= 0 || point.x < place.from.x ||
      point.x > place.from.x + place.width)
    return std::nullopt;
  const auto lane = static_cast<std::size_t>((point.y - place.from.y) / place.lane);
  std::optional<std::size_t> nearest;
  float distance = 1.5f;  // of a bar that is narrower than can be hit
  for (const TimelineBar& bar : bars.bars) {
    if (bar.lane != lane) continue;
    const DispatchProfile& dispatch = profile.dispatches[bar.dispatch];
    const float left = place.x(dispatch.begin), right = place.x(dispatch.end);
    if (point.x >= left && point.x < right) return bar.dispatch;
    const float away = std::max(left - point.x, point.x - right);
    if (right - left >= 3 || away > distance) continue;
    distance = away;
    nearest = bar.dispatch;
  }
  return nearest;
}

double tick_seconds(double seconds, int count) {
  if (!(seconds > 0) || count < 1) return 1;
  const double least = seconds / count;
  const double power = std::pow(10.0, std::floor(std::log10(least)));
  for (const double step : {1.0, 2.0, 5.0})
    if (step * power >= least * (1 - 1e-9)) return step * power;
  return 10 * power;
}

}  // namespace lemnos::viewer
