// SPDX-License-Identifier: Apache-2.0
#include "viewer/report_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include "nn/train/run.h"

namespace lemnos::viewer {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 9> important = {
    "model", "data", "optimizer", "lr", "batch", "epochs", "steps", "seed", "precision"};

std::string label_of(std::string name) {
  if (name == "lr") return "learning rate";
  if (name == "batch") return "batch size";
  std::ranges::replace(name, '_', ' ');
  return name;
}

void add(std::vector<Fact>& facts, const std::string& name, const json& value) {
  if (const std::string text = setting_text(value); !text.empty())
    facts.push_back({label_of(name), text});
}

// What the model is made with where nothing is said, as text; nothing of a model that is unknown.
std::vector<nn::ConfigField> usual_model(const json& config) {
  const std::string name = config.value("model", json()).is_string() ? config["model"] : "";
  const auto known = std::ranges::find(models(), name, &ModelKind::name);
  return known == models().end() ? std::vector<nn::ConfigField>{} : known->describe("");
}

// As a ConfigField has it: "true", "32,64".
std::string field_text(const json& value) {
  std::string text = value.is_boolean() ? value.dump() : setting_text(value);
  if (value.is_array()) std::erase(text, ' ');
  return text;
}

void add_model(std::vector<Fact>& facts, const json& config) {
  if (!config.contains("config") || !config["config"].is_object()) return;
  const std::vector<nn::ConfigField> usual = usual_model(config);
  const json& own = config["config"];
  for (const auto& [key, value] : own.items()) {
    const auto field = std::ranges::find(usual, key, &nn::ConfigField::name);
    if (field == usual.end() || field->value != field_text(value)) add(facts, key, value);
  }
}

void add_unusual(std::vector<Fact>& facts, const json& own, const json& usual) {
  static const std::set<std::string, std::less<>> told = {"config", "planned_steps"};
  for (const auto& [key, value] : own.items()) {
    if (told.contains(key) || std::ranges::find(important, key) != important.end()) continue;
    const json before = usual.is_object() ? usual.value(key, json()) : json();
    if (value == before) continue;
    if (value.is_object()) {
      add_unusual(facts, value, before);
    } else {
      add(facts, key, value);
    }
  }
}

}  // namespace

std::string setting_text(const json& value) {
  if (value.is_null()) return "";
  if (value.is_string()) return value.get<std::string>();
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  if (value.is_number_float()) return fmt::format("{}", value.get<double>());
  if (!value.is_array()) return value.dump(-1, ' ', false, json::error_handler_t::replace);
  std::string text;
  for (const json& part : value) text += (text.empty() ? "" : ", ") + setting_text(part);
  return text;
}

std::vector<Fact> settings_of(const json& config) {
  std::vector<Fact> facts;
  if (!config.is_object()) return facts;
  for (const std::string_view key : important) {
    const std::string name(key);
    const json value = config.value(name, json());
    if (name == "steps" && value == 0) continue;  // the epochs say when it ends
    if (name == "lr" && value.is_null() && config.contains("optimizer")) {
      facts.push_back({label_of(name), "the optimizer's own"});
    } else {
      add(facts, name, value);
    }
  }
  add_model(facts, config);
  const RunConfig usual;
  add_unusual(facts, config, json(usual.to_json()));
  return facts;
}

}  // namespace lemnos::viewer
