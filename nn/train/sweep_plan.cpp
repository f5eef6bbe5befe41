// SPDX-License-Identifier: Apache-2.0
#include "nn/train/sweep_plan.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

#include "runtime/base/philox.h"

namespace lemnos {
namespace {

constexpr std::size_t most_runs = 10'000;
constexpr std::uint32_t draw_stream = 0xFFFFFFFE;

template <class Number>
std::optional<Number> number(std::string_view text) {
  Number value{};
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end) return {};
  return value;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (std::size_t at = 0;;) {
    const std::size_t end = text.find(separator, at);
    parts.emplace_back(text.substr(at, end - at));
    if (end == std::string_view::npos) return parts;
    at = end + 1;
  }
}

// "1e-5..1e-1:log"; nothing where there are no two dots.
std::optional<Axis::Range> parse_range(std::string_view option, std::string_view text,
                                       std::vector<std::string>& ends) {
  const std::size_t colon = text.find(':');
  const std::string_view span = text.substr(0, colon);
  const std::size_t dots = span.find("..");
  if (dots == std::string_view::npos) return {};
  const std::string_view low = span.substr(0, dots), high = span.substr(dots + 2);
  const auto from = number<double>(low), to = number<double>(high);
  if (!from || !to || !(*from < *to) || !std::isfinite(*to - *from))
    fail_usage("{} {}: a range goes from a number up to another, as 0.1..0.5 does", option, text);
  Axis::Range range{.low = *from, .high = *to};
  range.whole = number<std::int64_t>(low) && number<std::int64_t>(high);
  range.log = colon != std::string_view::npos;
  if (range.log && text.substr(colon) != ":log")
    fail_usage("{} {}: behind a range only :log may stand", option, text);
  if (range.log && range.low <= 0)
    fail_usage("{} {}: logarithms need a range above 0", option, text);
  ends = {std::string(low), std::string(high)};
  return range;
}

void check_values(std::string_view option, std::string_view text,
                  const std::vector<std::string>& values) {
  if (std::ranges::find(values, "") != values.end())
    fail_usage("{} {}: a value is missing; --grid lr=1e-3,1e-2 has two", option, text);
  if (std::set<std::string>(values.begin(), values.end()).size() != values.size())
    fail_usage("{} {}: a value is there twice", option, text);
}

}  // namespace

Axis Axis::parse(std::string_view option, std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0)
    fail_usage("{} {}: this is not FLAG=VALUE,VALUE, as lr=1e-3,1e-2 is", option, text);
  Axis axis{.flag = std::string(text.substr(0, equals))};
  std::ranges::replace(axis.flag, '_', '-');
  const std::string_view rest = text.substr(equals + 1);
  if (option == "--random") axis.range = parse_range(option, rest, axis.values);
  if (!axis.range) axis.values = split(rest, rest.find(';') == rest.npos ? ',' : ';');
  check_values(option, text, axis.values);
  return axis;
}

std::string Axis::draw(std::uint32_t word) const {
  const double share = (word + 0.5) / 4294967296.0;
  if (!range) return values[static_cast<std::size_t>(share * static_cast<double>(values.size()))];
  const double high = range->high + (range->whole ? 1 : 0);
  const double value = range->log ? std::exp(std::lerp(std::log(range->low), std::log(high), share))
                                  : std::lerp(range->low, high, share);
  if (range->whole)
    return fmt::format(
        "{}", static_cast<std::int64_t>(std::clamp(std::floor(value), range->low, range->high)));
  std::string text = fmt::format("{:.6g}", value);  // to be read; rounding may pass an end
  const double read = number<double>(text).value();
  return read < range->low ? values[0] : read > range->high ? values[1] : text;
}

std::vector<Axis> SweepPlan::axes() const {
  std::vector<Axis> all;
  std::set<std::string> flags;
  const auto add = [&](std::string_view option, const std::vector<std::string>& texts) {
    for (const std::string& text : texts) {
      all.push_back(Axis::parse(option, text));
      if (!flags.insert(all.back().flag).second)
        fail_usage("{} {}: there is another axis of --{}", option, text, all.back().flag);
    }
  };
  add("--grid", grid);
  add("--random", random);
  if (all.empty() && !folds)
    fail_usage(
        "sweep: what is to be varied? --grid lr=1e-3,1e-2, --random lr=1e-4..1e-1:log, or "
        "--folds 5 to look at one setting only");
  if (random.empty() && draws != 0) fail_usage("--trials counts draws: it goes with --random");
  if (!random.empty() && draws < 1)
    fail_usage("--random needs --trials N: so many draws, at least 1");
  return all;
}

std::vector<std::vector<Setting>> SweepPlan::trials() const {
  const std::vector<Axis> all = axes();
  if (folds && *folds < 2) fail_usage("--folds must be at least 2, not {}", *folds);
  const std::size_t drawn = random.empty() ? 1 : static_cast<std::size_t>(draws);
  double runs = static_cast<double>(drawn) * static_cast<double>(folds.value_or(1));
  std::size_t points = 1;
  for (std::size_t a = 0; a < grid.size(); ++a) {
    points *= all[a].values.size();
    runs *= static_cast<double>(all[a].values.size());
  }
  if (runs > most_runs) fail_usage("sweep: {:.0f} runs; {} are the most", runs, most_runs);

  std::vector<std::vector<Setting>> trials;
  for (std::size_t i = 0; i < points * drawn; ++i) {
    std::vector<Setting> settings(all.size());
    std::size_t point = i / drawn;
    for (std::size_t a = grid.size(); a-- > 0; point /= all[a].values.size())
      settings[a] = {all[a].flag, all[a].values[point % all[a].values.size()]};
    for (std::size_t a = grid.size(); a < all.size(); ++a)
      settings[a] = {all[a].flag,
                     all[a].draw(philox_word(seed, draw_stream, a - grid.size(), i % drawn))};
    trials.push_back(std::move(settings));
  }
  return trials;
}

std::vector<std::string> SweepPlan::train_arguments(const std::vector<Setting>& settings,
                                                    std::optional<std::int64_t> fold) const {
  std::vector<std::string> all{model};
  all.insert(all.end(), arguments.begin(), arguments.end());
  for (const Setting& setting : settings)
    all.push_back(fmt::format("--{}={}", setting.name, setting.value));
  if (fold) {
    all.push_back(fmt::format("--folds={}", folds.value()));
    all.push_back(fmt::format("--fold={}", *fold));
  }
  return all;
}

nlohmann::ordered_json SweepPlan::to_json() const {
  return {{"model", model}, {"arguments", arguments},
          {"grid", grid},   {"random", random},
          {"draws", draws}, {"folds", folds ? nlohmann::json(*folds) : nlohmann::json(nullptr)},
          {"seed", seed}};
}

SweepPlan SweepPlan::from_json(const nlohmann::json& json) {
  SweepPlan plan;
  json.at("model").get_to(plan.model);
  json.at("arguments").get_to(plan.arguments);
  json.at("grid").get_to(plan.grid);
  json.at("random").get_to(plan.random);
  json.at("draws").get_to(plan.draws);
  if (!json.at("folds").is_null()) plan.folds = json.at("folds").get<std::int64_t>();
  json.at("seed").get_to(plan.seed);
  return plan;
}

}  // namespace lemnos
