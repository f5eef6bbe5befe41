// SPDX-License-Identifier: Apache-2.0
#include "nn/bench/roofline_plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <vector>

#include "nn/bench/ceilings/names.h"
#include "nn/bench/columns.h"
#include "nn/bench/svg.h"
#include "nn/bench/words.h"

namespace lemnos::bench {
namespace {

// The picture and the part of it that is plotted in, in pixels.
constexpr double width = 1040, height = 570;
constexpr double left = 62, right = 846, top = 14, bottom = 524;
constexpr double label_gap = 15, letter = 6.1;  // of small text: its height and a letter's width

struct Roof {
  std::string name;  // "f32 arithmetic"
  std::string precision;
  double gflops = 0;
};

struct Slope {
  std::string name;  // "copy"
  double gbps = 0;
  bool dashed = false;
};

struct Box {
  double x0 = 0, y0 = 0, x1 = 0, y1 = 0;

  bool meets(const Box& other) const {
    return x0 < other.x1 && other.x0 < x1 && y0 < other.y1 && other.y0 < y1;
  }
};

// What computes less than that moves bytes: it has no place among operations.
constexpr double least_intensity = 0.01;

double intensity(const Row& row) { return row.flops / row.bytes; }

std::vector<const Row*> points_of(const Result& result) {
  std::vector<const Row*> points;
  for (const Row& row : result.rows)
    if (row.part == Part::kernel && row.flops >= least_intensity * row.bytes && row.bytes > 0 &&
        row.ms_median() > 0)
      points.push_back(&row);
  return points;
}

std::vector<Roof> roofs_of(const Result& result) {
  std::vector<Roof> roofs;
  const auto add = [&](const std::string& row_name, std::string_view precision,
                       std::string_view how) {
    const Row* row = result.find(row_name);
    if (row != nullptr && row->gflops() > 0)
      roofs.push_back(
          {fmt::format("{} {}", precision, how), std::string(precision), row->gflops()});
  };
  for (const std::string_view precision : {"f32", "f16", "bf16", "int8"}) {
    add(ceiling::arithmetic(precision), precision, "arithmetic");
    add(ceiling::cooperative(precision), precision, "cooperative");
  }
  std::ranges::sort(roofs, std::ranges::greater(), &Roof::gflops);
  return roofs;
}

std::vector<Slope> slopes_of(const Result& result) {
  std::vector<Slope> slopes;
  if (const Row* row = result.find(ceiling::copy); row != nullptr && row->gbps() > 0)
    slopes.push_back({"copy", row->gbps(), false});
  if (const Row* row = result.find(ceiling::cached_read); row != nullptr && row->gbps() > 0)
    slopes.push_back({"cached read", row->gbps(), true});
  return slopes;
}

// One logarithmic axis: values to pixels.
struct Axis {
  double low = 0, high = 0;   // powers of ten
  double begin = 0, end = 0;  // pixels

  // From what is to be seen, with some room at both ends.
  void show(double value, double room_below, double room_above) {
    const double below = std::log10(value) - room_below, above = std::log10(value) + room_above;
    const bool first = low == high;
    low = first ? below : std::min(low, below);
    high = first ? above : std::max(high, above);
  }
  double at(double value) const {
    return begin + (std::log10(value) - low) / (high - low) * (end - begin);
  }
};

std::string tick_text(int power, bool giga) {
  if (giga && power >= 3) return fmt::format("{} T", std::lround(std::pow(10, power - 3)));
  if (giga && power < 0) return fmt::format("{:g} M", std::pow(10, power + 3));
  if (power < 0) return fmt::format("{:g}", std::pow(10, power));
  return fmt::format("{}{}", std::lround(std::pow(10, power)), giga ? " G" : "");
}

class Plot {
 public:
  explicit Plot(const Result& result)
      : points_(points_of(result)), roofs_(roofs_of(result)), slopes_(slopes_of(result)) {
    for (const Row* row : points_) {
      x_.show(intensity(*row), 0.3, 0.3);
      y_.show(row->gflops(), 0.3, 0.3);
    }
    for (const Roof& roof : roofs_) {
      if (points_.empty() && slopes_.empty()) x_.show(1, 1, 2);
      y_.show(roof.gflops, 0.6, 0.18);
      for (const Slope& slope : slopes_) x_.show(roof.gflops / slope.gbps, 0.5, 0.5);
    }
  }

