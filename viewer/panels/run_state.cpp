// SPDX-License-Identifier: Apache-2.0
#include "viewer/panels/run_state.h"

#include <fmt/format.h>
#include <imgui/imgui.h>
#include <imgui/imgui_stdlib.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "nn/optim/optimizer.h"
#include "runtime/base/error.h"
#include "runtime/base/progress.h"
#include "viewer/widgets.h"

namespace lemnos::viewer {
namespace {

using State = RunStatus::State;
using Wish = RunWish::Kind;

std::string label_of(std::string hyperparameter) {
  std::ranges::replace(hyperparameter, '_', ' ');
  return hyperparameter;
}

std::string digits(double value) {
  return std::isfinite(value) ? fmt::format("{:.4g}", value) : "not finite";
}

// A file of a checkpoint by its name alone.
std::string words_of(const RunStatePanel::Event& event) {
  std::string detail = event.detail;
  constexpr std::string_view ending = ".safetensors";
  if (detail.ends_with(ending)) detail.resize(detail.size() - ending.size());
  return detail.empty() || detail == event.name ? event.name : event.name + "  " + detail;
}

}  // namespace

ImU32 color_of(State state) {
  const Theme& t = theme();
  switch (state) {
    case State::running:
      return t.good;
    case State::opening:
    case State::follows:
      return t.accent;
    case State::paused:
      return t.warning;
    case State::failed:
      return t.error;
    default:
      return t.muted;
  }
}

const char* word_of(State state) {
  constexpr const char* words[] = {"no run",  "opening", "running", "paused",
                                   "stopped", "ended",   "failed",  "following"};
  return words[static_cast<int>(state)];
}

void RunStatePanel::wish(Wish kind, double value, std::string text) {
  wishes.push_back({kind, value, std::move(text)});
}

void RunStatePanel::draw() {
  draw_state();
  if (status.state == State::none) return;
  draw_figures();
  ImGui::Spacing();
  draw_controls();
  if (status.alive()) {
    ImGui::Spacing();
    draw_hyperparameters();
    ImGui::PushStyleVar(ImGuiStyleVar_FramePadding, {px(8), px(6)});
    ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {px(6), px(8)});
    draw_checkpoints();
    ImGui::PopStyleVar(2);
  }
  draw_events();
}

void RunStatePanel::draw_state() {
  state_dot(color_of(status.state), word_of(status.state));
  if (!status.name.empty()) {
    ImGui::SameLine(0, px(10));
    ImGui::TextDisabled("%s", status.name.c_str());
    if (ImGui::IsItemHovered() && !status.folder.empty())
      ImGui::SetTooltip("%s", status.folder.c_str());
  }
  if (status.message.empty()) return;
  ImGui::PushStyleColor(ImGuiCol_Text,
                        status.state == State::failed ? theme().error : theme().muted);
  ImGui::TextWrapped("%s", status.message.c_str());
  ImGui::PopStyleColor();
}

void RunStatePanel::draw_figures() {
  if (!status.model.empty()) {
    ImGui::TextDisabled("%s on %s", status.model.c_str(), status.data.c_str());
    ImGui::TextDisabled("%s", status.device.c_str());
    if (ImGui::IsItemHovered()) ImGui::SetTooltip("%s", status.device.c_str());
  }
  const double done = status.last_step > 0
                          ? static_cast<double>(status.step) / static_cast<double>(status.last_step)
                          : 0;
  ImGui::ProgressBar(static_cast<float>(std::clamp(done, 0.0, 1.0)), {-1, px(6)}, "");
  const double speed = status.ms > 0 ? 1e3 / status.ms : 0;
  const auto left = static_cast<double>(status.last_step - std::min(status.last_step, status.step));
  const std::pair<const char*, std::string> figures[] = {
      {"step", fmt::format("{} / {}", status.step, status.last_step)},
      {"epoch", fmt::format("{:.2f}", status.epoch)},
      {"loss", digits(status.loss)},
      {"steps/s", digits(speed)},
      {"trained for", duration_text(status.seconds)},
      {"time left", status.state == State::running && speed > 0 ? duration_text(left / speed)
                                                                : std::string("–")}};
  if (!ImGui::BeginTable("figures", 2, ImGuiTableFlags_SizingStretchSame)) return;
  for (const auto& [name, value] : figures) {
    ImGui::TableNextColumn();
    figure(name, value);
  }
  ImGui::EndTable();
}

void RunStatePanel::draw_controls() {
  if (status.state == State::paused) {
    if (primary_button("Go on", "Space")) wish(Wish::go_on);
  } else if (status.alive()) {
    if (primary_button("Pause", "Space")) wish(Wish::pause);
  }
  if (status.alive()) {
    ImGui::SameLine();
    if (button("Step", "one update, then pause (N)")) wish(Wish::step);
    ImGui::SameLine();
    if (button("Epoch", "to the end of this epoch, then pause (E)")) wish(Wish::epoch);
    ImGui::SameLine();
    if (button("Stop", "ends the run; its folder can be resumed")) wish(Wish::stop);
    return;
  }
  if (over()) {
    if (primary_button("Resume", "goes on from the newest checkpoint (R)")) wish(Wish::resume);
    ImGui::SameLine();
  }
  if (status.state == State::opening) return;
  if (button("New run", "choose a model, data and settings")) wish(Wish::start_another);
  if (status.folder.empty()) return;
  ImGui::SameLine();
  draw_report();
}

bool RunStatePanel::over() const {
  return !status.folder.empty() &&
         (status.state == State::ended || status.state == State::stopped ||
          status.state == State::failed);
}

void RunStatePanel::draw_report() {
  if (button("Report", "a page about the run, as a picture in its folder (Ctrl-R)"))
    wish(Wish::report);
}

