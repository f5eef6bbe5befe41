// SPDX-License-Identifier: Apache-2.0
#include "viewer/panels/start.h"

#include <imgui/imgui.h>
#include <imgui/imgui_stdlib.h>

#include <algorithm>
#include <utility>

#include "viewer/widgets.h"

namespace lemnos::viewer {
namespace {

void error_text(const std::string& text) {
  ImGui::PushStyleColor(ImGuiCol_Text, theme().error);
  ImGui::TextWrapped("%s", text.c_str());
  ImGui::PopStyleColor();
}

void help(const std::string& text) {
  if (text.empty() || !ImGui::IsItemHovered()) return;
  ImGui::BeginTooltip();
  ImGui::PushTextWrapPos(px(320));
  ImGui::TextUnformatted(text.c_str());
  ImGui::PopTextWrapPos();
  ImGui::EndTooltip();
}

// One of the choices, or the empty text for what is usual. True where another was chosen.
bool choose(const FormField& field, std::string& text) {
  const std::string shown = text.empty() ? field.usual : text;
  if (!ImGui::BeginCombo("##choice", shown.c_str())) return false;
  const std::string before = text;
  if (ImGui::Selectable(("usual: " + field.usual).c_str(), text.empty())) text.clear();
  for (const std::string& choice : field.choices)
    if (ImGui::Selectable(choice.c_str(), choice == text)) text = choice;
  ImGui::EndCombo();
  return text != before;
}

}  // namespace

void StartPanel::draw() {
  draw_model();
  const float button_height = ImGui::GetFrameHeightWithSpacing() + px(4);
  ImGui::BeginChild("fields",
                    {0, std::max(px(80), ImGui::GetContentRegionAvail().y - button_height)});
  bool first = true;
  for (const FormGroup& group : form.groups()) draw_group(group, std::exchange(first, false));
  draw_resume();
  ImGui::EndChild();
  if (primary_button("Train", form.ready() ? "starts the run" : "something above is wrong",
                     form.ready()))
    wanted = true;
}

void StartPanel::draw_model() {
  ImGui::SetNextItemWidth(-1);
  if (ImGui::BeginCombo("##model", form.model().c_str())) {
    for (const Form::Model& model : Form::models()) {
      const std::string name(model.name);
      if (ImGui::Selectable(name.c_str(), name == form.model())) form.choose_model(name);
      help(std::string(model.description));
    }
    ImGui::EndCombo();
  }
  for (const Form::Model& model : Form::models())
    if (model.name == form.model())
      ImGui::TextDisabled("%s", std::string(model.description).c_str());
  if (form.presets().empty()) return;
  ImGui::SetNextItemWidth(-1);
  const std::string preset = form.preset().empty() ? "no preset" : form.preset();
  if (!ImGui::BeginCombo("##preset", preset.c_str())) return;
  if (ImGui::Selectable("no preset", form.preset().empty())) form.choose_preset("");
  const std::vector<std::string> presets(form.presets().begin(), form.presets().end());
  for (const std::string& name : presets)
    if (ImGui::Selectable(name.c_str(), name == form.preset())) form.choose_preset(name);
  ImGui::EndCombo();
}

void StartPanel::draw_group(const FormGroup& group, bool open) {
  if (group.fields.empty()) return;
  const bool wrong = std::ranges::any_of(
      group.fields, [](const FormField& field) { return !field.error.empty(); });
  if (open) ImGui::SetNextItemOpen(true, ImGuiCond_Once);
  if (wrong) ImGui::SetNextItemOpen(true);
  if (!ImGui::CollapsingHeader(group.title.c_str())) return;
  const std::vector<FormField> fields = group.fields;  // setting one may change them all
  for (const FormField& field : fields) draw_field(field);
}

void StartPanel::draw_field(const FormField& field) {
  ImGui::PushID(field.name.c_str());
  ImGui::TextDisabled("%s", field.label.c_str());
  help(field.help);
  std::string text = field.text;
  ImGui::SetNextItemWidth(-1);
  bool changed = false;
  if (field.choices.empty() || field.free) {
    const float combo = field.choices.empty() ? 0 : ImGui::GetFrameHeight() + px(4);
    ImGui::SetNextItemWidth(ImGui::GetContentRegionAvail().x - combo);
    changed = ImGui::InputTextWithHint("##text", field.usual.c_str(), &text);
    help(field.help);
    if (combo > 0) {
      ImGui::SameLine(0, px(4));
      ImGui::SetNextItemWidth(ImGui::GetFrameHeight());
      if (ImGui::BeginCombo("##known", "", ImGuiComboFlags_NoPreview)) {
        for (const std::string& choice : field.choices)
          if (ImGui::Selectable(choice.c_str(), choice == text)) {
            text = choice;
            changed = true;
          }
        ImGui::EndCombo();
      }
    }
  } else {
    changed = choose(field, text);
    help(field.help);
  }
  if (changed) form.set(field.name, text);
  if (!field.error.empty()) error_text(field.error);
  ImGui::PopID();
}

void StartPanel::draw_resume() {
  if (!ImGui::CollapsingHeader("Go on with a run")) return;
  ImGui::SetNextItemWidth(-1);
  ImGui::InputTextWithHint("##folder", "folder of a run", &folder);
  for (const std::string& run : runs)
    if (ImGui::Selectable(run.c_str(), run == folder)) folder = run;
  if (button("Resume", "goes on from its newest checkpoint", !folder.empty())) resume_wanted = true;
  ImGui::SameLine();
  if (button("Take its settings", "fills the fields above as that run was trained",
             !folder.empty())) {
    folder_error_.clear();
    try {
      form.take_from(folder);
    } catch (const Error& error) {
      folder_error_ = error.what();
    }
  }
  if (!folder_error_.empty()) error_text(folder_error_);
}

Table StartPanel::table() const {
  Table table{{"group", "field", "text", "usual", "error"}, {}};
  for (const FormGroup& group : form.groups())
    for (const FormField& field : group.fields)
      table.rows.push_back({group.title, field.name, field.text, field.usual, field.error});
  return table;
}

nlohmann::ordered_json StartPanel::json() const {
  nlohmann::ordered_json json{{"model", form.model()}, {"preset", form.preset()}};
  for (const FormGroup& group : form.groups())
    for (const FormField& field : group.fields)
      if (!field.text.empty()) json["fields"][field.name] = field.text;
  json["ready"] = form.ready();
  return json;
}

}  // namespace lemnos::viewer
