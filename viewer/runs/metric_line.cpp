// SPDX-License-Identifier: Apache-2.0
#include "viewer/runs/metric_line.h"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>

namespace lemnos::viewer {
namespace {

// Reads what JsonlObserver writes from left to right; each step says whether it was there.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

  bool skip(char c) {
    if (at_ == end_ || *at_ != c) return false;
    ++at_;
    return true;
  }
  bool at_end() const { return at_ == end_; }
  bool at(char c) const { return at_ != end_ && *at_ == c; }

  // Without escapes, and of ASCII: others are left to the JSON parser.
  bool text(std::string_view& out) {
    if (!skip('"')) return false;
    const char* first = at_;
    while (at_ != end_ && *at_ >= ' ' && *at_ != '"' && *at_ != '\\') ++at_;
    out = {first, static_cast<std::size_t>(at_ - first)};
    return skip('"');
  }
  bool number(double& out) {
    if (std::string_view(at_, static_cast<std::size_t>(end_ - at_)).starts_with("null")) {
      at_ += 4;
      out = std::nan("");
      return true;
    }
    const bool digit = at_ != end_ && (*at_ == '-' || (*at_ >= '0' && *at_ <= '9'));
    const auto [after, error] = std::from_chars(at_, end_, out);
    at_ = after;
    return digit && error == std::errc();
  }

 private:
  const char* at_;
  const char* end_;
};

}  // namespace

bool MetricLine::read(std::string_view line) {
  clear();
  if (!read_flat(line)) {
    clear();
    if (!read_json(line)) return false;
  }
  values.resize(used_);
  return has_step_ && !kind.empty();
}

void MetricLine::clear() {
  kind.clear();
  split.clear();
  event.clear();
  detail.clear();
  moment = {};
  has_step_ = false;
  used_ = 0;
}

bool MetricLine::read_flat(std::string_view line) {
  Scanner scan(line);
  if (!scan.skip('{')) return false;
  do {
    std::string_view key, text;
    double value = 0;
    if (!scan.text(key) || !scan.skip(':')) return false;
    if (scan.at('"')) {
      if (!scan.text(text)) return false;
      take(key, text);
    } else {
      if (!scan.number(value)) return false;
      take(key, value);
    }
  } while (scan.skip(','));
  return scan.skip('}') && scan.at_end();
}

// In any order, with spaces, escapes and letters of any language; what is neither a number nor text
// is of no use here.
bool MetricLine::read_json(std::string_view line) {
  const auto object = nlohmann::json::parse(line, nullptr, false);
  if (!object.is_object()) return false;
  for (const auto& [key, value] : object.items()) {
    if (value.is_string()) take(key, std::string_view(value.get_ref<const std::string&>()));
    if (value.is_number()) take(key, value.get<double>());
    if (value.is_null()) take(key, std::nan(""));
  }
  return true;
}

bool MetricLine::take(std::string_view key, std::string_view text) {
  if (key == "kind") return !(kind = text).empty();
  if (key == "split") return !(split = text).empty();
  if (key == "event") return !(event = text).empty();
  if (key == "detail") return !(detail = text).empty();
  return false;
}

void MetricLine::take(std::string_view key, double value) {
  if (key == "step") return take_step(value);
  if (key == "epoch") {
    moment.epoch = value;
  } else if (key == "time") {
    moment.seconds = value;
  } else {
    if (used_ == values.size()) values.emplace_back();
    values[used_].name = key;
    values[used_++].value = value;
  }
}

void MetricLine::take_step(double value) {
  constexpr double exact = 9007199254740992.0;  // 2^53
  if (!(value >= 0 && value <= exact && value == std::floor(value))) return;
  moment.step = static_cast<std::uint64_t>(value);
  has_step_ = true;
}

}  // namespace lemnos::viewer
