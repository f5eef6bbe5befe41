// SPDX-License-Identifier: Apache-2.0
// Losses and metrics of runs, over each other: a plot for each quantity, the loss first.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "viewer/panel.h"
#include "viewer/plot/plot.h"
#include "viewer/runs/run_log.h"

namespace lemnos::viewer {

class MetricsPanel : public Panel {
 public:
  std::vector<std::shared_ptr<const RunLog>> runs;  // each has a colour, in this order

  // What the user has chosen.
  XKind kind = XKind::step;
  double smoothing = 0.9;
  bool log_y = false, ignore_outliers = false;
  std::set<std::string> chosen = {"loss", "accuracy"};

  std::string_view title() const override { return "Loss and metrics"; }
  void draw() override;
  // Of the quantities that are chosen: a row for each step at which one was told.
  Table table() const override;
  nlohmann::ordered_json json() const override;

  // The quantities that any run tells, the loss first: "loss" is of training and held-out data.
  std::vector<std::string> quantities() const;
  const Plot* plot(const std::string& quantity) const;  // null where it was not drawn yet

 private:
  struct Shown {
    std::string name;  // "vae-3/test/loss"
    const Series* series;
  };
  std::vector<Shown> shown(const std::string& quantity) const;
  std::vector<std::string> drawn() const;
  void draw_controls();
  void draw_chips(const std::vector<std::string>& all);
  void draw_plots();
  void fill(Plot& plot, const std::string& quantity) const;
  void fill_markers(Plot& plot, const RunLog& run) const;

  std::map<std::string, Plot> plots_;
  Crosshair crosshair_;
};

}  // namespace lemnos::viewer
