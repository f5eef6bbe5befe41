// SPDX-License-Identifier: Apache-2.0
#include "viewer/widgets.h"

#include <algorithm>
#include <cmath>

namespace lemnos::viewer {
namespace {

void tip(const char* text) {
  if (text != nullptr && *text != 0 && ImGui::IsItemHovered(ImGuiHoveredFlags_AllowWhenDisabled)) {
    ImGui::BeginTooltip();
    ImGui::PushTextWrapPos(px(320));
    ImGui::TextUnformatted(text);
    ImGui::PopTextWrapPos();
    ImGui::EndTooltip();
  }
}

void centred(const char* text, ImU32 color, float y) {
  const ImVec2 size = ImGui::CalcTextSize(text, nullptr, false, ImGui::GetContentRegionAvail().x);
  const float x = (ImGui::GetContentRegionAvail().x - size.x) / 2;
  ImGui::SetCursorPos({ImGui::GetCursorPosX() + std::max(0.0f, x), y});
  ImGui::PushStyleColor(ImGuiCol_Text, color);
  ImGui::PushTextWrapPos(0);
  ImGui::TextUnformatted(text);
  ImGui::PopTextWrapPos();
  ImGui::PopStyleColor();
}

}  // namespace

void empty_note(const char* what, const char* advice) {
  const float height = ImGui::GetContentRegionAvail().y;
  const float top = ImGui::GetCursorPosY() + std::max(0.0f, height / 2 - px(28));
  const float left = ImGui::GetCursorPosX();
  {
    const UseFont title(fonts().title);
    centred(what, theme().text, top);
  }
  ImGui::SetCursorPosX(left);
  centred(advice, theme().muted, ImGui::GetCursorPosY());
}

bool button(const char* label, const char* tooltip, bool enabled) {
  ImGui::BeginDisabled(!enabled);
  const bool pressed = ImGui::Button(label);
  ImGui::EndDisabled();
  tip(tooltip);
  return pressed && enabled;
}

bool primary_button(const char* label, const char* tooltip, bool enabled) {
  const Theme& t = theme();
  ImGui::PushStyleColor(ImGuiCol_Button, t.accent);
  ImGui::PushStyleColor(ImGuiCol_ButtonHovered, faded(t.accent, 0.85f));
  ImGui::PushStyleColor(ImGuiCol_ButtonActive, faded(t.accent, 0.7f));
  ImGui::PushStyleColor(ImGuiCol_Text, t.look == Look::dark ? t.background : t.surface);
  const bool pressed = button(label, tooltip, enabled);
  ImGui::PopStyleColor(4);
  return pressed;
}

std::size_t segments(const char* id, std::span<const std::string> names, std::size_t chosen) {
  ImGui::PushID(id);
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {px(2), ImGui::GetStyle().ItemSpacing.y});
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) ImGui::SameLine();
    const bool on = i == chosen;
    ImGui::PushStyleColor(ImGuiCol_Button, on ? faded(theme().accent, 0.3f) : theme().raised);
    ImGui::PushStyleColor(ImGuiCol_Text, on ? theme().text : theme().muted);
    if (ImGui::Button(names[i].c_str())) chosen = i;
    ImGui::PopStyleColor(2);
  }
  ImGui::PopStyleVar();
  ImGui::PopID();
  return chosen;
}

bool slider(const char* name, float* value, float low, float high, const char* format,
            float width) {
  ImGui::PushID(name);
  ImGui::SetNextItemWidth(width);
  const bool moved =
      ImGui::SliderFloat("##slider", value, low, high, "", ImGuiSliderFlags_AlwaysClamp);
  ImGui::PopID();
  ImGui::SameLine(0, px(8));
  ImGui::TextDisabled("%s", name);
  ImGui::SameLine(0, px(6));
  const UseFont numbers(fonts().numbers);
  ImGui::Text(format, static_cast<double>(*value));
  return moved;
}

void figure(const char* name, const std::string& value, float width) {
  ImGui::BeginGroup();
  ImGui::TextDisabled("%s", name);
  {
    const UseFont numbers(fonts().numbers);
    ImGui::TextUnformatted(value.c_str(), value.c_str() + value.size());
  }
  if (width > 0) ImGui::Dummy({width, 0});
  ImGui::EndGroup();
}

void rule(ImDrawList& list, ImVec2 from, ImVec2 to, ImU32 color) {
  const float thick = std::max(1.0f, std::round(px(1)));
  const bool upright = from.x == to.x;
  const ImVec2 at{std::round(from.x), std::round(from.y)};
  list.AddRectFilled(
      at, {upright ? at.x + thick : std::round(to.x), upright ? std::round(to.y) : at.y + thick},
      color);
}

void state_dot(ImU32 color, const char* word, bool framed) {
  const float radius = px(4);
  const float height = framed ? ImGui::GetFrameHeight() : ImGui::GetTextLineHeight();
  const ImVec2 at = ImGui::GetCursorScreenPos();
  ImGui::GetWindowDrawList()->AddCircleFilled({at.x + radius, at.y + height / 2}, radius, color);
  ImGui::Dummy({2 * radius, height});
  ImGui::SameLine(0, px(6));
  if (framed) ImGui::AlignTextToFramePadding();
  ImGui::TextUnformatted(word);
}

bool shortcut(char letter, bool control) {
  const ImGuiIO& io = ImGui::GetIO();
  return !io.WantTextInput && io.KeyCtrl == control && ImGui::IsKeyPressed(letter, false);
}

}  // namespace lemnos::viewer
