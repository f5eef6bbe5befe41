// SPDX-License-Identifier: Apache-2.0
#include "viewer/runs/form.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <ranges>

#include "nn/train/run_fields.h"

namespace lemnos::viewer {
namespace {

namespace fs = std::filesystem;

enum Group { data_group, model_group, training_group, technique_group, output_group };
constexpr Group group_of[] = {data_group, training_group, technique_group, output_group};

std::string label_of(std::string name) {
  if (name == "lr") return "learning rate";
  std::ranges::replace(name, '_', ' ');
  return name;
}

// Beside folders and files.
std::vector<std::string> data_sets(const ModelKind& kind) {
  if (!kind.texts.empty())
    return {std::string(kind.data)};  // others are files and folders of texts
  if (kind.name == "detector") return {"scenes"};
  return {"fashion_mnist", "mnist", "cifar10", "cifar100", "tiny_images",
          "blobs",         "xor",   "spirals", "linear"};
}

void require_data(const FormField& field, std::string_view text) {
  std::error_code error;
  if (std::ranges::find(field.choices, text) != field.choices.end() ||
      fs::exists(fs::path(text), error))
    return;
  fail_usage("there is no data set '{}'; known are {}, and there are files and folders", text,
             fmt::join(field.choices, ", "));
}

std::string text_of(const nlohmann::json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_array()) return value.dump();
  std::vector<std::string> parts;
  for (const nlohmann::json& part : value) parts.push_back(part.dump());
  return fmt::format("{}", fmt::join(parts, ","));
}

const RunField* run_field(std::string_view name) {
  const auto found = std::ranges::find(run_fields(), name, &RunField::name);
  return found == run_fields().end() ? nullptr : &*found;
}

FormField form_field(const RunField& field) {
  return {.name = field.name,
          .label = label_of(field.name),
          .help = field.help,
          .usual = field.usual,
          .choices = field.choices};
}

// Those of a model.
FormField form_field(const nn::ConfigField& field) {
  FormField made{.name = field.name,
                 .label = label_of(field.name),
                 .help = field.help,
                 .usual = field.value,
                 .choices = {}};
  if (field.value == "true" || field.value == "false") made.choices = {"false", "true"};
  return made;
}

}  // namespace

Form::Form(std::string_view model) { choose_model(model); }

std::vector<Form::Model> Form::models() {
  std::vector<Model> all;
  for (const ModelKind& kind : lemnos::models()) all.push_back({kind.name, kind.description});
  return all;
}

std::span<const std::string> Form::presets() const { return model_kind(model_).presets; }

void Form::choose_model(std::string_view name) {
  model_ = model_kind(name).name;
  preset_.clear();
  last_ = "data";
  if (!groups_.empty()) groups_[model_group].fields.clear();  // of another model
  build();
}

void Form::choose_preset(std::string_view name) {
  model_kind(model_).describe(name);
  preset_ = name;
  build();
}

// What was written stays.
void Form::build() {
  std::map<std::string, std::string, std::less<>> written;
  for (const FormGroup& group : groups_)
    for (const FormField& field : group.fields) written[field.name] = field.text;
  const ModelKind& kind = model_kind(model_);
  const bool texts = !kind.texts.empty() || written["features"] == "tfidf";
  groups_ = {{"Data", {}}, {"Model", {}}, {"Training", {}}, {"Technique", {}}, {"Output", {}}};
  for (const RunField& field : run_fields())
    if (!field.texts_only || texts)
      groups_[group_of[static_cast<std::size_t>(field.group)]].fields.push_back(form_field(field));
  for (const nn::ConfigField& field : kind.describe(preset_))
    if (run_field(field.name) == nullptr)  // what the data say of it
      groups_[model_group].fields.push_back(form_field(field));
  groups_[output_group].fields.push_back({.name = "out",
                                          .label = "folder",
                                          .help = "folder of the run",
                                          .usual = fmt::format("runs/{}-N", model_)});
  groups_[output_group].fields.push_back({.name = "device",
                                          .label = "device",
                                          .help = "index, name or UUID",
                                          .usual = "as the program was started",
                                          .free = true});
  FormField& data = at("data");
  data.usual = kind.data;
  data.choices = data_sets(kind);
  data.free = true;
  if (texts) at("tokens").usual = "what the model is best with";
  for (FormGroup& group : groups_)
    for (FormField& field : group.fields) {
      if (const auto text = written.find(field.name); text != written.end())
        field.text = text->second;
      if (const auto offered = offered_.find(field.name); offered != offered_.end())
        field.choices = offered->second;
    }
  verify();
}

