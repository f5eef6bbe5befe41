// SPDX-License-Identifier: Apache-2.0
// Model configurations: plain structs whose fields are named once, with what they mean.
//
//   struct Mlp::Config {
//     std::vector<std::int64_t> hidden{512};
//     template <class Visitor>
//     void fields(Visitor&& visit) { visit("hidden", hidden, "sizes of the hidden layers"); }
//   };
//
// From that come the command line's flags and --help (describe, set_field) and the config.json of a
// run (to_json, from_json). A field is a std::int64_t, a double, a bool, a std::string or a
// std::vector<std::int64_t>, whose text form is 512,256 ("" for none).
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/error.h"

namespace lemnos::nn {

using Sizes = std::vector<std::int64_t>;

struct ConfigField {
  std::string name;
  std::string value;  // as text; of a default-made Config: the default
  std::string help;
};

// A configuration with a name of its own: "784-512-10".
template <class Config>
struct Preset {
  std::string name;
  Config config;
};

namespace detail {

std::string text_of(std::int64_t value);
std::string text_of(double value);
std::string text_of(bool value);
std::string text_of(const std::string& value);
std::string text_of(const Sizes& value);

// Wrong usage: text that is no such value, naming the field and what it takes.
void parse(std::string_view name, std::string_view text, std::int64_t& value);
void parse(std::string_view name, std::string_view text, double& value);
void parse(std::string_view name, std::string_view text, bool& value);
void parse(std::string_view name, std::string_view text, std::string& value);
void parse(std::string_view name, std::string_view text, Sizes& value);

[[noreturn]] void fail_unknown(std::string_view name, const std::vector<ConfigField>& known);
[[noreturn]] void fail_type(std::string_view name, const nlohmann::json& value);

}  // namespace detail

template <class Config>
std::vector<ConfigField> describe(Config config) {
  std::vector<ConfigField> fields;
  config.fields([&](std::string_view name, const auto& value, std::string_view help) {
    fields.push_back({std::string(name), detail::text_of(value), std::string(help)});
  });
  return fields;
}

// Sets one field from its text form. Wrong usage: an unknown name, or text that is no such value.
template <class Config>
void set_field(Config& config, std::string_view name, std::string_view text) {
  bool found = false;
  config.fields([&](std::string_view each, auto& value, std::string_view) {
    if (each != name) return;
    detail::parse(name, text, value);
    found = true;
  });
  if (!found) detail::fail_unknown(name, describe(config));
}

template <class Config>
nlohmann::json to_json(Config config) {
  nlohmann::json json = nlohmann::json::object();
  config.fields([&](std::string_view name, const auto& value, std::string_view) {
    json[std::string(name)] = value;
  });
  return json;
}

// Fields that the object does not name keep their values. Fails for a key that is no field and for
// a value of the wrong type.
template <class Config>
void from_json(const nlohmann::json& json, Config& config) {
  if (!json.is_object()) fail("the settings are not a JSON object");
  for (const auto& [key, given] : json.items()) {
    bool found = false;
    config.fields(
        [&, &name = key, &value = given](std::string_view each, auto& field, std::string_view) {
          if (each != name) return;
          found = true;
          nlohmann::json expected = field;
          const bool number = expected.is_number_float() && value.is_number();
          const bool integer = expected.is_number_integer() && value.is_number_integer();
          if (!number && !integer && (expected.is_number() || expected.type() != value.type()))
            detail::fail_type(name, value);
          try {
            field = value.template get<std::decay_t<decltype(field)>>();
          } catch (const nlohmann::json::exception&) {
            detail::fail_type(name, value);
          }
        });
    if (!found) detail::fail_unknown(key, describe(config));
  }
}

}  // namespace lemnos::nn
