// SPDX-License-Identifier: Apache-2.0
// Text in columns, for a terminal.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lemnos::bench {

// A number in as many characters as it deserves: 0.01234, 12.35, 1235, 123456; "1.2e-07" when it is
// too small. "" of one that is not finite.
std::string figure(double value, int significant = 4);

// As many as are shown: characters of UTF-8, not bytes.
std::size_t shown_width(std::string_view text);
// At most so wide: what is too long loses its middle.
std::string shortened(std::string_view text, std::size_t width);

// How a cell is shown on a terminal that has colours.
enum class Ink { plain, strong, faint, good, warning, bad };
std::string inked(std::string_view text, Ink ink, bool color);

// Rows of cells below each other. Widths are measured; numbers are aligned at their right ends.
class Columns {
 public:
  enum class Align { left, right };
  struct Cell {
    std::string text;
    Ink ink = Ink::plain;
  };

  explicit Columns(std::vector<Align> aligned) : aligned_(std::move(aligned)) {}

  void row(std::vector<Cell> cells);                  // those that are missing are empty
  void line(std::string text, Ink ink = Ink::plain);  // across all columns, as it is

  // Where it would be wider than that, the first column's texts lose their middles.
  std::string text(std::size_t max_width, bool color) const;

 private:
  struct Line {
    std::vector<Cell> cells;
    bool across = false;
  };
  std::vector<std::size_t> widths(std::size_t max_width) const;

  std::vector<Align> aligned_;
  std::vector<Line> lines_;
};

}  // namespace lemnos::bench
