// SPDX-License-Identifier: Apache-2.0
// The step on the device, dispatch by dispatch.
#pragma once

#include <memory>

#include "viewer/panel.h"
#include "viewer/panels/timeline_view.h"

namespace lemnos::viewer {

// Wheel or W and S zoom, dragging or A and D pan, 0 fits, "," and "." go from dispatch to dispatch.
class TimelinePanel : public Panel {
 public:
  std::shared_ptr<ProfileChoice> choice = std::make_shared<ProfileChoice>();

  void set(std::shared_ptr<const StepProfile> profile);
  const TimeRange& range() const { return range_; }

  std::string_view title() const override { return "Timeline"; }
  void draw() override;
  Table table() const override;
  nlohmann::ordered_json json() const override;  // Trace Event Format, for Perfetto

 private:
  void draw_summary();
  void draw_canvas(float height);
  void draw_axis(ImDrawList& list, const TimelinePlace& place) const;
  void draw_waves(ImDrawList& list, const TimelinePlace& place) const;
  void draw_rows(ImDrawList& list, const TimelinePlace& place, float left) const;
  void draw_bars(ImDrawList& list, const TimelinePlace& place) const;
  void draw_detail() const;
  void use_mouse(const TimelinePlace& place);
  void use_keys(const TimelinePlace& place);
  void step_to(std::ptrdiff_t by);
  bool chosen(std::size_t dispatch) const;
  OpFamily family_of_bar(const TimelineBar& bar) const;

  std::shared_ptr<const StepProfile> profile_;
  TimelineBars bars_;
  TimeRange range_;
  std::optional<std::size_t> hovered_;
};

}  // namespace lemnos::viewer
