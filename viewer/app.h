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

#include "runtime/doctor/session.h"
#include "viewer/panels.h"
#include "viewer/reporter.h"
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
  void know_device();
  std::shared_ptr<gpu::Device> device_for(const std::string& selector) const;
  bool through_host() const { return device() != window_.device(); }
  void start(StartRequest request);
  void forget_run();
  Live::Answers answers();
  Wanted wanted() const;
  void take(Findings found, std::vector<ShownImages> images);
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
  const std::shared_ptr<gpu::Device> usual_device_;  // to train on, as the program was started
  const AppOptions options_;
  Mailbox mailbox_;
  Shell shell_;
  Panels panels_;

  std::unique_ptr<Live> live_;
  std::shared_ptr<RunLog> log_;  // of the run that trains here
  std::vector<std::shared_ptr<RunLog>> follows_;
  Mail mail_;
  std::uint64_t looked_again_ = 0, profiled_ = 0;
  Look look_;
  float user_scale_ = 1;
  Reporter reporter_;
  bool state_stale_ = false;
  std::uint64_t frames_ = 0;  // drawn
  double drawn_ = 0, followed_ = 0, state_written_ = 0;
};

}  // namespace lemnos::viewer
