// SPDX-License-Identifier: Apache-2.0
#include "viewer/panels/saliency.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "viewer/panels/parts.h"
#include "viewer/theme.h"
#include "viewer/widgets.h"

namespace lemnos::viewer {
namespace {

// [H, W, C] as one channel: the value of the largest size.
data::Array one_channel(const data::Array& saliency) {
  const std::int64_t channels = saliency.shape[2];
  data::Array map = data::Array::zeros(DType::f32, {1, saliency.shape[0], saliency.shape[1], 1});
  const auto from = saliency.as<float>();
  auto to = map.as<float>();
  for (std::size_t i = 0; i < to.size(); ++i) {
    const auto of =
        from.subspan(i * static_cast<std::size_t>(channels), static_cast<std::size_t>(channels));
    to[i] = *std::ranges::max_element(of, {}, [](float x) { return std::abs(x); });
  }
  return map;
}

// Of logits the probabilities that they stand for.
std::vector<double> softmax_of(const std::vector<float>& scores) {
  std::vector<double> p(scores.begin(), scores.end());
  const double most = p.empty() ? 0 : *std::ranges::max_element(p);
  double sum = 0;
  for (double& each : p) sum += each = std::exp(each - most);
  for (double& each : p) each /= sum;
  return p;
}

}  // namespace

void SaliencyPanel::show(Sample sample) {
  sample_ = std::move(sample);
  picture_ = sample_.input.empty() ? nullptr : picture_of(sample_.input);
  map_ = nullptr;
  largest_ = 0;
  if (sample_.saliency.empty()) return;
  for (const float x : sample_.saliency.as<float>())
    if (std::isfinite(x)) largest_ = std::max(largest_, std::abs(x));
  if (sample_.saliency.shape.rank() == 3) map_ = picture_of(one_channel(sample_.saliency));
}

void SaliencyPanel::choose() {
  const auto row = static_cast<int>(sample_.row), last = static_cast<int>(sample_.rows) - 1;
  int chosen = row;
  ImGui::SetNextItemWidth(px(130));
  if (ImGui::InputInt("row", &chosen)) chosen = std::clamp(chosen, 0, std::max(0, last));
  if (chosen != row) wanted_row = chosen;
  if (!sample_.label.empty()) parts::figure("truly", sample_.label);
}

void SaliencyPanel::draw() {
  if (sample_.row < 0) {
    empty_note("No sample yet", "What a model's decision hangs on appears here as it trains.");
    return;
  }
  choose();
  const ImVec2 space = ImGui::GetContentRegionAvail();
  const bool wide = space.x > px(520), scores = sample_.scores.size() > 1;
  const ImVec2 main{wide && scores ? space.x * 0.62f : space.x,
                    wide || !scores ? space.y : space.y * 0.55f};
  if (picture_)
    draw_images(main);
  else
    draw_names(main);
  if (!scores) return;
  if (wide) ImGui::SameLine(0, px(12));
  draw_scores(ImGui::GetContentRegionAvail());
}

// The image, and beside it (or below) what its decision hangs on.
void SaliencyPanel::draw_images(ImVec2 size) const {
  ImGui::BeginChild("images", size, false, ImGuiWindowFlags_NoScrollbar);
  const float line = ImGui::GetTextLineHeight() + px(4), gap = px(10);
  const bool beside = size.x > size.y;
  const ImVec2 each = map_ == nullptr ? ImVec2{size.x, size.y - line}
                      : beside        ? ImVec2{(size.x - gap) / 2, size.y - line}
                                      : ImVec2{size.x, (size.y - 2 * line - gap) / 2};
  ImGui::BeginGroup();
  ImGui::TextDisabled("input");
  viewer::draw(picture_, each);
  ImGui::EndGroup();
  if (map_) {
    if (beside) ImGui::SameLine(0, gap);
    ImGui::BeginGroup();
    ImGui::TextDisabled("gradient of the decision");
    viewer::draw(
        map_, each,
        {.colors = Colors::diverging, .low = -largest_, .high = std::max(largest_, 1e-30f)});
    ImGui::EndGroup();
  }
  ImGui::EndChild();
}

// Tokens in a row, or features, on a ground that is the stronger the more hangs on them.
void SaliencyPanel::draw_names(ImVec2 size) const {
  ImGui::BeginChild("names", size);
  ImGui::TextDisabled("what the decision hangs on");
  const auto values =
      sample_.saliency.empty() ? std::span<const float>() : sample_.saliency.as<float>();
  const float right = ImGui::GetCursorScreenPos().x + ImGui::GetContentRegionAvail().x;
  for (std::size_t i = 0; i < sample_.names.size(); ++i) {
    const std::string& name = sample_.names[i];
    const ImVec2 text = ImGui::CalcTextSize(name.c_str());
    const ImVec2 box{text.x + px(8), text.y + px(6)};
    if (i > 0) {
      ImGui::SameLine(0, px(3));
      if (ImGui::GetCursorScreenPos().x + box.x > right) ImGui::NewLine();
    }
    const float value = i < values.size() ? values[i] : 0;
    const float part = largest_ > 0 ? std::min(1.0f, std::abs(value) / largest_) : 0;
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const ImU32 hue = theme().series[value < 0 ? 0 : 1];
    const ImU32 ground = parts::mixed(theme().surface, hue, 0.75f * part);
    ImGui::GetWindowDrawList()->AddRectFilled(at, {at.x + box.x, at.y + box.y}, ground, px(3));
    ImGui::GetWindowDrawList()->AddText({at.x + px(4), at.y + px(3)}, text_on(ground),
                                        name.c_str());
    ImGui::Dummy(box);
    if (ImGui::IsItemHovered()) ImGui::SetTooltip("%.3g", static_cast<double>(value));
  }
  ImGui::EndChild();
}

// Of texts that are gone on with the scores are of tokens.
std::string SaliencyPanel::name_of(std::size_t score) const {
  const bool tokens = sample_.class_names.empty() && !sample_.names.empty();
  return tokens ? fmt::format("token {}", score) : parts::class_name(sample_.class_names, score);
}

std::vector<std::size_t> SaliencyPanel::best(std::size_t most) const {
  std::vector<std::size_t> order(sample_.scores.size());
  std::iota(order.begin(), order.end(), 0u);
  std::ranges::stable_sort(order, std::greater(), [&](std::size_t i) { return sample_.scores[i]; });
  if (order.size() > most) order.resize(most);
  return order;
}

void SaliencyPanel::draw_scores(ImVec2 size) const {
  ImGui::BeginChild("scores", size, false, ImGuiWindowFlags_NoScrollbar);
  ImGui::TextDisabled("decided between");
  const std::vector<double> p = softmax_of(sample_.scores);
  const float line = ImGui::GetTextLineHeight() + px(8), width = ImGui::GetContentRegionAvail().x;
  const float left = std::min(px(110), width * 0.4f), right = px(46);
  for (const std::size_t i : best(10)) {
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const std::string name = name_of(i);
    const ImVec2 bar{at.x + left, at.y + px(3)};
    const float room = std::max(0.0f, width - left - right);
    parts::text_in(at, {bar.x - px(6), at.y + line}, name,
                   name == sample_.label ? theme().text : theme().muted, 1);
    ImDrawList& list = *ImGui::GetWindowDrawList();
    list.AddRectFilled(bar, {bar.x + room, at.y + line - px(3)}, faded(theme().raised, 0.6f),
                       px(3));
    if (const float part = room * static_cast<float>(p[i]); part >= 1)
      list.AddRectFilled(bar, {bar.x + part, at.y + line - px(3)},
                         theme().series[name == sample_.label ? 0 : 1], std::min(px(3), part / 2));
    const UseFont numbers(fonts().numbers);
    parts::text_in({bar.x + room, at.y}, {at.x + width, at.y + line}, fmt::format("{:.3f}", p[i]),
                   theme().text, 1);
    ImGui::Dummy({1, line - ImGui::GetStyle().ItemSpacing.y});
  }
  ImGui::EndChild();
}

Table SaliencyPanel::table() const {
  Table table{{"class", "score"}, {}};
  for (const std::size_t i : best(sample_.scores.size()))
    table.rows.push_back({name_of(i), fmt::format("{:.6g}", sample_.scores[i])});
  return table;
}

nlohmann::ordered_json SaliencyPanel::json() const {
  nlohmann::ordered_json json{
      {"row", sample_.row}, {"label", sample_.label}, {"scores", sample_.scores}};
  if (sample_.saliency.empty()) return json;
  const Shape& shape = sample_.saliency.shape;
  const auto values = sample_.saliency.as<float>();
  json["saliency"] = {{"shape", std::vector<std::int64_t>(shape.begin(), shape.end())},
                      {"values", std::vector<float>(values.begin(), values.end())}};
  return json;
}

}  // namespace lemnos::viewer
