// SPDX-License-Identifier: Apache-2.0
// What is asked before a run starts, as plain data: every field that `lemnos train` has a flag for,
// checked as soon as it is written, with the same words.
#pragma once

#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "viewer/runs/session.h"

namespace lemnos::viewer {

struct FormField {
  std::string name;                  // "clip_norm"
  std::string label;                 // "clip norm"
  std::string help;                  // what it means
  std::string usual;                 // what holds while `text` is empty
  std::vector<std::string> choices;  // all there are; none: any text, or a number
  bool free = false;                 // of a field with choices: other text is allowed as well
  std::string text;                  // as the user wrote it
  std::string error;                 // what is wrong with it
};

struct FormGroup {
  std::string title;  // "Data", "Model", "Training", "Technique", "Output"
  std::vector<FormField> fields;
};

class Form {
 public:
  explicit Form(std::string_view model = "conv_vae");

  struct Model {
    std::string_view name, description;
  };
  static std::vector<Model> models();

  // Keeps what was written of all but the model. Wrong usage: an unknown name, of both.
  void choose_model(std::string_view name);
  void choose_preset(std::string_view name);  // "": none
  const std::string& model() const { return model_; }
  const std::string& preset() const { return preset_; }
  std::span<const std::string> presets() const;

  std::span<const FormGroup> groups() const { return groups_; }
  const FormField& field(std::string_view name) const;  // fails: unknown
  // The text, and the errors of all fields that depend on it. Empty: as if it was never written.
  void set(std::string_view name, std::string_view text);
  void offer(std::string_view name, std::vector<std::string> choices);  // of devices, say

  bool ready() const;            // nothing is wrong
  StartRequest request() const;  // wrong usage: while something is
  // As the run in this folder was trained; the output stays empty. Fails as RunFolder::open does.
  void take_from(const std::filesystem::path& folder);

 private:
  void build();
  void verify();
  void put(const FormField& field, RunConfig& config) const;
  bool in_group(std::size_t group, const FormField& field) const;
  FormField& at(std::string_view name);
  FormField& meant(std::string_view error);

  std::string model_, preset_;
  std::vector<FormGroup> groups_;
  std::map<std::string, std::vector<std::string>, std::less<>> offered_;
  std::string last_ = "data";  // the field that was set last
};

}  // namespace lemnos::viewer
