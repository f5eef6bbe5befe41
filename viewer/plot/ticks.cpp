// SPDX-License-Identifier: Apache-2.0
#include "viewer/plot/ticks.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <utility>

namespace lemnos::viewer {
namespace {

constexpr double minute = 60, hour = 3600, day = 86400;

// The least of 1, 2 and 5 times a power of ten that is not below this one.
double round_step(double least) {
  const double power = std::pow(10.0, std::floor(std::log10(least)));
  for (const double digit : {1.0, 2.0, 5.0}) {
    if (digit * power >= least * (1 - 1e-9)) return digit * power;
  }
  return 10 * power;
}

double clock_step(double least) {
  constexpr std::array steps = {minute,      2 * minute,  5 * minute, 10 * minute,
                                15 * minute, 30 * minute, hour,       2 * hour,
                                3 * hour,    6 * hour,    12 * hour,  day};
  if (least <= 10) return round_step(least);
  if (least <= 30) return least <= 15 ? 15 : 30;
  for (const double step : steps) {
    if (step >= least) return step;
  }
  return day * round_step(least / day);
}

std::string without_closing_zeros(std::string digits) {
  if (digits.find('.') == std::string::npos) return digits;
  digits.erase(digits.find_last_not_of('0') + 1);
  if (digits.back() == '.') digits.pop_back();
  return digits;
}

// 1.5e-05 as 1.5e-5.
std::string with_power(double value, int decimals) {
  const auto power = static_cast<int>(std::floor(std::log10(std::abs(value)) + 1e-9));
  const std::string digits =
      without_closing_zeros(fmt::format("{:.{}f}", value / std::pow(10.0, power), decimals));
  return fmt::format("{}e{}", digits, power);
}

// With the decimals that tell numbers apart that lie `step` from one another.
std::string number_label(double value, double step) {
  const double size = std::abs(value);
  if (size < step * 1e-6) return "0";
  const auto decimals = [&](double unit) {
    return std::clamp(static_cast<int>(std::ceil(-std::log10(step / unit) - 1e-9)), 0, 15);
  };
  if (size >= 1e15 || size < 1e-3 * (1 - 1e-9))
    return with_power(value, decimals(std::pow(10.0, std::floor(std::log10(size) + 1e-9))));
  for (const auto& [unit, letter] :
       {std::pair{1e12, "T"}, {1e9, "G"}, {1e6, "M"}, {1e3, "k"}, {1.0, ""}}) {
    if (size < unit && unit > 1) continue;
    return without_closing_zeros(fmt::format("{:.{}f}", value / unit, decimals(unit))) + letter;
  }
  return {};
}

std::vector<Tick> linear(const Axis& axis, int most, Unit unit) {
  const auto step_from = [&](double least) {
    return unit == Unit::seconds ? clock_step(least) : round_step(least);
  };
  const auto first = [&](double step) { return std::ceil(axis.low / step - 1e-9); };
  const auto last = [&](double step) { return std::floor(axis.high / step + 1e-9); };
  double step = step_from((axis.high - axis.low) / most);
  if (last(step) - first(step) >= most) step = step_from(step * 1.001);
  std::vector<Tick> all;
  if (!std::isfinite(step) || !(step > 0) || last(step) - first(step) >= most) return all;
  const auto count = static_cast<int>(last(step) - first(step)) + 1;
  for (int i = 0; i < count; ++i) {
    const double value = (first(step) + i) * step, place = axis.place(value);
    if (!all.empty() && value <= all.back().value) break;  // below what a double tells apart
    if (place < -1e-6 || place > 1 + 1e-6) continue;       // 0 of a logarithmic axis
    const bool clock = unit == Unit::seconds && step >= 1;
    all.push_back({value, clock ? short_time(value) : number_label(value, step)});
  }
  return all;
}

int labelled(const std::vector<Tick>& ticks) {
  return static_cast<int>(
      std::ranges::count_if(ticks, [](const Tick& tick) { return !tick.label.empty(); }));
}

// Labels at these digits times each `every`-th power of ten, or its multiples from `from` on.
std::vector<Tick> decades(const Axis& axis, std::string_view digits, int every, int from = 0) {
  const auto first = static_cast<int>(std::floor(std::log10(axis.low) + 1e-9));
  const auto last = static_cast<int>(std::ceil(std::log10(axis.high) - 1e-9));
  std::vector<Tick> all;
  for (int power = first; power <= last; ++power) {
    const bool label = (((power - from) % every) + every) % every == 0;
    for (int digit = 1; digit <= (every == 1 ? 9 : 1); ++digit) {
      const double value = digit * std::pow(10.0, power);
      if (value < axis.low * (1 - 1e-9) || value > axis.high * (1 + 1e-9)) continue;
      const bool wanted = label && digits.find(static_cast<char>('0' + digit)) != digits.npos;
      if (wanted || every <= 3) all.push_back({value, wanted ? number_label(value, value) : ""});
    }
  }
  return all;
}

// Decades where they make three labels, or all that fit; else the most that some of 1, 2 and 5
// times a decade make.
std::vector<Tick> logarithmic(const Axis& axis, int most) {
  const auto first = static_cast<int>(std::ceil(std::log10(axis.low) - 1e-9));
  const auto last = static_cast<int>(std::floor(std::log10(axis.high) + 1e-9));
  const int every = std::max(1, (last - first + most) / most);
  std::vector<Tick> best = decades(axis, "1", every);
  if (labelled(best) >= std::min(3, most) && labelled(best) <= most) return best;
  const auto try_also = [&](std::vector<Tick> other) {
    const int count = labelled(other);
    if (count <= most && (count > labelled(best) || labelled(best) > most)) best = std::move(other);
  };
  if (every > 1) try_also(decades(axis, "1", every, first));
  for (const char* digits : {"13", "125", "2", "5"})
    if (every == 1) try_also(decades(axis, digits, 1));
  return best;
}

}  // namespace

std::vector<Tick> ticks(const Axis& axis, int most, Unit unit) {
  if (!(axis.low < axis.high) || most < 1) return {};
  if (axis.log && axis.high / axis.low >= 10) {
    std::vector<Tick> all = logarithmic(axis, most);
    if (labelled(all) >= std::min(2, most)) return all;
  }
  return linear(axis, most, unit);
}

std::string short_number(double value, int digits) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  if (value == 0) return "0";
  const double power = std::floor(std::log10(std::abs(value)));
  // Rounded first: 999.96 to 4 digits is 1000, and that is 1k.
  const double step = std::pow(10.0, power - digits + 1);
  return number_label(step > 0 ? std::round(value / step) * step : value, step);
}

std::string short_time(double seconds) {
  if (!std::isfinite(seconds)) return "?";
  const double whole = std::round(std::abs(seconds));
  const std::string sign = seconds < 0 && whole > 0 ? "-" : "";
  const auto part = [&](double unit, double of) {
    return static_cast<int>(std::fmod(std::floor(whole / unit), of));
  };
  const int hours = part(hour, 24), minutes = part(minute, 60);
  if (whole >= 100 * day) return sign + fmt::format("{:.0f}d", std::floor(whole / day));
  if (whole >= day) return sign + fmt::format("{}d {}h", part(day, 1000), hours);
  if (whole >= hour) return sign + fmt::format("{}:{:02}:{:02}", hours, minutes, part(1, 60));
  return sign + fmt::format("{}:{:02}", minutes, part(1, 60));
}

}  // namespace lemnos::viewer
