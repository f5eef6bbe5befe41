// SPDX-License-Identifier: Apache-2.0
#include "viewer/panels/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <ranges>

#include "viewer/theme.h"
#include "viewer/widgets.h"

namespace lemnos::viewer {
namespace {

constexpr std::size_t most_kept = 100;

}  // namespace

void TextPanel::add(std::uint64_t step, const Writing& asked, std::string text) {
  if (!written_.empty() && written_.back().step == step) written_.pop_back();
  written_.push_back({step, asked, std::move(text)});
  if (written_.size() > most_kept) written_.erase(written_.begin());
}

void TextPanel::draw() {
  if (!possible && written_.empty()) {
    empty_note("No text", "What a language model (gpt) writes appears here as it trains.");
    return;
  }
  draw_settings();
  ImGui::BeginChild("written", ImGui::GetContentRegionAvail());
  if (written_.empty())
    empty_note("Nothing written yet", "Press Write, or wait for the next look.");
  for (const Written& each : std::views::reverse(written_)) {
    ImGui::PushTextWrapPos(0);
    {
      const UseFont numbers(fonts().numbers);
      ImGui::TextDisabled("step %llu", static_cast<unsigned long long>(each.step));
    }
    ImGui::PushStyleColor(ImGuiCol_Text, theme().accent);
    if (!each.asked.prompt.empty()) ImGui::TextUnformatted(each.asked.prompt.c_str());
    ImGui::PopStyleColor();
    ImGui::TextUnformatted(each.text.empty() ? "(nothing: the text ends here)" : each.text.c_str());
    ImGui::PopTextWrapPos();
    ImGui::Dummy({1, px(6)});
  }
  ImGui::EndChild();
}

void TextPanel::draw_settings() {
  std::array<char, 512> prompt{};
  settings.prompt.copy(prompt.data(), prompt.size() - 1);
  const float space = ImGui::GetContentRegionAvail().x;
  const ImGuiStyle& style = ImGui::GetStyle();
  const float write = ImGui::CalcTextSize("Write").x + 2 * style.FramePadding.x;
  ImGui::SetNextItemWidth(std::max(px(80), space - write - style.ItemSpacing.x));
  bool now = ImGui::InputTextWithHint("##prompt", "prompt: how the text begins", prompt.data(),
                                      prompt.size(), ImGuiInputTextFlags_EnterReturnsTrue);
  settings.prompt = prompt.data();
  ImGui::SameLine();
  now |= ImGui::Button("Write");
  const float width = std::max(px(60), std::min(px(150), space / 2 - px(130)));
  auto temperature = static_cast<float>(settings.temperature);
  if (slider("temperature", &temperature, 0, 2, "%.2f", width))
    settings.temperature = static_cast<double>(temperature);
  if (space > px(420)) ImGui::SameLine(0, px(16));
  auto tokens = static_cast<float>(settings.tokens);
  if (slider("tokens", &tokens, 1, 400, "%3.0f", width)) settings.tokens = std::lround(tokens);
  if (now) wanted = settings;
}

Table TextPanel::table() const {
  Table table{{"step", "prompt", "temperature", "text"}, {}};
  for (const Written& each : written_)
    table.rows.push_back({fmt::format("{}", each.step), each.asked.prompt,
                          fmt::format("{:.3g}", each.asked.temperature), each.text});
  return table;
}

nlohmann::ordered_json TextPanel::json() const {
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (const Written& each : written_)
    json.push_back({{"step", each.step},
                    {"prompt", each.asked.prompt},
                    {"temperature", each.asked.temperature},
                    {"seed", each.asked.seed},
                    {"text", each.text}});
  return json;
}

}  // namespace lemnos::viewer
