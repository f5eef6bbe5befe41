// SPDX-License-Identifier: Apache-2.0
#include "viewer/panels/filters.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "viewer/panels/parts.h"
#include "viewer/theme.h"
#include "viewer/widgets.h"

namespace lemnos::viewer {
namespace {

// Three channels from 0 to 1 with 0.5 for a weight of 0; else the first channel as it is.
data::Array shown_channels(const data::Array& filters, float largest) {
  const std::int64_t channels = filters.shape[3], shown = channels == 3 ? 3 : 1;
  data::Array made = data::Array::zeros(DType::f32, filters.shape.with(3, shown));
  const auto from = filters.as<float>();
  auto to = made.as<float>();
  for (std::size_t i = 0; i < to.size(); ++i)
    to[i] = channels == 3 ? 0.5f + 0.5f * from[i] / largest
                          : from[i * static_cast<std::size_t>(channels)];
  return made;
}

}  // namespace

void FiltersPanel::show(const data::Array& filters) {
  filters_ = filters;
  picture_ = nullptr;
  if (filters.empty()) return;
  check(filters.shape.rank() == 4, "filters: takes [filters, kernel, kernel, channels], not {}",
        filters.shape);
  largest_ = 1e-30f;
  for (const float x : filters.as<float>())
    if (std::isfinite(x)) largest_ = std::max(largest_, std::abs(x));
  picture_ = picture_of(shown_channels(filters, largest_));
}

void FiltersPanel::draw() {
  if (!picture_) {
    empty_note("No filters", "Those of a first convolution that looks at images appear here.");
    return;
  }
  ImGui::TextUnformatted(
      fmt::format("{} filters of {} × {}", picture_->count, picture_->height, picture_->width)
          .c_str());
  parts::figure("largest", fmt::format("{:.3g}", largest_));
  const bool colors = picture_->channels == 3;
  if (!colors) parts::figure("colours", "blue below 0, red above");
  const parts::Area area("filters", ImGui::GetContentRegionAvail());
  const PictureStyle style{.colors = Colors::diverging,
                           .low = colors ? 0 : -largest_,
                           .high = colors ? 1 : largest_,
                           .gap = px(4)};
  const PictureLayout placed = viewer::draw(picture_, area.size, style);
  const PixelPlace at = pixel_at(*picture_, placed, area.mouse(), style);
  if (!area.hovered || at.image < 0) return;
  const std::int64_t channels = filters_.shape[3];
  std::string values;
  for (std::int64_t c = 0; c < channels; ++c) {
    const std::int64_t pixel = (at.image * picture_->height + at.y) * picture_->width + at.x;
    values += fmt::format(" {:.3g}",
                          filters_.as<float>()[static_cast<std::size_t>(pixel * channels + c)]);
  }
  ImGui::SetTooltip("filter %d, %d, %d:%s", static_cast<int>(at.image), static_cast<int>(at.x),
                    static_cast<int>(at.y), values.c_str());
}

Table FiltersPanel::table() const {
  Table table{{"filter", "y", "x", "channel", "weight"}, {}};
  if (filters_.empty()) return table;
  const auto values = filters_.as<float>();
  const Shape& shape = filters_.shape;
  std::size_t next = 0;
  for (std::int64_t f = 0; f < shape[0]; ++f)
    for (std::int64_t y = 0; y < shape[1]; ++y)
      for (std::int64_t x = 0; x < shape[2]; ++x)
        for (std::int64_t c = 0; c < shape[3]; ++c)
          table.rows.push_back({fmt::format("{}", f), fmt::format("{}", y), fmt::format("{}", x),
                                fmt::format("{}", c), fmt::format("{:.9g}", values[next++])});
  return table;
}

nlohmann::ordered_json FiltersPanel::json() const {
  if (filters_.empty()) return nlohmann::ordered_json::object();
  const auto values = filters_.as<float>();
  return {{"shape", std::vector<std::int64_t>(filters_.shape.begin(), filters_.shape.end())},
          {"values", std::vector<float>(values.begin(), values.end())}};
}

}  // namespace lemnos::viewer