FormField& Form::at(std::string_view name) {
  for (FormGroup& group : groups_)
    for (FormField& field : group.fields)
      if (field.name == name) return field;
  fail_usage("the form of {} has no field '{}'", model_, name);
}

const FormField& Form::field(std::string_view name) const {
  return const_cast<Form*>(this)->at(name);
}

void Form::set(std::string_view name, std::string_view text) {
  at(name).text = text;
  last_ = name;
  if (name == "features") build();  // those of texts may come or go
  verify();
}

void Form::offer(std::string_view name, std::vector<std::string> choices) {
  at(name).choices = choices;
  offered_[std::string(name)] = std::move(choices);
}

bool Form::ready() const {
  return std::ranges::all_of(groups_, [](const FormGroup& group) {
    return std::ranges::all_of(group.fields, [](const auto& field) { return field.error.empty(); });
  });
}

// ---- checking -----------------------------------------------------------------------------------

// Each field by itself, then all of them together.
void Form::verify() {
  RunConfig config{.model = model_};
  for (FormGroup& group : groups_)
    for (FormField& field : group.fields) {
      field.error.clear();
      try {
        put(field, config);
      } catch (const Error& error) {
        field.error = error.what();
      }
    }
  if (!ready()) return;
  try {
    config.verify();
  } catch (const Error& error) {
    meant(error.what()).error = error.what();
  }
}

// Into the configuration where it has a place there.
void Form::put(const FormField& field, RunConfig& config) const {
  if (field.text.empty()) return;
  if (field.name == "data") require_data(field, field.text);
  if (const RunField* known = run_field(field.name)) {
    known->set(config, field.text);
  } else if (field.name == "out") {
    RunFolder::require_new(field.text);
  } else if (in_group(model_group, field)) {
    model_kind(model_).verify(field.name, field.text);
  }
}

bool Form::in_group(std::size_t group, const FormField& field) const {
  return std::ranges::find(groups_[group].fields, field.name, &FormField::name) !=
         groups_[group].fields.end();
}

// The field that an error of several begins with, as its flag; else the one that was set last.
FormField& Form::meant(std::string_view error) {
  const std::string_view flag = error.substr(0, error.find_first_of(" :"));
  for (FormGroup& group : groups_)
    for (FormField& field : group.fields)
      if (flag_of(field.name) == flag) return field;
  return at(last_);
}

// ---- in and out ---------------------------------------------------------------------------------

StartRequest Form::request() const {
  StartRequest request{.config = {.model = model_}, .preset = preset_};
  for (const FormGroup& group : groups_)
    for (const FormField& field : group.fields) {
      if (!field.error.empty()) fail_usage("{}", field.error);
      put(field, request.config);
      if (&group == &groups_[model_group] && !field.text.empty())
        request.settings.push_back({field.name, field.text});
    }
  request.out = field("out").text;
  request.device = field("device").text;
  return request;
}

void Form::take_from(const fs::path& folder) {
  const RunFolder run = RunFolder::open(folder);
  const RunConfig config = RunConfig::from_json(read_json(run.config()), run.config().string());
  groups_.clear();
  choose_model(config.model);
  set("features", config.text.features);  // which fields there are
  for (FormGroup& group : groups_)
    for (FormField& field : group.fields) {
      if (const RunField* known = run_field(field.name)) {
        field.text = known->text(config);
      } else if (in_group(model_group, field) && config.config.contains(field.name)) {
        field.text = text_of(config.config.at(field.name));
      }
      if (field.text == field.usual) field.text.clear();
    }
  verify();
}

}  // namespace lemnos::viewer
