// SPDX-License-Identifier: Apache-2.0
#include "viewer/panels/samples.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "viewer/theme.h"
#include "viewer/widgets.h"

namespace lemnos::viewer {

void PictureHistory::add(std::uint64_t step, PicturePtr picture) {
  while (!entries_.empty() && entries_.back().step >= step) {
    entries_.pop_back();
    since_ = 0;
  }
  if (since_ > 0) entries_.pop_back();  // it was there only as the newest
  entries_.push_back({step, std::move(picture)});
  since_ = entries_.size() == 1 ? 0 : since_ + 1;
  if (since_ == every_) since_ = 0;
  if (entries_.size() <= most_ || since_ > 0) return;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < entries_.size(); i += 2) entries_[kept++] = std::move(entries_[i]);
  since_ = entries_.size() % 2 == 1 ? 0 : every_;
  if (since_ > 0) entries_[kept++] = std::move(entries_.back());
  entries_.resize(kept);
  every_ *= 2;
}

void SamplesPanel::add(const std::string& name, std::uint64_t step, PicturePtr picture,
                       std::int64_t columns) {
  auto known = std::ranges::find(names_, name);
  if (known == names_.end()) {
    names_.push_back(name);
    kinds_.emplace_back();
    known = names_.end() - 1;
  }
  Kind& kind = kinds_[static_cast<std::size_t>(known - names_.begin())];
  kind.columns = columns;
  const std::uint64_t shown = shown_step();
  kind.history.add(step, std::move(picture));
  if (chosen_ && &kind == this->kind()) choose_step(kind, shown);
}

void SamplesPanel::clear() {
  names_.clear();
  kinds_.clear();
  current_ = 0;
  chosen_.reset();
  marked_ = {};
  flipped_ = false;
  valued_ = nullptr;
}

const SamplesPanel::Kind* SamplesPanel::kind() const {
  return current_ < kinds_.size() ? &kinds_[current_] : nullptr;
}

PicturePtr SamplesPanel::shown() const {
  if (flipped_) return marked_.picture;
  const Kind* kind = this->kind();
  if (kind == nullptr || kind->history.empty()) return nullptr;
  const auto& entries = kind->history.entries();
  return chosen_ ? entries[*chosen_].picture : entries.back().picture;
}

std::uint64_t SamplesPanel::shown_step() const {
  if (flipped_) return marked_.step;
  const Kind* kind = this->kind();
  if (kind == nullptr || kind->history.empty()) return 0;
  const auto& entries = kind->history.entries();
  return chosen_ ? entries[*chosen_].step : entries.back().step;
}

void SamplesPanel::choose(std::size_t entry) {
  const Kind* kind = this->kind();
  if (kind == nullptr || kind->history.empty()) return;
  const std::size_t last = kind->history.entries().size() - 1;
  flipped_ = false;
  chosen_ = std::min(entry, last);
  if (chosen_ == last) chosen_.reset();
}

// What was chosen may have another place in the history now, or none.
void SamplesPanel::choose_step(const Kind& kind, std::uint64_t step) {
  const auto& entries = kind.history.entries();
  const auto found = std::ranges::lower_bound(entries, step, {}, &PictureHistory::Entry::step);
  chosen_ = static_cast<std::size_t>(found - entries.begin());
  if (*chosen_ + 1 >= entries.size()) chosen_.reset();
}

void SamplesPanel::mark() {
  marked_ = {shown_step(), shown()};
  flipped_ = false;
}

void SamplesPanel::flip() { flipped_ = !flipped_ && marked_.picture != nullptr; }

void SamplesPanel::give_values(const PicturePtr& of, data::Array values) {
  valued_ = of;
  values_ = std::move(values);
}

void SamplesPanel::draw() {
  const Kind* kind = this->kind();
  if (kind == nullptr || kind->history.empty()) {
    empty_note("No images yet", "They come with the first steps of a model that makes images.");
    return;
  }
  draw_kinds();
  keys(*this->kind());
  const float below = ImGui::GetFrameHeightWithSpacing() +
                      (note.empty() ? 0 : ImGui::GetTextLineHeightWithSpacing());
  ImVec2 space = ImGui::GetContentRegionAvail();
  space.y = std::max(px(32), space.y - below);
  draw_picture(*this->kind(), space);
  draw_scrubber(*this->kind());
  if (!note.empty()) ImGui::TextDisabled("%s", note.c_str());
}

void SamplesPanel::draw_kinds() {
  if (names_.size() > 1) {
    const std::size_t before = current_;
    current_ = segments("kinds", names_, current_);
    if (current_ != before) {
      chosen_.reset();
      flipped_ = false;
    }
    ImGui::SameLine(0, px(16));
  }
  if (button("Mark A", "keeps what is shown, to compare with (A)")) mark();
  ImGui::SameLine();
  if (button(flipped_ ? "Showing A" : "Flip A/B", "changes between A and what is shown (B)",
             marked_.picture != nullptr))
    flip();
}