  std::string svg() {
    std::string out = fmt::format(
        "<svg class=\"plot\" viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"Roofline plot\">\n",
        width, height);
    out += grid() + slopes() + roofs();
    std::string marks, labels;
    for (const Row* row : points_) marks += mark(*row);
    for (const Row* row : points_) taken_.push_back(around(*row));
    for (const Row* row : by_importance()) labels += label(*row);
    return out + labels + marks + "</svg>\n";
  }

  bool empty() const { return points_.empty() && roofs_.empty(); }

 private:
  std::string grid() const {
    std::string out;
    for (int power = int(std::ceil(x_.low)); power <= int(std::floor(x_.high)); ++power) {
      const double x = x_.at(std::pow(10, power));
      out += fmt::format(
          "<path class=\"grid\" d=\"M{:.1f} {}V{}\"/><text class=\"tick\" x=\"{:.1f}\" y=\"{}\" "
          "text-anchor=\"middle\">{}</text>\n",
          x, top, bottom, x, bottom + 18, tick_text(power, false));
    }
    for (int power = int(std::ceil(y_.low)); power <= int(std::floor(y_.high)); ++power) {
      const double y = y_.at(std::pow(10, power));
      out += fmt::format(
          "<path class=\"grid\" d=\"M{} {:.1f}H{}\"/><text class=\"tick\" x=\"{}\" y=\"{:.1f}\" "
          "text-anchor=\"end\">{}</text>\n",
          left, y, right, left - 8, y + 4, tick_text(power, true));
    }
    out += fmt::format("<path class=\"axis\" d=\"M{} {}V{}H{}\"/>\n", left, top, bottom, right);
    out += fmt::format(
        "<text class=\"tick\" x=\"{}\" y=\"{}\" text-anchor=\"middle\">operations per byte</text>"
        "<text class=\"tick\" transform=\"translate(14 {}) rotate(-90)\" text-anchor=\"middle\">"
        "operations per second</text>\n",
        (left + right) / 2, bottom + 40, (top + bottom) / 2);
    return out;
  }

  // What memory allows: up to the highest roof.
  std::string slopes() {
    std::string out;
    double label_along = 14;
    for (const Slope& slope : slopes_) {
      const double least = std::pow(10, y_.low), lowest = std::pow(10, x_.low);
      const double from = std::max(lowest, least / slope.gbps);
      const double to = roofs_.empty()
                            ? std::pow(10, x_.high)
                            : std::min(std::pow(10, x_.high), roofs_.front().gflops / slope.gbps);
      if (from >= to) continue;
      const double x0 = x_.at(from), y0 = y_.at(from * slope.gbps);
      const double x1 = x_.at(to), y1 = y_.at(to * slope.gbps);
      out += fmt::format("<path class=\"slope{}\" d=\"M{:.1f} {:.1f}L{:.1f} {:.1f}\"/>",
                         slope.dashed ? " dashed" : "", x0, y0, x1, y1);
      out += slope_label(slope, x0, y0, x1, y1, label_along);
      label_along += 150;  // so that two that are near do not meet
    }
    return out;
  }

  std::string slope_label(const Slope& slope, double x0, double y0, double x1, double y1,
                          double begin) {
    const std::string text = fmt::format("{} {}", slope.name, bytes_text(slope.gbps));
    const double length = std::hypot(x1 - x0, y1 - y0);
    for (double along = begin; along < begin + 10 + letter * double(text.size()); along += 10) {
      const double x = x0 + (x1 - x0) * along / length, y = y0 + (y1 - y0) * along / length;
      taken_.push_back({x - 14, y - 14, x + 4, y + 4});
    }
    const double degrees = std::atan2(y1 - y0, x1 - x0) * 180 / 3.14159265358979;
    return fmt::format(
        "<text class=\"mark faint\" transform=\"translate({:.1f} {:.1f}) rotate({:.1f})\" "
        "dy=\"-6\" dx=\"{:.0f}\">{}</text>\n",
        x0, y0, degrees, begin, text);
  }

