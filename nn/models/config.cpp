// SPDX-License-Identifier: Apache-2.0
#include "nn/models/config.h"

#include <fmt/ranges.h>

#include <charconv>

namespace lemnos::nn::detail {
namespace {

template <class T>
bool parse_number(std::string_view text, T& value) {
  T parsed{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), parsed);
  if (error != std::errc() || end != text.data() + text.size()) return false;
  value = parsed;
  return true;
}

}  // namespace

std::string text_of(std::int64_t value) { return std::to_string(value); }
std::string text_of(double value) { return fmt::format("{}", value); }
std::string text_of(bool value) { return value ? "true" : "false"; }
std::string text_of(const std::string& value) { return value; }
std::string text_of(const Sizes& value) { return fmt::format("{}", fmt::join(value, ",")); }

void parse(std::string_view name, std::string_view text, std::int64_t& value) {
  if (!parse_number(text, value)) fail_usage("{} takes a whole number, not \"{}\"", name, text);
}

void parse(std::string_view name, std::string_view text, double& value) {
  if (!parse_number(text, value)) fail_usage("{} takes a number, not \"{}\"", name, text);
}

void parse(std::string_view name, std::string_view text, bool& value) {
  if (text != "true" && text != "false")
    fail_usage("{} takes true or false, not \"{}\"", name, text);
  value = text == "true";
}

void parse(std::string_view, std::string_view text, std::string& value) { value = text; }

void parse(std::string_view name, std::string_view text, Sizes& value) {
  Sizes sizes;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    sizes.emplace_back();
    if (!parse_number(text.substr(0, comma), sizes.back()) || comma + 1 == text.size())
      fail_usage("{} takes whole numbers with commas between, such as 512,256, not \"{}\"", name,
                 text);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  value = std::move(sizes);
}

void fail_unknown(std::string_view name, const std::vector<ConfigField>& known) {
  std::vector<std::string> names;
  for (const ConfigField& field : known) names.push_back(field.name);
  fail_usage("there is no setting \"{}\"; there are {}", name, fmt::join(names, ", "));
}

void fail_type(std::string_view name, const nlohmann::json& value) {
  fail("the setting \"{}\" cannot be {}", name, value.dump());
}

}  // namespace lemnos::nn::detail
