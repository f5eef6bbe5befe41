// SPDX-License-Identifier: Apache-2.0
#include "viewer/shell.h"

#include <algorithm>
#include <utility>

#include "runtime/base/os.h"
#include "viewer/widgets.h"

namespace lemnos::viewer {
namespace {

constexpr double message_seconds = 5;
constexpr float side_width = 296;  // units

constexpr const char* tab_names[] = {"Run", "Inside", "Device"};

struct Key {
  const char* keys;
  const char* what;
};
constexpr Key known_keys[] = {{"1  2  3", "the tabs Run, Inside, Device"},
                              {"[  ]", "the view before, the next view of a tab"},
                              {"Space", "pause the run, go on"},
                              {"N", "one step, then pause"},
                              {"E", "to the end of the epoch, then pause"},
                              {"P", "profile the next step"},
                              {"Ctrl ,  Ctrl .", "half, double the learning rate"},
                              {"Ctrl K", "save a checkpoint"},
                              {"R", "resume a run that is over"},
                              {"Tab, arrows", "move between controls; Enter presses one"},
                              {"F", "enlarge the panel that has the focus, and back"},
                              {"Ctrl S", "take the panel away as a picture"},
                              {"Ctrl R", "a report of the run, as a page"},
                              {"Page Up, Page Down", "earlier and later images"},
                              {"A  B", "mark images, flip between them and the newest"},
                              {"arrows + - Home", "move and zoom plots; L: logarithmic"},
                              {"Ctrl L", "dark or light"},
                              {"Ctrl + Ctrl -", "larger, smaller"},
                              {"F1", "these keys"}};

// A word that is one of the tabs: underlined where it is the one shown.
bool tab_button(const char* name, bool on) {
  const UseFont font(fonts().title);
  const ImVec2 size = ImGui::CalcTextSize(name);
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const ImVec2 whole{size.x + px(24), px(40)};
  const bool pressed = ImGui::InvisibleButton(name, whole);
  const bool lit = ImGui::IsItemHovered() || ImGui::IsItemFocused();
  ImDrawList& list = *ImGui::GetWindowDrawList();
  list.AddText({at.x + px(12), at.y + (whole.y - size.y) / 2},
               on || lit ? theme().text : theme().muted, name);
  if (on)
    list.AddRectFilled({at.x + px(12), at.y + whole.y - px(3)},
                       {at.x + px(12) + size.x, at.y + whole.y}, theme().accent, px(1.5f));
  return pressed;
}

// A loss curve that comes down: the mark of the program.
void draw_mark(ImVec2 at, float side) {
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const float left = at.x, top = at.y;
  const ImVec2 points[] = {{left, top + side * 0.08f},
                           {left + side * 0.22f, top + side * 0.62f},
                           {left + side * 0.45f, top + side * 0.56f},
                           {left + side * 0.62f, top + side * 0.84f},
                           {left + side, top + side * 0.92f}};
  list.AddPolyline(points, 5, theme().warning, ImDrawFlags_None, px(2.5f));
  list.AddCircleFilled(points[4], px(3), theme().warning);
}

}  // namespace

void Shell::draw() {
  ImGuiViewport* viewport = ImGui::GetMainViewport();
  ImGui::SetNextWindowPos(viewport->Pos);
  ImGui::SetNextWindowSize(viewport->Size);
  ImGui::Begin("Lemnos", nullptr,
               ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove |
                   ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_NoBringToFrontOnFocus);
  cards_.clear();
  keys();
  draw_header();
  const ImVec2 space = ImGui::GetContentRegionAvail();
  if (enlarged_ != nullptr) {
    draw_card_of(*enlarged_, space);
  } else if (tab_ == Tab::run) {
    draw_run(space);
  } else if (tab_ == Tab::inside) {
    draw_inside(space);
  } else if (device != nullptr) {
    draw_card_of(*device, space);
  }
  draw_message();
  ImGui::End();
  draw_help();
}

void Shell::show(Tab tab) {
  tab_ = tab;
  enlarged_ = nullptr;
}

bool Shell::show(std::string_view view) {
  for (const Tab tab : {Tab::run, Tab::inside, Tab::device})
    if (view == tab_names[static_cast<int>(tab)]) {
      show(tab);
      return true;
    }
  for (const Tab tab : {Tab::run, Tab::inside}) {
    const auto& views = tab == Tab::run ? run : inside;
    const auto found = std::ranges::find(views, view, &View::name);
    if (found == views.end()) continue;
    show(tab);
    (tab == Tab::run ? run_view_ : inside_view_) = static_cast<std::size_t>(found - views.begin());
    return true;
  }
  return false;
}

std::size_t Shell::shown(const std::vector<View>& views, std::size_t chosen) {
  if (chosen < views.size() && views[chosen].offered()) return chosen;
  const auto first = std::ranges::find_if(views, [](const View& view) { return view.offered(); });
  return static_cast<std::size_t>(first - views.begin());
}

bool Shell::has(const Panel& panel, std::size_t view) const {
  const auto& views = tab_ == Tab::run ? run : inside;
  if (view >= views.size()) return false;
  return std::ranges::any_of(views[view].rows, [&](const Row& row) {
    return std::ranges::find(row.cells, &panel, &Cell::panel) != row.cells.end();
  });
}

bool Shell::shows(const Panel& panel) const {
  if (enlarged_ != nullptr) return enlarged_ == &panel;
  if (tab_ == Tab::device) return device == &panel;
  return tab_ == Tab::run ? has(panel, shown(run, run_view_))
                          : has(panel, shown(inside, inside_view_));
}

bool Shell::chose(const Panel& panel) const {
  return shows(panel) ||
         (tab_ != Tab::device && has(panel, tab_ == Tab::run ? run_view_ : inside_view_));
}

std::optional<Shell::Taken> Shell::taken() { return std::exchange(taken_, std::nullopt); }

void Shell::keys() {
  const ImGuiIO& io = ImGui::GetIO();
  for (const Tab tab : {Tab::run, Tab::inside, Tab::device})
    if (shortcut(static_cast<char>('1' + static_cast<int>(tab)))) show(tab);
  if (tab_ != Tab::device) {
    auto& views = tab_ == Tab::run ? run : inside;
    std::size_t& chosen = tab_ == Tab::run ? run_view_ : inside_view_;
    for (const auto& [key, step] : {std::pair('[', views.size() - 1), std::pair(']', 1ul)}) {
      const std::size_t now = shown(views, chosen);
      if (!shortcut(key) || now >= views.size()) continue;
      chosen = now;
      do chosen = (chosen + step) % views.size();
      while (!views[chosen].offered());
      enlarged_ = nullptr;
    }
  }
  if (shortcut('L', true) && toggle_look) toggle_look();
  if (shortcut('=', true) && scale_by) scale_by(1.1f);
  if (shortcut('-', true) && scale_by) scale_by(1 / 1.1f);
  constexpr int f1 = 290;  // as GLFW numbers it
  if (ImGui::IsKeyPressed(f1, false)) help_ = !help_;
  if (ImGui::IsKeyPressed(ImGui::GetKeyIndex(ImGuiKey_Escape), false) && !io.WantTextInput) {
    help_ = false;
    enlarged_ = nullptr;
  }
}

void Shell::draw_header() {
  const ImVec2 corner = ImGui::GetCursorScreenPos();
  draw_mark({corner.x + px(4), corner.y + px(10)}, px(20));
  ImGui::SetCursorScreenPos({corner.x + px(34), corner.y});
  for (const Tab tab : {Tab::run, Tab::inside, Tab::device}) {
    if (tab_button(tab_names[static_cast<int>(tab)], tab_ == tab)) show(tab);
    ImGui::SameLine(0, 0);
  }
  const std::string right = title.run;
  const float width =
      ImGui::CalcTextSize(right.c_str()).x + ImGui::CalcTextSize(title.state.c_str()).x + px(150);
  ImGui::SetCursorScreenPos(
      {corner.x + std::max(px(320), ImGui::GetWindowContentRegionMax().x - width),
       corner.y + px(5)});  // in line with the tabs
  ImGui::BeginGroup();
  ImGui::AlignTextToFramePadding();
  ImGui::TextDisabled("%s", right.c_str());
  ImGui::SameLine();
  if (!title.state.empty()) {
    state_dot(title.color, title.state.c_str(), true);
    ImGui::SameLine(0, px(14));
  }
  if (button(theme().look == Look::dark ? "Light" : "Dark", "Ctrl-L") && toggle_look) toggle_look();
  ImGui::SameLine();
  if (button("?", "the keys (F1)")) help_ = !help_;
  ImGui::EndGroup();
  ImGui::SetCursorScreenPos({corner.x, corner.y + px(48)});
}

void Shell::draw_card_of(Panel& panel, ImVec2 size) {
  const CardResult result = draw_card(panel, size, enlarged_ == &panel);
  cards_.push_back({&panel, result.rectangle});
  if (result.take) taken_ = {&panel, *result.take, result.rectangle};
  if (result.enlarge) enlarged_ = enlarged_ == &panel ? nullptr : &panel;
}

void Shell::draw_run(ImVec2 space) {
  const float gap = px(12), width = std::min(px(side_width), space.x / 2);
  if (side != nullptr) {
    draw_card_of(*side, {width, space.y});
    ImGui::SameLine(0, gap);
  }
  ImGui::BeginChild("views", {space.x - width - gap, space.y});
  draw_views(run, run_view_);
  ImGui::EndChild();
}

void Shell::draw_inside(ImVec2 space) {
  ImGui::BeginChild("views", space);
  draw_views(inside, inside_view_);
  ImGui::EndChild();
}

// The names of the views above the one that is shown.
void Shell::draw_views(std::vector<View>& views, std::size_t& chosen) {
  const std::size_t place = shown(views, chosen);
  if (place >= views.size()) return;
  std::vector<std::string> names;
  std::vector<std::size_t> places;
  std::size_t now = 0;
  for (std::size_t i = 0; i < views.size(); ++i) {
    if (!views[i].offered()) continue;
    if (i == place) now = names.size();
    names.push_back(views[i].name);
    places.push_back(i);
  }
  const std::size_t next = names.size() > 1 ? segments("views", names, now) : now;
  if (next != now) chosen = places[next];
  draw_view(views[places[next]], ImGui::GetContentRegionAvail());
}

void Shell::draw_view(View& view, ImVec2 space) {
  const float gap = px(12);
  float shares = 0;
  for (const Row& row : view.rows) shares += row.share;
  const float height = space.y - gap * static_cast<float>(view.rows.size() - 1);
  const ImVec2 corner = ImGui::GetCursorPos();
  float top = corner.y;
  for (const Row& row : view.rows) {
    const float row_height = height * row.share / shares;
    float row_shares = 0, left = corner.x;
    for (const Cell& cell : row.cells) row_shares += cell.share;
    const float width = space.x - gap * static_cast<float>(row.cells.size() - 1);
    for (const Cell& cell : row.cells) {
      ImGui::SetCursorPos({left, top});
      draw_card_of(*cell.panel, {width * cell.share / row_shares, row_height});
      left += width * cell.share / row_shares + gap;
    }
    top += row_height + gap;
  }
}

void Shell::say(std::string text, bool error) {
  message_ = std::move(text);
  message_is_error_ = error;
  message_until_ = os::seconds() + message_seconds * (error ? 2 : 1);
}

bool Shell::talks() const { return !message_.empty(); }

void Shell::draw_message() {
  if (message_.empty()) return;
  if (os::seconds() > message_until_) {
    message_.clear();
    return;
  }
  const ImVec2 display = ImGui::GetIO().DisplaySize;
  const float wrap = std::min(px(640), display.x - px(64));
  const ImVec2 text = ImGui::CalcTextSize(message_.c_str(), nullptr, false, wrap);
  const ImVec2 from{(display.x - text.x) / 2 - px(16), display.y - text.y - px(40)};
  const ImVec2 to{from.x + text.x + px(32), from.y + text.y + px(20)};
  ImDrawList& list = *ImGui::GetForegroundDrawList();
  list.AddRectFilled(from, to, theme().raised, px(8));
  list.AddRect(from, to, message_is_error_ ? theme().error : theme().border, px(8));
  list.AddText(nullptr, 0, {from.x + px(16), from.y + px(10)}, theme().text, message_.c_str(),
               nullptr, wrap);
}

void Shell::draw_help() {
  if (!help_) return;
  const ImVec2 display = ImGui::GetIO().DisplaySize;
  ImGui::SetNextWindowPos({display.x / 2, display.y / 2}, ImGuiCond_Always, {0.5f, 0.5f});
  ImGui::SetNextWindowFocus();
  ImGui::PushStyleColor(ImGuiCol_WindowBg, theme().surface);
  ImGui::Begin("keys", nullptr,
               ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_AlwaysAutoResize |
                   ImGuiWindowFlags_NoSavedSettings);
  {
    const UseFont font(fonts().title);
    ImGui::TextUnformatted("Keys");
  }
  if (ImGui::BeginTable("keys", 2)) {
    for (const Key& key : known_keys) {
      ImGui::TableNextColumn();
      ImGui::TextUnformatted(key.keys);
      ImGui::TableNextColumn();
      ImGui::TextDisabled("%s", key.what);
    }
    ImGui::EndTable();
  }
  ImGui::End();
  ImGui::PopStyleColor();
}

}  // namespace lemnos::viewer