void SamplesPanel::keys(const Kind& kind) {
  if (!ImGui::IsWindowFocused(ImGuiFocusedFlags_ChildWindows) || ImGui::IsAnyItemActive()) return;
  const std::size_t last = kind.history.entries().size() - 1;
  const std::size_t now = chosen_.value_or(last);
  if (ImGui::IsKeyPressed(ImGui::GetKeyIndex(ImGuiKey_PageUp)) && now > 0) choose(now - 1);
  if (ImGui::IsKeyPressed(ImGui::GetKeyIndex(ImGuiKey_PageDown))) choose(now + 1);
  if (ImGui::IsKeyPressed('A', false)) mark();
  if (ImGui::IsKeyPressed('B', false)) flip();
}

void SamplesPanel::draw_picture(const Kind& kind, ImVec2 space) {
  const PicturePtr picture = shown();
  const PictureStyle style{.columns = kind.columns, .gap = px(2)};
  const PictureLayout found = layout(*picture, space, style);
  // In the middle of what room there is.
  const ImVec2 corner = ImGui::GetCursorScreenPos();
  const ImVec2 at{corner.x + std::max(0.0f, (space.x - found.size.x) / 2), corner.y};
  ImGui::SetCursorScreenPos(at);
  viewer::draw(picture, space, style);
  const ImVec2 mouse = ImGui::GetMousePos();
  const bool hovered = ImGui::IsWindowHovered() &&
                       ImGui::IsMouseHoveringRect(at, {at.x + found.size.x, at.y + found.size.y});
  if (hovered) {
    const PixelPlace place = pixel_at(*picture, found, {mouse.x - at.x, mouse.y - at.y}, style);
    if (place.image >= 0) draw_magnifier(*picture, style, place);
  }
  ImGui::SetCursorScreenPos({corner.x, corner.y + space.y + ImGui::GetStyle().ItemSpacing.y});
}

// The image below the pointer, large, with the values around it.
void SamplesPanel::draw_magnifier(const Picture& picture, const PictureStyle& style,
                                  const PixelPlace& place) {
  const PicturePtr shown = this->shown();
  const bool known = !picture.pixels.empty() || shown == valued_;
  if (!known && want_values) want_values(shown);
  ImGui::BeginTooltip();
  PictureStyle one = style;
  one.image = place.image;
  viewer::draw(shown, {px(224), px(224)}, one);
  ImGui::TextDisabled("image %d, row %d, column %d", static_cast<int>(place.image),
                      static_cast<int>(place.y), static_cast<int>(place.x));
  std::string text;
  for (std::int64_t c = 0; known && c < picture.channels; ++c) {
    Picture valued = picture;
    if (picture.pixels.empty()) valued.pixels = values_;
    text +=
        fmt::format("{}{:.4f}", c == 0 ? "" : "  ", valued.at(place.image, place.y, place.x, c));
  }
  const UseFont numbers(fonts().numbers);
  ImGui::TextUnformatted(known ? text.c_str() : "…");
  ImGui::EndTooltip();
}

void SamplesPanel::draw_scrubber(const Kind& kind) {
  const auto& entries = kind.history.entries();
  const int last = static_cast<int>(entries.size()) - 1;
  const int at = static_cast<int>(chosen_.value_or(static_cast<std::size_t>(last)));
  // The newest is at the right end, also where it is the only one.
  float part = last > 0 ? static_cast<float>(at) / static_cast<float>(last) : 1;
  ImGui::SetNextItemWidth(ImGui::GetContentRegionAvail().x - px(150));
  ImGui::PushStyleVar(ImGuiStyleVar_GrabMinSize, px(18));
  const bool moved = ImGui::SliderFloat("##step", &part, 0, 1, "",
                                        ImGuiSliderFlags_NoInput | ImGuiSliderFlags_AlwaysClamp);
  ImGui::PopStyleVar();
  if (moved) choose(static_cast<std::size_t>(std::lround(part * static_cast<float>(last))));
  if (ImGui::IsItemHovered()) ImGui::SetTooltip("earlier images (Page Up, Page Down)");
  ImGui::SameLine();
  ImGui::TextDisabled("step %s%s", std::to_string(shown_step()).c_str(),
                      flipped_  ? ": A"
                      : chosen_ ? ""
                                : ", newest");
}

Table SamplesPanel::table() const {
  Table table{{"kind", "step", "images", "height", "width", "channels"}, {}};
  for (std::size_t k = 0; k < kinds_.size(); ++k)
    for (const auto& [step, picture] : kinds_[k].history.entries())
      table.rows.push_back({names_[k], std::to_string(step), std::to_string(picture->count),
                            std::to_string(picture->height), std::to_string(picture->width),
                            std::to_string(picture->channels)});
  return table;
}

nlohmann::ordered_json SamplesPanel::json() const {
  nlohmann::ordered_json json{{"shown", {{"step", shown_step()}}},
                              {"kinds", nlohmann::ordered_json::object()}};
  for (std::size_t k = 0; k < kinds_.size(); ++k)
    for (const auto& entry : kinds_[k].history.entries())
      json["kinds"][names_[k]].push_back(entry.step);
  return json;
}

}  // namespace lemnos::viewer
