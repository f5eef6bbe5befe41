// SPDX-License-Identifier: Apache-2.0
#include "viewer/panels/device.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "viewer/panels/quantity.h"
#include "viewer/theme.h"

namespace lemnos::viewer {
namespace {

using Rows = std::vector<std::pair<std::string, std::string>>;

Rows identity(const gpu::Caps& caps) {
  return {{"kind", std::string(gpu::name_of(caps.type))},
          {"driver", caps.driver},
          {"driver version", caps.driver_version},
          {"Vulkan", gpu::api_version_text(caps)},
          {"UUID", caps.uuid}};
}

Rows limits(const gpu::Caps& caps) {
  return {{"in one binding", bytes_text(caps.max_storage_buffer_range)},
          {"in one allocation", bytes_text(caps.max_allocation)},
          {"shared memory of a workgroup", bytes_text(caps.shared_bytes)},
          {"invocations of a workgroup", fmt::format("{}", caps.max_group_invocations)},
          {"workgroups along an axis", fmt::format("{}", caps.max_groups[0])},
          {"storage buffers of a kernel", fmt::format("{}", caps.max_storage_buffers_per_stage)},
          {"subgroup", fmt::format("{}", caps.subgroup_size)},
          {"timestamp",
           caps.timestamp_period > 0 ? fmt::format("{:.4g} ns", caps.timestamp_period) : "none"}};
}

std::string joined(const std::set<std::string>& names) {
  return fmt::format("{}", fmt::join(names, ", "));
}

void heading(const char* text) {
  if (ImGui::GetCursorPosY() > ImGui::GetCursorStartPos().y) ImGui::Dummy({0, px(6)});
  const UseFont font(fonts().title);
  ImGui::TextUnformatted(text);
}

void muted(const std::string& text) {
  ImGui::PushStyleColor(ImGuiCol_Text, theme().muted);
  ImGui::TextWrapped("%s", text.c_str());
  ImGui::PopStyleColor();
}

// Names in a muted column, values in digits of one width.
void draw_rows(const char* id, const Rows& rows) {
  if (!ImGui::BeginTable(id, 2, ImGuiTableFlags_SizingFixedFit)) return;
  ImGui::TableSetupColumn("name", ImGuiTableColumnFlags_WidthFixed, px(210));
  ImGui::TableSetupColumn("value", ImGuiTableColumnFlags_WidthStretch);
  for (const auto& [name, value] : rows) {
    ImGui::TableNextRow();
    ImGui::TableNextColumn();
    ImGui::TextDisabled("%s", name.c_str());
    ImGui::TableNextColumn();
    const UseFont font(fonts().numbers);
    ImGui::TextWrapped("%s", value.c_str());
  }
  ImGui::EndTable();
}

// A name in a rounded frame; what is missing is crossed out and pale. Told apart without colour.
void draw_chip(const std::string& name, bool present) {
  const std::string text = (present ? "✓ " : "× ") + name;
  const ImVec2 inner{px(9), px(3)};
  const ImVec2 words = ImGui::CalcTextSize(text.c_str());
  const ImVec2 size{words.x + 2 * inner.x, words.y + 2 * inner.y};
  const ImVec2 at = ImGui::GetCursorScreenPos();
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const ImVec2 end{at.x + size.x, at.y + size.y};
  if (present) list.AddRectFilled(at, end, faded(theme().good, 0.16f), size.y / 2);
  list.AddRect(at, end, present ? faded(theme().good, 0.55f) : theme().border, size.y / 2);
  list.AddText({at.x + inner.x, at.y + inner.y}, present ? theme().text : theme().muted,
               text.c_str());
  ImGui::Dummy(size);
}

void draw_chips(const gpu::Caps& caps) {
  const float right = ImGui::GetCursorScreenPos().x + ImGui::GetContentRegionAvail().x;
  float after = 0;
  for (const bool wanted : {true, false})
    for (const auto& [name, present] : features_of(caps)) {
      if (present != wanted) continue;
      const float width = ImGui::CalcTextSize(("✓ " + name).c_str()).x + 2 * px(9);
      if (after > 0 && after + px(6) + width <= right) ImGui::SameLine(0, px(6));
      draw_chip(name, present);
      after = ImGui::GetItemRectMax().x;
    }
}

// How much of a heap is taken, and how much of that is in buffers.
void draw_heap(const gpu::Heap& heap, const gpu::MemoryUse& use, bool in_use) {
  ImGui::TextDisabled("%s", heap.device_local ? "device's own" : "the host's");
  const std::string text =
      in_use ? fmt::format("{} of {}", bytes_text(use.buffer_bytes), bytes_text(heap.bytes))
             : bytes_text(heap.bytes);
  {
    const UseFont font(fonts().numbers);
    ImGui::SameLine(ImGui::GetContentRegionMax().x - ImGui::CalcTextSize(text.c_str()).x);
    ImGui::TextUnformatted(text.c_str());
  }
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float width = ImGui::GetContentRegionAvail().x, height = px(8);
  const auto bar = [&](std::uint64_t bytes, ImU32 color) {
    const double part =
        static_cast<double>(bytes) / static_cast<double>(std::max<std::uint64_t>(heap.bytes, 1));
    const float end = width * static_cast<float>(std::clamp(part, 0.0, 1.0));
    if (end < 1) return;
    ImGui::GetWindowDrawList()->AddRectFilled(at, {at.x + end, at.y + height}, color,
                                              std::min(end, height) / 2);
  };
  bar(heap.bytes, theme().raised);
  if (in_use) {
    bar(use.block_bytes, faded(theme().accent, 0.45f));
    bar(use.buffer_bytes, theme().accent);
  }
  ImGui::Dummy({width, height});
  if (in_use && ImGui::IsItemHovered())
    ImGui::SetTooltip("%s in buffers, %s taken from the driver",
                      bytes_text(use.buffer_bytes).c_str(), bytes_text(use.block_bytes).c_str());
}

void draw_memory(const gpu::Caps& caps, const gpu::MemoryUse& use) {
  bool first = true;  // buffers are in the first heap of the device's own
  for (const gpu::Heap& heap : caps.heaps) {
    draw_heap(heap, use, heap.device_local && first);
    if (heap.device_local) first = false;
  }
}

void draw_others(const DeviceReport& report) {
  for (const gpu::DeviceInfo& device : report.devices) {
    const bool chosen = device.index == report.choice.index;
    ImGui::PushStyleColor(ImGuiCol_Text, chosen ? theme().text : theme().muted);
    ImGui::TextWrapped("%s %d  %s", chosen ? "●" : " ", device.index, device.caps.name.c_str());
    ImGui::PopStyleColor();
    muted(fmt::format("     {}, score {}{}", device.reason, device.score,
                      chosen ? "; chosen: " + report.choice.reason : ""));
  }
}

// What became of trying a kernel on this driver.
std::string words_of(const doctor::Verdict& verdict) {
  if (!verdict.good) return "quarantined: " + verdict.reason;
  return fmt::format("right in {} cases, largest error {:.2g} of what is allowed", verdict.tries,
                     verdict.worst.share);
}

void draw_doctor(const std::optional<doctor::Examination>& examination) {
  if (!examination) return muted("Its kernels have not been tried on this driver.");
  const auto bad = doctor::quarantined(examination->verdicts);
  ImGui::TextWrapped(
      "%s", fmt::format("{} kernels tried in {:.1f} s, {} cases: {}", examination->verdicts.size(),
                        examination->seconds, examination->tries,
                        bad.empty() ? "all are right" : fmt::format("{} quarantined", bad.size()))
                .c_str());
  for (const doctor::Verdict& verdict : examination->verdicts) {
    if (verdict.good) continue;
    ImGui::PushStyleColor(ImGuiCol_Text, theme().warning);
    ImGui::TextWrapped("%s is not used: %s", verdict.kernel.c_str(), verdict.reason.c_str());
    ImGui::PopStyleColor();
  }
}

void draw_environment(const std::vector<Switch>& environment) {
  if (!ImGui::BeginTable("environment", 2, ImGuiTableFlags_SizingFixedFit)) return;
  ImGui::TableSetupColumn("name", ImGuiTableColumnFlags_WidthFixed, px(210));
  ImGui::TableSetupColumn("meaning", ImGuiTableColumnFlags_WidthStretch);
  for (const Switch& each : environment) {
    ImGui::TableNextRow();
    ImGui::TableNextColumn();
    {
      const UseFont font(fonts().numbers);
      ImGui::TextUnformatted(each.name.c_str());
    }
    ImGui::TableNextColumn();
    if (!each.value.empty())
      ImGui::TextColored(as_vector(theme().accent), "%s", each.value.c_str());
    muted(each.meaning);
  }
  ImGui::EndTable();
}

}  // namespace

void DevicePanel::draw() {
  if (report.devices.empty()) return muted("The device is not known yet.");
  const float width = ImGui::GetContentRegionAvail().x;
  const bool beside = width >= px(900);
  const float left = beside ? std::min(width * 0.5f, px(620)) : 0;
  if (!beside) {
    draw_device();
    return draw_kernels();
  }
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {px(8), 0});  // beside the scroll bar
  ImGui::SetCursorPosX(ImGui::GetCursorPosX() - px(8));          // in line with the title
  ImGui::BeginChild("device", {left, 0}, false, ImGuiWindowFlags_AlwaysUseWindowPadding);
  ImGui::PopStyleVar();
  draw_device();
  ImGui::EndChild();
  ImGui::SameLine(0, px(20));
  ImGui::BeginChild("kernels", {0, 0});
  draw_kernels();
  ImGui::EndChild();
}

