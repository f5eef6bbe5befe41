// SPDX-License-Identifier: Apache-2.0
// A chart of curves. Drag: pan. Drag with the right button, or with Shift: zoom into a box. Wheel:
// zoom at the pointer (Shift: x alone, Ctrl: y alone). Double click: all of it. On the one that the
// pointer is on, or that was clicked: arrows pan, + and - zoom, Home shows all, L is for log.
#pragma once

#include <imgui/imgui.h>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "viewer/plot/paint.h"
#include "viewer/plot/smooth.h"
#include "viewer/plot/ticks.h"
#include "viewer/plot/trace.h"

namespace lemnos::viewer {

struct Curve {
  std::string name;
  const Series* series = nullptr;
  ImU32 color = 0;
  bool held_out = false;  // of data that is not trained on: dashed, with dots
};

// Something that happened: a thin line with a sign at its top, told when pointed at.
struct Marker {
  Moment moment;
  std::string text;
  ImU32 color = 0;
  bool common = false;  // one of many, such as checkpoints: its line is fainter
};

// Where the pointer is in x: shared by plots, all of which then show it.
struct Crosshair {
  double x = 0;
  int frame = -2;  // of ImGui, when it was last set
};

class Plot {
 public:
  // Set before each drawing.
  std::string title;
  std::vector<Curve> curves;
  std::vector<Marker> markers;
  XKind kind = XKind::step;
  double smoothing = 0;
  bool ignore_outliers = false;
  bool log_x = false, log_y = false;
  Extremes least_x;      // what x shows at least when it fits all: so that plots line up
  bool decimate = true;  // off only to measure what it saves

  void draw(const char* id, ImVec2 size, Crosshair& crosshair);
  void fit() { fitted_ = true; }

  // What was drawn last: where, and of what part.
  const Frame& frame() const { return frame_; }
  bool fitted() const { return fitted_; }
  bool hidden(const std::string& name) const { return hidden_.contains(name); }

 private:
  const Pyramid& smoothed(const Curve& curve);
  std::vector<const Curve*> shown() const;
  std::optional<std::size_t> nearest(const Curve& curve, double x) const;
  void choose_axes();
  void lay_out(ImVec2 at, ImVec2 size);
  void draw_legend(ImVec2 at, float width);
  void draw_grid(ImDrawList& list) const;
  void draw_curves(ImDrawList& list);
  void draw_markers(ImDrawList& list, bool hovered) const;
  void draw_crosshair(ImDrawList& list, const Crosshair& crosshair, bool table);
  void draw_table(ImDrawList& list, float x, double value);
  void draw_box(ImDrawList& list) const;
  void point(bool hovered);
  void type(bool captured);

  Frame frame_;
  std::vector<Tick> x_ticks_, y_ticks_;
  bool fitted_ = true;
  XKind drawn_kind_ = XKind::step;
  bool drawn_log_x_ = false, drawn_log_y_ = false;
  std::set<std::string> hidden_;
  std::map<const Series*, Smoothed> smoothed_;
  std::optional<ImVec2> box_;  // where one began
};

}  // namespace lemnos::viewer
