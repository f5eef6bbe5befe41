// SPDX-License-Identifier: Apache-2.0
// Where the bars of a timeline lie: data, without a window.
#pragma once

#include <imgui/imgui.h>

#include <optional>
#include <string>
#include <vector>

#include "runtime/exec/profile.h"
#include "viewer/panels/op_family.h"

namespace lemnos::viewer {

// What is chosen in a profile: panels that share one show the same.
struct ProfileChoice {
  std::string op;                       // of all dispatches of this op; empty: none
  std::optional<std::size_t> dispatch;  // or of this one
};

// A row for each family that occurs, and lanes in it where dispatches overlap.
struct TimelineRow {
  OpFamily family = OpFamily::matmul;
  std::size_t first_lane = 0, lanes = 1;
  double seconds = 0;
};
struct TimelineBar {
  std::size_t dispatch = 0;
  std::size_t lane = 0;
};
struct TimelineBars {
  std::vector<TimelineRow> rows;
  std::vector<TimelineBar> bars;  // in the order of the dispatches
  std::size_t lanes = 0;          // of all rows
};
TimelineBars bars_of(const StepProfile& profile);

// The part of a step that is in view.
struct TimeRange {
  double begin = 0, end = 0;

  double seconds() const { return end - begin; }
  // Both stay within [0, whole], and at least a ten-thousandth of it stays in view.
  void zoom(double factor, double around, double whole);  // factor < 1: closer
  void pan(double by, double whole);
};

// A range on the screen: bars of one lane are px(`lane`) high.
struct TimelinePlace {
  ImVec2 from{0, 0};  // left upper corner of the first lane
  float width = 0, lane = 0;
  TimeRange range;

  float x(double seconds) const;
  double seconds(float x) const;
};
// The dispatch whose bar is below the point; a bar is at least 3 pixels wide for this.
std::optional<std::size_t> bar_at(const StepProfile& profile, const TimelineBars& bars,
                                  const TimelinePlace& place, ImVec2 point);

// Distance of labelled times: 1, 2 or 5 times a power of ten, `count` or fewer of them.
double tick_seconds(double seconds, int count);

}  // namespace lemnos::viewer
