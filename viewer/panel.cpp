// SPDX-License-Identifier: Apache-2.0
#include "viewer/panel.h"

namespace lemnos::viewer {
namespace {

std::string quoted(const std::string& cell) {
  if (cell.find_first_of(",\"\r\n") == std::string::npos) return cell;
  std::string text = "\"";
  for (const char c : cell) {
    if (c == '"') text += '"';
    text += c;
  }
  return text + "\"";
}

void add_line(std::string& text, const std::vector<std::string>& cells) {
  for (std::size_t i = 0; i < cells.size(); ++i) text += (i == 0 ? "" : ",") + quoted(cells[i]);
  text += "\n";
}

}  // namespace

std::string Table::csv() const {
  std::string text;
  add_line(text, columns);
  for (const std::vector<std::string>& row : rows) add_line(text, row);
  return text;
}

}  // namespace lemnos::viewer
