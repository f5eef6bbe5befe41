// SPDX-License-Identifier: Apache-2.0
#include "viewer/panels/profile_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "viewer/panels/op_family.h"
#include "viewer/panels/quantity.h"
#include "viewer/widgets.h"

namespace lemnos::viewer {
namespace {

void muted(const std::string& text) {
  ImGui::PushStyleColor(ImGuiCol_Text, theme().muted);
  ImGui::TextUnformatted(text.c_str());
  ImGui::PopStyleColor();
}

void value_of(const char* label, const std::string& value) {
  muted(label);
  ImGui::SameLine(0, px(5));
  const UseFont numbers(fonts().numbers);
  ImGui::TextUnformatted(value.c_str());
}

// Beside what was written last where there is room, else below it.
void next_figure(const char* label, const std::string& value) {
  const float width = ImGui::CalcTextSize((label + value).c_str()).x + px(26);
  ImGui::SameLine(0, px(18));
  if (ImGui::GetContentRegionAvail().x < width) ImGui::NewLine();
  value_of(label, value);
}

}  // namespace

void say_how_to_profile() {
  empty_note("No step has been profiled", "Profile a step to see where its time goes.");
}

void draw_profile_summary(const StepProfile& profile) {
  value_of("step", time_text(profile.seconds()));
  next_figure("dispatches", fmt::format("{}", profile.dispatches.size()));
  next_figure("waves", fmt::format("{}", profile.waves));
  const ProfileSum total = profile.total();
  next_figure("rate", flops_text(total.flops, total.seconds));
}

void draw_dispatch(const StepProfile& profile, std::size_t index) {
  const DispatchProfile& dispatch = profile.dispatches.at(index);
  const double seconds = dispatch.seconds();
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float line = ImGui::GetTextLineHeight();
  ImGui::GetWindowDrawList()->AddRectFilled({at.x, at.y + line * 0.25f},
                                            {at.x + line * 0.5f, at.y + line * 0.75f},
                                            color_of(family_of(dispatch.op)), px(2));
  ImGui::SetCursorScreenPos({at.x + line * 0.5f + px(6), at.y});
  ImGui::TextUnformatted(dispatch.label.c_str());
  muted(fmt::format("{}, wave {}", dispatch.kernel, dispatch.wave));
  value_of("time", time_text(seconds));
  next_figure("share", share_text(seconds / std::max(profile.total().seconds, 1e-12)));
  next_figure("memory", bandwidth_text(dispatch.bytes, seconds));
  next_figure("arithmetic", flops_text(dispatch.flops, seconds));
  next_figure("bound", bytes_text(dispatch.bytes));
}

void show_tooltip(const StepProfile& profile, std::size_t dispatch) {
  ImGui::BeginTooltip();
  const DispatchProfile& shown = profile.dispatches.at(dispatch);
  ImGui::TextUnformatted(shown.label.c_str());
  value_of("", fmt::format("{}  {}", time_text(shown.seconds()),
                           share_text(shown.seconds() / std::max(profile.total().seconds, 1e-12))));
  ImGui::EndTooltip();
}

Table dispatch_table(const StepProfile& profile) {
  Table table{{"label", "op", "kernel", "wave", "begin_ms", "ms", "bytes", "flops"}, {}};
  for (const DispatchProfile& each : profile.dispatches)
    table.rows.push_back({each.label, each.op, each.kernel, fmt::format("{}", each.wave),
                          fmt::format("{:.6f}", each.begin * 1e3),
                          fmt::format("{:.6f}", each.seconds() * 1e3),
                          fmt::format("{}", each.bytes), fmt::format("{}", each.flops)});
  return table;
}

}  // namespace lemnos::viewer
