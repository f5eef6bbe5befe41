// SPDX-License-Identifier: Apache-2.0
// A report as a page in print: A4, upright.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "runtime/gpu/device.h"
#include "viewer/plot/plot.h"
#include "viewer/report.h"
#include "viewer/theme.h"

namespace lemnos::viewer {

// Drawn over the whole of ImGui's display.
class ReportPage {
 public:
  explicit ReportPage(const Report& report) : report_(report) {}
  void draw();

 private:
  struct Area {  // pixels
    float left = 0, top = 0, width = 0, bottom = 0;
  };
  float draw_head(Area area);
  float draw_figures(Area area);
  float wanted_below() const;
  float draw_plots(Area area);
  ImU32 color_of(const std::string& split) const;
  float draw_metrics(Area area);
  float draw_facts(Area area, const char* head, const std::vector<Fact>& facts);
  float draw_events(Area area);
  float draw_samples(Area area);
  void draw_foot(Area area);
  void draw_plot(const std::string& quantity, ImVec2 at, ImVec2 size);

  const Report& report_;
  std::map<std::string, Plot> plots_;
  Crosshair crosshair_;
};

struct PageOptions {
  Look look = Look::light;
  float scale = 1;  // 1: 150 dots an inch, 1240 x 1754 pixels
};

// Draws it with this device and writes it as a PNG. While it does there can be no other Window.
void write_report(const Report& report, std::shared_ptr<gpu::Device> device,
                  const std::filesystem::path& file, const PageOptions& options = {});

}  // namespace lemnos::viewer
