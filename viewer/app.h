// SPDX-License-Identifier: Apache-2.0
// The program: panels, the run that trains here, runs that are followed, and what goes between.
#pragma once

#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/os.h"
#include "viewer/panels/attention.h"
#include "viewer/panels/boxes.h"
#include "viewer/panels/confusion.h"
#include "viewer/panels/device.h"
#include "viewer/panels/filters.h"
#include "viewer/panels/graph.h"
#include "viewer/panels/histograms.h"
#include "viewer/panels/latent.h"
#include "viewer/panels/memory_plan.h"
#include "viewer/panels/metrics.h"
#include "viewer/panels/mistakes.h"
#include "viewer/panels/operations.h"
#include "viewer/panels/run_state.h"
#include "viewer/panels/saliency.h"
#include "viewer/panels/samples.h"
#include "viewer/panels/start.h"
#include "viewer/panels/text.h"
#include "viewer/panels/timeline.h"
#include "viewer/runs/live.h"
#include "viewer/shell.h"
#include "viewer/window.h"

namespace lemnos::viewer {

struct AppOptions {
  std::vector<std::filesystem::path> follow;  // run folders to show
  std::optional<StartRequest> start;          // a run to begin with
  std::string view;                           // to show first: "Layers"
  Look look = Look::dark;                     // that the window was made with
  // Written when the run that trains here has done so many steps, or has ended; then the program
  // ends. Without a run to start: when the runs that are followed were read.
  std::filesystem::path screenshot;
  std::uint64_t after = 0;
  std::filesystem::path state;  // what is shown, as JSON, about twice a second: for scripts
  bool through_host = false;    // see Live
};

// All panels, as they are arranged.
struct Panels {
  StartPanel start;
  RunStatePanel run;
  MetricsPanel metrics;
  SamplesPanel samples;
  LatentPanel latent;
  HistogramsPanel layers;
  ConfusionPanel confusion;
  MistakesPanel mistakes;
  BoxesPanel boxes;
  SaliencyPanel sample;
  AttentionPanel attention;
  FiltersPanel filters;
  TextPanel text;
  TimelinePanel timeline;
  OperationsPanel operations;
  MemoryPlanPanel memory;
  GraphPanel graph;
  DevicePanel device;
};

class App {
 public:
  App(Window& window, AppOptions options);
  ~App();
  App(const App&) = delete;
  App& operator=(const App&) = delete;

  // Until the window is closed, or the screenshot is made. Fails where the device is lost, or a run
  // to be seen in a screenshot has failed.
  void run();

 private:
  void arrange();
  bool update();
  void draw();
  bool frame_due(bool news) const;
  void spare_the_cpu() const;
  void start(StartRequest request);
  void forget_run();
  Answers answers();
  Wanted wanted() const;
  void take(Findings found, std::vector<ShownImages> images);
  void take_row(Findings& found);
  bool take_mail();
  void take_status();
  bool follow_runs();
  void offer_runs();
  void serve();
  void serve_wish(const RunWish& wish);
  void serve_start();
  void take_away_panel();
  void make_report();
  bool check_report();
  void write_state();
  void make_screenshot();
  void settle();
  bool reached() const;

  Window& window_;
  const AppOptions options_;
  Mailbox mailbox_;
  Shell shell_;
  Panels panels_;

  std::unique_ptr<Live> live_;
  std::shared_ptr<RunLog> log_;  // of the run that trains here
  std::vector<std::shared_ptr<RunLog>> follows_;
  Mail mail_;
  std::vector<std::string> class_names_;
  Findings::Offers offers_;
  std::uint64_t looked_again_ = 0, profiled_ = 0;
  std::int64_t row_ = 0;
  Look look_;
  float user_scale_ = 1;
  // Of a report: this program again, as there can be but one window in each, and its file.
  std::optional<os::Program> reporter_;
  std::filesystem::path report_;
  bool state_stale_ = false;
  std::uint64_t frames_ = 0;  // drawn
  double drawn_ = 0, followed_ = 0, state_written_ = 0;
};

}  // namespace lemnos::viewer
