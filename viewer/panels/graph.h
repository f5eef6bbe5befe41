// SPDX-License-Identifier: Apache-2.0
// The graph of a step as an outline: units in the order they run, each with the nodes it fuses.
#pragma once

#include <memory>
#include <optional>

#include "viewer/panel.h"
#include "viewer/runs/graph_view.h"

namespace lemnos::viewer {

// Clicking a value's number goes to it; Backspace comes back. Values that nothing computes are one
// line until it is clicked.
class GraphPanel : public Panel {
 public:
  GraphFilter filter;
  std::optional<std::uint32_t> selected;  // a node

  void set(std::shared_ptr<const GraphView> view);
  void go_to(std::uint32_t node);  // shows it, whatever the filter was
  void go_back();

  std::string_view title() const override { return "Graph"; }
  void draw() override;
  Table table() const override;
  nlohmann::ordered_json json() const override;

 private:
  void draw_controls();
  void draw_lines();
  void draw_unit(const GraphUnit& unit, float width);
  void draw_node(std::uint32_t id, bool last, float width);
  // Numbers of values, as many as fit; one that is clicked becomes wanted_.
  void draw_links(const char* arrow, const std::vector<std::uint32_t>& ids, float right);
  void show(std::uint32_t node);

  std::shared_ptr<const GraphView> view_;
  std::vector<GraphLine> lines_;
  std::array<std::size_t, 3> count_{};    // of nodes, by pass
  std::vector<std::uint32_t> visited_;    // before `selected`
  std::optional<std::uint32_t> wanted_;   // to go to, after this frame
  std::optional<std::size_t> scroll_to_;  // a line
  bool fold_ = false;                     // or unfold, after this frame
};

}  // namespace lemnos::viewer
