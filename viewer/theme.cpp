// SPDX-License-Identifier: Apache-2.0
#include "viewer/theme.h"

#include <algorithm>

namespace lemnos::viewer {
namespace {

// 0xRRGGBB, opaque.
constexpr ImU32 rgb(std::uint32_t hex) {
  return IM_COL32(hex >> 16 & 255, hex >> 8 & 255, hex & 255, 255);
}

Theme dark() {
  Theme t;
  t.look = Look::dark;
  t.background = rgb(0x0f1115);
  t.surface = rgb(0x171a21);
  t.raised = rgb(0x232833);
  t.border = rgb(0x2a303c);
  t.grid = rgb(0x262c37);
  t.text = rgb(0xe6e9ef);
  t.muted = rgb(0x8e97a8);
  t.accent = rgb(0x5aa9ff);
  t.warning = rgb(0xe69f00);
  t.error = rgb(0xff6b5e);
  t.good = rgb(0x2fc48d);
  t.series = {rgb(0x56b4e9), rgb(0xe69f00), rgb(0x2fc48d), rgb(0xf0e442),
              rgb(0xcc79a7), rgb(0xff7a45), rgb(0x7f9cff), rgb(0xc9ced8)};
  return t;
}

Theme light() {
  Theme t;
  t.look = Look::light;
  t.background = rgb(0xeef0f4);
  t.surface = rgb(0xffffff);
  t.raised = rgb(0xe1e5ec);
  t.border = rgb(0xd5dae2);
  t.grid = rgb(0xe6e9ee);
  t.text = rgb(0x1a1e26);
  t.muted = rgb(0x626b7a);
  t.accent = rgb(0x0b6bcb);
  t.warning = rgb(0xa86a00);
  t.error = rgb(0xc2281d);
  t.good = rgb(0x00805a);
  t.series = {rgb(0x0072b2), rgb(0xd55e00), rgb(0x009e73), rgb(0xa08a00),
              rgb(0xb0558a), rgb(0xc98600), rgb(0x4057c9), rgb(0x4a5160)};
  return t;
}

Theme current = dark();

void color(ImGuiCol which, ImU32 value) { ImGui::GetStyle().Colors[which] = as_vector(value); }

void style_colors(const Theme& t) {
  color(ImGuiCol_Text, t.text);
  color(ImGuiCol_TextDisabled, t.muted);
  color(ImGuiCol_WindowBg, t.background);
  color(ImGuiCol_ChildBg, faded(t.surface, 0));
  color(ImGuiCol_PopupBg, t.surface);
  color(ImGuiCol_Border, t.border);
  color(ImGuiCol_BorderShadow, faded(t.border, 0));
  color(ImGuiCol_FrameBg, t.raised);
  color(ImGuiCol_FrameBgHovered, faded(t.accent, 0.25f));
  color(ImGuiCol_FrameBgActive, faded(t.accent, 0.4f));
  color(ImGuiCol_Button, t.raised);
  color(ImGuiCol_ButtonHovered, faded(t.accent, 0.3f));
  color(ImGuiCol_ButtonActive, faded(t.accent, 0.5f));
  color(ImGuiCol_Header, faded(t.accent, 0.2f));
  color(ImGuiCol_HeaderHovered, faded(t.accent, 0.3f));
  color(ImGuiCol_HeaderActive, faded(t.accent, 0.4f));
  color(ImGuiCol_CheckMark, t.accent);
  color(ImGuiCol_SliderGrab, t.accent);
  color(ImGuiCol_SliderGrabActive, t.accent);
  color(ImGuiCol_Separator, t.border);
  color(ImGuiCol_ScrollbarBg, faded(t.background, 0));
  color(ImGuiCol_ScrollbarGrab, t.border);
  color(ImGuiCol_ScrollbarGrabHovered, t.muted);
  color(ImGuiCol_ScrollbarGrabActive, t.muted);
  color(ImGuiCol_Tab, faded(t.surface, 0));
  color(ImGuiCol_TabHovered, faded(t.accent, 0.25f));
  color(ImGuiCol_TabActive, t.surface);
  color(ImGuiCol_TableHeaderBg, t.surface);
  color(ImGuiCol_TableBorderStrong, t.border);
  color(ImGuiCol_TableBorderLight, t.grid);
  color(ImGuiCol_TableRowBgAlt, faded(t.raised, 0.35f));
  color(ImGuiCol_TextSelectedBg, faded(t.accent, 0.35f));
  color(ImGuiCol_NavHighlight, t.accent);
  color(ImGuiCol_PlotHistogram, t.accent);
}

}  // namespace

const Theme& theme() { return current; }

Fonts& fonts() {
  static Fonts made;
  return made;
}

void use_theme(Look look, float scale) {
  current = look == Look::dark ? dark() : light();
  current.scale = std::clamp(scale, 0.5f, 8.0f);
  if (ImGui::GetCurrentContext() == nullptr) return;
  ImGuiStyle& style = ImGui::GetStyle();
  style = ImGuiStyle();
  style.WindowPadding = {12, 12};
  style.FramePadding = {10, 6};
  style.ItemSpacing = {10, 8};
  style.ItemInnerSpacing = {8, 6};
  style.CellPadding = {8, 4};
  style.ScrollbarSize = 10;
  style.GrabMinSize = 12;
  style.WindowRounding = 0;
  style.ChildRounding = 8;
  style.FrameRounding = 6;
  style.PopupRounding = 8;
  style.GrabRounding = 6;
  style.TabRounding = 6;
  style.ScrollbarRounding = 6;
  style.WindowBorderSize = 0;
  style.ChildBorderSize = 0;
  style.PopupBorderSize = 1;
  style.ScaleAllSizes(current.scale);
  style_colors(current);
}

ImU32 faded(ImU32 color, float opacity) {
  const auto alpha = static_cast<float>(color >> IM_COL32_A_SHIFT & 255) * opacity;
  return (color & ~IM_COL32_A_MASK) | static_cast<ImU32>(alpha + 0.5f) << IM_COL32_A_SHIFT;
}

ImVec4 as_vector(ImU32 color) { return ImGui::ColorConvertU32ToFloat4(color); }

ImU32 text_on(ImU32 color) {
  const ImVec4 part = as_vector(color);
  const float light = 0.2126f * part.x + 0.7152f * part.y + 0.0722f * part.z;
  return light > 0.47f ? IM_COL32(16, 18, 22, 255) : IM_COL32(255, 255, 255, 255);
}

const std::array<ImU32, 8>& series_on_pictures() {
  static const std::array<ImU32, 8> colors = dark().series;
  return colors;
}

}  // namespace lemnos::viewer