void DevicePanel::draw_device() {
  const gpu::Caps& caps = report.chosen().caps;
  {
    const UseFont font(fonts().large);
    ImGui::TextWrapped("%s", caps.name.c_str());
  }
  draw_rows("identity", identity(caps));
  heading("Memory");
  draw_memory(caps, memory);
  heading("Features");
  draw_chips(caps);
  heading("Limits");
  draw_rows("limits", limits(caps));
  heading("Doctor");
  draw_doctor(report.examination);
  heading("Devices of this machine");
  draw_others(report);
  heading("Environment");
  draw_environment(report.environment);
}

void DevicePanel::draw_kernels() {
  heading("Kernels");
  muted(fmt::format("That {} operations get on this device.", report.ops.size()));
  ImGui::SetNextItemWidth(px(260));
  ImGui::InputTextWithHint("##filter", "Filter by operation or kernel", filter_, sizeof(filter_));
  constexpr auto flags = ImGuiTableFlags_RowBg | ImGuiTableFlags_SizingFixedFit |
                         ImGuiTableFlags_BordersInnerH | ImGuiTableFlags_PadOuterX;
  if (!ImGui::BeginTable("kernels", 2, flags)) return;
  ImGui::TableSetupColumn("Operation", ImGuiTableColumnFlags_WidthFixed, px(180));
  ImGui::TableSetupColumn("Kernels", ImGuiTableColumnFlags_WidthStretch);
  ImGui::TableHeadersRow();
  const std::string_view wanted = filter_;
  for (const OpSupport& op : report.ops) {
    const std::string kernels = joined(op.kernels);
    if (op.name.find(wanted) == std::string::npos && kernels.find(wanted) == std::string::npos)
      continue;
    ImGui::TableNextRow();
    ImGui::TableNextColumn();
    ImGui::TextUnformatted(op.name.c_str());
    ImGui::TableNextColumn();
    ImGui::PushStyleColor(ImGuiCol_Text, theme().muted);
    ImGui::TextWrapped("%s", kernels.empty() ? "none" : kernels.c_str());
    ImGui::PopStyleColor();
    for (const std::string& reason : op.reasons) {
      ImGui::PushStyleColor(ImGuiCol_Text, theme().warning);
      ImGui::TextWrapped("cannot always run: %s", reason.c_str());
      ImGui::PopStyleColor();
    }
  }
  ImGui::EndTable();
}

