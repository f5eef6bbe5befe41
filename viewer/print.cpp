// SPDX-License-Identifier: Apache-2.0
#include "viewer/print.h"

#include <algorithm>
#include <cmath>

namespace lemnos::viewer {
namespace {

ImFont* font_of(const TextStyle& style) {
  if (style.font != nullptr) return style.font;
  return fonts().text != nullptr ? fonts().text : ImGui::GetFont();
}

// Without its last letter, which may be of several bytes.
void shorten(std::string& text) {
  while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xc0) == 0x80) text.pop_back();
  if (!text.empty()) text.pop_back();
}

}  // namespace

float text_width(const std::string& text, const TextStyle& style) {
  const float endless = std::numeric_limits<float>::max();
  return font_of(style)
      ->CalcTextSizeA(style.size, endless, 0, text.data(), text.data() + text.size())
      .x;
}

std::string fitted(const std::string& text, const TextStyle& style) {
  constexpr std::size_t longest = 2000;  // bytes: no line of a page has more
  std::string line = text.substr(0, longest);
  for (char& c : line)
    if (static_cast<unsigned char>(c) < ' ') c = ' ';
  if (text.size() <= longest && text_width(line, style) <= style.width) return line;
  while (!line.empty() && text_width(line + "…", style) > style.width) shorten(line);
  while (line.ends_with(' ')) line.pop_back();
  return line + "…";
}

void print(const std::string& text, ImVec2 at, TextStyle style) {
  const float wanted = text_width(text, style), size = style.size;
  if (style.least_size > 0 && wanted > style.width)
    style.size = std::max(style.least_size, std::floor(size * style.width / wanted));
  at.y += (size - style.size) * 0.7f;  // its foot stays where it is
  const std::string line = fitted(text, style);
  ImGui::GetWindowDrawList()->AddText(
      font_of(style), style.size, {std::round(at.x), std::round(at.y)},
      style.color != 0 ? style.color : theme().text, line.data(), line.data() + line.size());
}

void print_right(const std::string& text, float right, float top, const TextStyle& style) {
  print(text, {right - std::min(text_width(fitted(text, style), style), style.width), top}, style);
}

}  // namespace lemnos::viewer
