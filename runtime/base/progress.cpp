// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/progress.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "runtime/base/log.h"
#include "runtime/base/os.h"

namespace lemnos {
namespace {

constexpr int standard_error = 2;
constexpr double patience_seconds = 1, redraw_seconds = 0.1, line_seconds = 10;

}  // namespace

void draw_bar(double share, std::string_view text) {
  const int columns = os::terminal_columns(standard_error) - 5;
  const auto most = static_cast<std::size_t>(std::max(columns, 0));
  if (text.size() > most) text.remove_prefix(text.size() - most);  // figures stand at the end
  const int width = std::clamp(columns - static_cast<int>(text.size()), 0, 40);
  const int filled = std::clamp(static_cast<int>(share * width), 0, width);
  fmt::print(stderr, "\r\x1b[K[{:#<{}}{:.<{}}] {}", "", filled, "", width - filled, text);
  std::fflush(stderr);
}

void clear_bar() {
  fmt::print(stderr, "\r\x1b[K");
  std::fflush(stderr);
}

std::string duration_text(double seconds) {
  const auto whole = static_cast<std::int64_t>(seconds + 0.5);
  if (whole >= 3600) return fmt::format("{}h{:02}m", whole / 3600, whole / 60 % 60);
  if (whole >= 60) return fmt::format("{}m{:02}s", whole / 60, whole % 60);
  return fmt::format("{}s", whole);
}

Progress::Progress(std::string what, std::uint64_t total)
    : what_(std::move(what)), total_(total), next_(os::seconds() + patience_seconds) {}

Progress::~Progress() {
  if (bar_) clear_bar();
}

void Progress::advance(std::uint64_t by) {
  done_ += by;
  const double now = os::seconds();
  if (now < next_ || !log::shows(log::Level::info)) return;
  const double share = std::min(1.0, static_cast<double>(done_) / static_cast<double>(total_));
  const std::string text = fmt::format("{}: {:.0f} %", what_, std::floor(share * 100));
  bar_ = os::is_terminal(standard_error);
  next_ = now + (bar_ ? redraw_seconds : line_seconds);
  if (bar_) {
    draw_bar(share, text);
  } else {
    log::info("{}", text);
  }
}

}  // namespace lemnos