void RunStatePanel::draw_hyperparameters() {
  float widest = 0;
  for (const NamedValue& each : status.hyperparameters)
    widest = std::max(widest, ImGui::CalcTextSize(label_of(each.name).c_str()).x);
  for (const NamedValue& each : status.hyperparameters)
    draw_hyperparameter(each, ImGui::GetCursorPosX() + widest + px(8));
}

void RunStatePanel::draw_hyperparameter(const NamedValue& given, float x) {
  Written& written = written_[given.name];
  if (written.of != given.value)
    written = {.of = given.value, .text = fmt::format("{:.6g}", given.value), .error = {}};
  ImGui::PushID(given.name.c_str());
  ImGui::AlignTextToFramePadding();
  ImGui::TextDisabled("%s", label_of(given.name).c_str());
  ImGui::SameLine(x);
  ImGui::SetNextItemWidth(px(84));
  if (ImGui::InputText("##value", &written.text,
                       ImGuiInputTextFlags_EnterReturnsTrue | ImGuiInputTextFlags_CharsScientific))
    set(given.name, written);
  const char* keys = given.name == "learning_rate" ? " (Ctrl-, Ctrl-.)" : "";
  for (const auto& [text, factor] : {std::pair("÷2", 0.5), std::pair("×2", 2.0)}) {
    ImGui::SameLine(0, px(4));
    if (button(text, fmt::format("from the next step on; written to the log{}", keys).c_str()))
      wish(Wish::set, given.value * factor, given.name);
  }
  if (!written.error.empty()) {
    ImGui::PushStyleColor(ImGuiCol_Text, theme().error);
    ImGui::TextWrapped("%s", written.error.c_str());
    ImGui::PopStyleColor();
  }
  ImGui::PopID();
}

void RunStatePanel::set(const std::string& name, Written& written) {
  double value = 0;
  const char* const end = written.text.data() + written.text.size();
  const auto [read, error] = std::from_chars(written.text.data(), end, value);
  written.error.clear();
  try {
    if (error != std::errc() || read != end) fail_usage("a number, such as 0.001 or 1e-3");
    optim::verify_hyperparameter(name, value);
    wish(Wish::set, value, name);
  } catch (const Error& wrong) {
    written.error = wrong.what();
  }
}

void RunStatePanel::draw_checkpoints() {
  if (button("Profile", "times every dispatch of the next step (P)")) wish(Wish::profile);
  ImGui::SameLine();
  if (button("Save", "a checkpoint, now (Ctrl-K)")) wish(Wish::save);
  ImGui::SameLine();
  if (button("Roll back", "to a checkpoint: as if it had never gone further",
             !status.checkpoints.empty()))
    ImGui::OpenPopup("roll back");
  const float report = ImGui::CalcTextSize("Report").x + px(16);
  ImGui::SameLine();
  if (ImGui::GetContentRegionAvail().x < report) ImGui::NewLine();
  draw_report();
  if (!ImGui::BeginPopup("roll back")) return;
  for (const std::string& name : status.checkpoints)
    if (ImGui::MenuItem(name.c_str())) wish(Wish::roll_back, 0, name);
  ImGui::EndPopup();
}

void RunStatePanel::draw_events() {
  if (events.empty()) return;
  ImGui::Spacing();
  ImGui::TextDisabled("events");
  ImGui::BeginChild("events", {0, 0}, false, ImGuiWindowFlags_None);
  for (auto event = events.rbegin(); event != events.rend(); ++event) {
    {
      const UseFont numbers(fonts().numbers);
      ImGui::TextDisabled("%6llu", static_cast<unsigned long long>(event->step));
    }
    ImGui::SameLine();
    ImGui::TextWrapped("%s", words_of(*event).c_str());
  }
  ImGui::EndChild();
}

void RunStatePanel::keys() {
  if (shortcut('R', true)) wish(Wish::report);
  if (!status.alive()) {
    if (over() && shortcut('R')) wish(Wish::resume);
    return;
  }
  if (shortcut(' ')) wish(status.state == State::paused ? Wish::go_on : Wish::pause);
  if (shortcut('N')) wish(Wish::step);
  if (shortcut('E')) wish(Wish::epoch);
  if (shortcut('P')) wish(Wish::profile);
  if (shortcut('K', true)) wish(Wish::save);
  for (const NamedValue& each : status.hyperparameters) {
    if (each.name != "learning_rate") continue;
    if (shortcut(',', true)) wish(Wish::set, each.value / 2, each.name);
    if (shortcut('.', true)) wish(Wish::set, each.value * 2, each.name);
  }
}

Table RunStatePanel::table() const {
  Table table{{"step", "event", "detail"}, {}};
  for (const Event& event : events)
    table.rows.push_back({std::to_string(event.step), event.name, event.detail});
  return table;
}

nlohmann::ordered_json RunStatePanel::json() const {
  nlohmann::ordered_json json{{"state", word_of(status.state)},
                              {"message", status.message},
                              {"run", status.folder},
                              {"model", status.model},
                              {"data", status.data},
                              {"device", status.device},
                              {"parameters", status.parameters},
                              {"step", status.step},
                              {"last_step", status.last_step},
                              {"epoch", status.epoch},
                              {"seconds", status.seconds},
                              {"loss", status.loss},
                              {"ms_per_step", status.ms},
                              {"events", nlohmann::ordered_json::array()}};
  for (const NamedValue& each : status.hyperparameters) json[each.name] = each.value;
  for (const Event& event : events)
    json["events"].push_back(
        {{"step", event.step}, {"event", event.name}, {"detail", event.detail}});
  return json;
}

}  // namespace lemnos::viewer
