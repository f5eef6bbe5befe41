// SPDX-License-Identifier: Apache-2.0
#include "nn/bench/bar_chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>
#include <utility>
#include <vector>

#include "nn/bench/columns.h"
#include "nn/bench/svg.h"
#include "nn/bench/words.h"

namespace lemnos::bench {
namespace {

constexpr double width = 1040, names = 312, bars = 430;  // pixels: all, the names, the bars
constexpr double values = names + bars + 12;
constexpr std::size_t name_letters = 46;

// One line of bars: a row's name, and the row on each device.
struct Group {
  std::string name;
  std::vector<const Row*> rows;  // nullptr: that device lacks it
};

std::vector<Group> groups_of(std::span<const Result> results, Part part) {
  std::vector<Group> groups;
  for (const Result& result : results)
    for (const Row& row : result.rows)
      if (row.part == part && std::ranges::find(groups, row.name, &Group::name) == groups.end())
        groups.push_back({row.name, {}});
  for (Group& group : groups)
    for (const Result& result : results) group.rows.push_back(result.find(group.name));
  return groups;
}

std::string_view kind(const Group& group) {
  return std::string_view(group.name).substr(0, group.name.find(' '));
}

bool timed(const Row* row) { return row != nullptr && row->ms_median() > 0; }

// 1, 2 or 5 of a power of ten, at most five of which are in it.
double round_step(double all) {
  const double power = std::pow(10, std::floor(std::log10(all / 5)));
  for (const double step : {1.0, 2.0, 5.0})
    if (step * power * 5 >= all) return step * power;
  return 10 * power;
}

// Of a chart that starts at a place from the top.
class Chart {
 public:
  Chart(std::span<const Result> results, Part part)
      : several_(results.size() > 1), groups_(groups_of(results, part)) {
    for (const Group& group : groups_)
      for (const Row* row : group.rows) {
        if (!timed(row)) continue;
        known_roof_ |= row->roofline() > 0;
        longest_ = std::max(longest_, row->ms_median());
      }
  }

  std::string svg() {
    if (groups_.empty()) return "";
    std::string body;
    const Group* before = nullptr;
    for (const Group& group : groups_) {
      if (before != nullptr && kind(*before) != kind(group)) y_ += 9;
      body += several_ ? bars_of_several(group) : bar_of_one(group);
      before = &group;
    }
    return fmt::format(
        "<svg class=\"plot\" viewBox=\"0 0 {} {:.0f}\" role=\"img\" "
        "aria-label=\"Bars\">\n{}{}</svg>\n",
        width, y_ + 4, guides(), body);
  }

 private:
  // Lines at shares of the width, or at round times.
  std::string guides() const {
    std::string out;
    const bool shares = several_ || known_roof_;
    const double step = shares ? 0.25 : round_step(longest_);
    const double all = shares ? 1 : longest_;
    for (int i = 0; i * step <= all * 1.001; ++i) {
      const double x = names + bars * i * step / all;
      out += fmt::format(
          "<path class=\"grid\" d=\"M{:.1f} 20V{:.0f}\"/><text class=\"tick\" "
          "x=\"{:.1f}\" y=\"13\" text-anchor=\"middle\">{:g} {}</text>\n",
          x, y_, x, i * step * (shares ? 100 : 1), shares ? "%" : "ms");
    }
    return out;
  }

  static std::string name_at(const Group& group, double y) {
    return fmt::format("<text class=\"name\" x=\"0\" y=\"{:.1f}\">{}</text>", y,
                       escaped(shortened(group.name, name_letters)));
  }

  static std::string text_at(double x, double y, std::string_view style, std::string_view anchor,
                             std::string_view text) {
    if (text.empty()) return "";
    return fmt::format("<text class=\"{}\" x=\"{}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>",
                       style, x, y, anchor, escaped(text));
  }
  static std::string value_at(double y, std::string_view style, std::string_view text) {
    return text_at(values, y, style, "start", text);
  }

  // In a row's own colour, or the colour of what is wrong.
  static std::string bar(const Row& row, double y, double high, double share,
                         const std::string& color) {
    const double wide = std::max(1.5, bars * std::min(share, 1.0));
    return fmt::format(
        "<rect class=\"{}\" x=\"{}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{}\" "
        "rx=\"2\">{}</rect>",
        row.pass ? "fill " + color : "fill bad", names, y, wide, high, tooltip(row));
  }

  std::string bar_of_one(const Group& group) {
    const Row& row = *group.rows.front();
    const double y = std::exchange(y_, y_ + 22);
    std::string out = name_at(group, y + 14);
    if (!timed(&row)) return out + value_at(y + 14, "faint", row.note) + "\n";
    const double share = known_roof_ ? row.roofline() : row.ms_median() / longest_;
    out += fmt::format(
        "<rect class=\"track\" x=\"{}\" y=\"{:.1f}\" width=\"{}\" height=\"12\" "
        "rx=\"2\"/>",
        names, y + 4, bars);
    if (share > 0) out += bar(row, y + 4, 12, share, precision_class(row.precision));
    return out + said_of(row, y + 14) + "\n";
  }

  // In columns: time, share of the roofline, and the rate: of operations where they bound it, else
  // of bytes.
  static std::string said_of(const Row& row, double y) {
    const bool operations = row.flops > 8 * row.bytes || row.gbps() == 0;
    const std::string rate = operations ? flops_text(row.gflops()) : bytes_text(row.gbps());
    return text_at(values + 64, y, "value", "end", ms_text(row.ms_median())) +
           text_at(values + 108, y, "value", "end", share_text(row.roofline())) +
           text_at(values + 206, y, "faint", "end", rate) +
           (!row.pass ? text_at(values + 220, y, "bad-ink", "start", "FAIL") : "") +
           (row.pass && !row.stable ? text_at(values + 220, y, "doubt-ink", "start", "not stable")
                                    : "");
  }

  std::string bars_of_several(const Group& group) {
    constexpr double high = 9, step = 12;
    double best = std::numeric_limits<double>::infinity();
    for (const Row* row : group.rows)
      if (timed(row) && row->pass) best = std::min(best, row->ms_median());
    const double y = y_, middle = y + step * double(group.rows.size()) / 2;
    std::string out = name_at(group, middle + 5);
    for (std::size_t i = 0; i < group.rows.size(); ++i, y_ += step) {
      const Row* row = group.rows[i];
      if (!timed(row)) {
        out += value_at(y_ + high + 0.5, "small faint", row == nullptr ? "not there" : row->note);
        continue;
      }
      out += bar(*row, y_ + 1.5, high, row->pass ? best / row->ms_median() : 0, device_class(i));
      out += value_at(y_ + high + 0.5, row->pass ? "small" : "small bad-ink",
                      (row->pass ? "" : "FAIL  ") + ms_text(row->ms_median()) +
                          (row->stable ? "" : "  not stable"));
    }
    y_ += 8;
    return out + "\n";
  }

  bool several_;
  std::vector<Group> groups_;
  bool known_roof_ = false;
  double longest_ = 0;
  double y_ = 24;
};

}  // namespace

std::string bar_chart(std::span<const Result> results, Part part) {
  return Chart(results, part).svg();
}

}  // namespace lemnos::bench