  // What arithmetic allows; named beside the plot, each name as near to its line as there is room.
  std::string roofs() {
    std::string out;
    double least_y = top + 4;
    for (const Roof& roof : roofs_) {
      const double y = y_.at(roof.gflops);
      const double from =
          slopes_.empty() ? left : std::max(left, x_.at(roof.gflops / fastest().gbps));
      const double label_y = std::max(y + 4, least_y);
      least_y = label_y + label_gap;
      taken_.push_back({from, y - 2, right, y + 2});
      const std::string color = precision_class(roof.precision);
      const bool cooperative = roof.name.ends_with("cooperative");
      out += fmt::format(
          "<path class=\"roof stroke {}{}\" d=\"M{:.1f} {:.1f}H{}l8 {:.1f}\"/>"
          "<text class=\"mark ink {}\" x=\"{}\" y=\"{:.1f}\">{}</text>\n",
          color, cooperative ? " dashed" : "", from, y, right, label_y - 4 - y, color, right + 12,
          label_y, escaped(roof.name + "  " + flops_text(roof.gflops)));
    }
    return out;
  }

  const Slope& fastest() const { return *std::ranges::max_element(slopes_, {}, &Slope::gbps); }

  std::string mark(const Row& row) const {
    const double x = x_.at(intensity(row)), y = y_.at(row.gflops());
    const std::string color =
        (row.stable ? "point fill " : "point hollow stroke ") + precision_class(row.precision);
    if (!row.pass)
      return fmt::format(
          "<path class=\"wrong\" d=\"M{:.1f} {:.1f}l10 10m0 -10l-10 10\">{}</path>\n", x - 5, y - 5,
          tooltip(row));
    if (row.use == Use::train)
      return fmt::format(
          "<path class=\"{}\" d=\"M{:.1f} {:.1f}l5.5 5.5l-5.5 5.5l-5.5 -5.5z\">{}"
          "</path>\n",
          color, x, y - 5.5, tooltip(row));
    return fmt::format("<circle class=\"{}\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"4.5\">{}</circle>\n",
                       color, x, y, tooltip(row));
  }

  Box around(const Row& row) const {
    const double x = x_.at(intensity(row)), y = y_.at(row.gflops());
    return {x - 6, y - 6, x + 6, y + 6};
  }

  // One of each kind first (its first word), then the others.
  std::vector<const Row*> by_importance() const {
    std::vector<const Row*> rows, others;
    std::set<std::string> kinds;
    for (const Row* row : points_) {
      const bool fresh = kinds.insert(row->name.substr(0, row->name.find(' '))).second;
      (fresh || !row->pass ? rows : others).push_back(row);
    }
    rows.insert(rows.end(), others.begin(), others.end());
    return rows;
  }

  // Beside its point where there is room, or none: the point's tooltip has it anyway. The colour
  // tells the precision.
  std::string label(const Row& row) {
    std::string_view name = row.name;
    if (name.ends_with(row.precision)) name.remove_suffix(row.precision.size() + 1);
    const std::string text = shortened(name, 34);
    const double wide = letter * double(shown_width(text));
    const double x = x_.at(intensity(row)), y = y_.at(row.gflops());
    struct Place {
      const char* anchor;
      double x, from, middle;
    };
    for (const auto& [anchor, at, from, middle] :
         {Place{"start", x + 9, x + 9, y}, Place{"end", x - 9, x - 9 - wide, y},
          Place{"middle", x, x - wide / 2, y - 13}, Place{"middle", x, x - wide / 2, y + 13}}) {
      if (!take({from - 2, middle - 7, from + wide + 2, middle + 6})) continue;
      return fmt::format(
          "<text class=\"label\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>\n", at,
          middle + 3.5, anchor, escaped(text));
    }
    return "";
  }

  bool take(const Box& box) {
    if (box.x0 < left || box.x1 > right || box.y0 < top || box.y1 > bottom) return false;
    if (std::ranges::any_of(taken_, [&](const Box& b) { return b.meets(box); })) return false;
    taken_.push_back(box);
    return true;
  }

  std::vector<const Row*> points_;
  std::vector<Roof> roofs_;  // the highest first
  std::vector<Slope> slopes_;
  Axis x_{.begin = left, .end = right}, y_{.begin = bottom, .end = top};
  std::vector<Box> taken_;  // by points and labels
};

}  // namespace

std::string roofline_plot(const Result& result) {
  Plot plot(result);
  return plot.empty() ? "" : plot.svg();
}

}  // namespace lemnos::bench
