// SPDX-License-Identifier: Apache-2.0
#include "nn/bench/columns.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace lemnos::bench {
namespace {

constexpr std::size_t gap = 2, least_width = 12;

bool continues(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

// The place after so many characters.
std::size_t after(std::string_view text, std::size_t characters) {
  std::size_t at = 0;
  while (at < text.size() && (characters > 0 || continues(text[at])))
    if (!continues(text[at++])) --characters;
  return at;
}

}  // namespace

std::string figure(double value, int significant) {
  if (!std::isfinite(value)) return "";
  if (value == 0) return "0";
  const int magnitude = static_cast<int>(std::floor(std::log10(std::abs(value))));
  constexpr int most_decimals = 5;
  if (magnitude < -most_decimals) return fmt::format("{:.1e}", value);
  const int decimals = std::clamp(significant - 1 - magnitude, 0, most_decimals);
  return fmt::format("{:.{}f}", value, decimals);
}

std::size_t shown_width(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return !continues(c); }));
}

std::string shortened(std::string_view text, std::size_t width) {
  const std::size_t whole = shown_width(text);
  if (whole <= width) return std::string(text);
  const std::size_t tail = (width - 1) / 2, head = width - 1 - tail;
  return fmt::format("{}…{}", text.substr(0, after(text, head)),
                     text.substr(after(text, whole - tail)));
}

std::string inked(std::string_view text, Ink ink, bool color) {
  if (!color || ink == Ink::plain || text.empty()) return std::string(text);
  constexpr int codes[] = {0, 1, 2, 32, 33, 31};
  return fmt::format("\033[{}m{}\033[0m", codes[static_cast<std::size_t>(ink)], text);
}

void Columns::row(std::vector<Cell> cells) {
  cells.resize(aligned_.size());
  lines_.push_back({.cells = std::move(cells)});
}

void Columns::line(std::string text, Ink ink) {
  lines_.push_back({.cells = {{std::move(text), ink}}, .across = true});
}

std::vector<std::size_t> Columns::widths(std::size_t max_width) const {
  std::vector<std::size_t> widths(aligned_.size());
  for (const Line& line : lines_)
    for (std::size_t i = 0; i < line.cells.size() && !line.across; ++i)
      widths[i] = std::max(widths[i], shown_width(line.cells[i].text));
  std::size_t others = 0;
  for (std::size_t i = 1; i < widths.size(); ++i)
    if (widths[i] > 0) others += widths[i] + gap;
  const std::size_t room = max_width > others + least_width ? max_width - others : least_width;
  widths.front() = std::min(widths.front(), room);
  return widths;
}

std::string Columns::text(std::size_t max_width, bool color) const {
  const auto widths = this->widths(max_width);
  std::string all;
  for (const Line& line : lines_) {
    std::string out;
    std::size_t pending = 0;  // spaces, written only before something
    for (std::size_t i = 0; i < line.cells.size(); ++i) {
      if (i > 0 && widths[i] == 0) continue;  // nobody has anything there
      const Cell& cell = line.cells[i];
      const std::string text = line.across || i > 0 ? cell.text : shortened(cell.text, widths[0]);
      const std::size_t shown = shown_width(text);
      const std::size_t space = widths[i] > shown ? widths[i] - shown : 0;
      if (i > 0) pending += gap;
      if (aligned_[i] == Align::right) pending += space;
      if (!text.empty()) {
        out += std::string(pending, ' ') + inked(text, cell.ink, color);
        pending = 0;
      }
      if (aligned_[i] == Align::left) pending += space;
    }
    all += out + "\n";
  }
  return all;
}

}  // namespace lemnos::bench