Table DevicePanel::table() const {
  Table made{{"section", "name", "value"}, {}};
  if (report.devices.empty()) return made;
  const gpu::Caps& caps = report.chosen().caps;
  made.rows.push_back({"device", "name", caps.name});
  for (const auto& [name, value] : identity(caps)) made.rows.push_back({"device", name, value});
  for (const auto& [name, value] : limits(caps)) made.rows.push_back({"limits", name, value});
  for (const auto& [name, present] : features_of(caps))
    made.rows.push_back({"features", name, present ? "yes" : "no"});
  for (const OpSupport& op : report.ops) {
    made.rows.push_back({"kernels", op.name, joined(op.kernels)});
    for (const std::string& reason : op.reasons)
      made.rows.push_back({"kernels", op.name, "cannot always run: " + reason});
  }
  if (report.examination)
    for (const doctor::Verdict& verdict : report.examination->verdicts)
      made.rows.push_back({"doctor", verdict.kernel, words_of(verdict)});
  for (const Switch& each : report.environment)
    made.rows.push_back({"environment", each.name, each.value});
  return made;
}

nlohmann::ordered_json DevicePanel::json() const {
  nlohmann::ordered_json made = to_json(report, version);
  made["memory"] = {{"buffer_bytes", memory.buffer_bytes}, {"block_bytes", memory.block_bytes}};
  return made;
}

}  // namespace lemnos::viewer
