// SPDX-License-Identifier: Apache-2.0
// The frame around the panels: header, three tabs, the cards in each, what is enlarged, what is
// taken away, and the keys for all that. Knows panels only as panels.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "viewer/card.h"

namespace lemnos::viewer {

enum class Tab : std::uint8_t { run, inside, device };

// Cards side by side in rows, each as wide and high as its share says.
struct Cell {
  Panel* panel = nullptr;
  float share = 1;
};
struct Row {
  std::vector<Cell> cells;
  float share = 1;
};
struct View {
  std::string name;  // "Layers"
  std::vector<Row> rows;
  // Whether it can show anything of this run; a view that cannot is left out.
  std::function<bool()> offered = [] { return true; };
};

class Shell {
 public:
  // What stands at the left of the Run tab, beside the run's views.
  Panel* side = nullptr;
  std::vector<View> run, inside;
  Panel* device = nullptr;

  struct Title {
    std::string run, state;
    ImU32 color = 0;
  } title;

  void draw();
  // A panel that is to be taken away: asked for in the last frame, once.
  struct Taken {
    Panel* panel = nullptr;
    Take as = Take::png;
    ImVec4 rectangle{0, 0, 0, 0};
  };
  std::optional<Taken> taken();

  Tab tab() const { return tab_; }
  void show(Tab tab);
  // The view of this name, and its tab; or the tab of this name. False: there is none.
  bool show(std::string_view view);
  bool shows(const Panel& panel) const;
  // Whether it would, had its view something to show yet.
  bool chose(const Panel& panel) const;
  // Where the cards of the last frame are: left, top, width, height.
  struct Placed {
    const Panel* panel = nullptr;
    ImVec4 rectangle{0, 0, 0, 0};
  };
  const std::vector<Placed>& cards() const { return cards_; }

  // A line at the lower edge, for some seconds.
  void say(std::string text, bool error = false);
  bool talks() const;  // it will go away by itself: draw again soon

  std::function<void()> toggle_look;
  std::function<void(float factor)> scale_by;

 private:
  bool has(const Panel& panel, std::size_t view) const;  // of this tab
  void keys();
  void draw_header();
  void draw_run(ImVec2 space);
  void draw_inside(ImVec2 space);
  // The one that is chosen, or while it has nothing to show the first that has.
  static std::size_t shown(const std::vector<View>& views, std::size_t chosen);
  void draw_views(std::vector<View>& views, std::size_t& chosen);
  void draw_view(View& view, ImVec2 space);
  void draw_card_of(Panel& panel, ImVec2 size);
  void draw_message();
  void draw_help();

  Tab tab_ = Tab::run;
  std::size_t run_view_ = 0, inside_view_ = 0;
  Panel* enlarged_ = nullptr;
  std::optional<Taken> taken_;
  std::vector<Placed> cards_;
  std::string message_;
  bool message_is_error_ = false;
  double message_until_ = 0;
  bool help_ = false;
};

}  // namespace lemnos::viewer
