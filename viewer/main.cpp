// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "nn/train/run_folder.h"
#include "runtime/base/explain.h"
#include "runtime/base/log.h"
#include "runtime/base/os.h"
#include "runtime/doctor/session.h"
#include "viewer/app.h"
#include "viewer/report_page.h"

namespace lemnos::viewer {
namespace {

struct Flags {
  std::vector<std::string> follow;
  std::string resume, config, out, device, display, look = "dark", view, screenshot, state, report;
  bool demo = false;
  std::uint64_t after = 200;
  double scale = 0;
  std::vector<int> size{1440, 900};
  CLI::Option *after_given = nullptr, *look_given = nullptr;

  void add_to(CLI::App& app);
  void verify() const;
  void write_page() const;
  AppOptions app_options() const;
  WindowOptions window_options() const;
  Look chosen_look() const { return look == "light" ? Look::light : Look::dark; }
};

void Flags::add_to(CLI::App& app) {
  app.add_option("RUN", follow, "folders of runs to show, also while another process trains them");
  app.add_option("--follow", follow, "the same");
  app.add_flag("--demo", demo, "train conv_vae on Fashion-MNIST at once");
  app.add_option("--config", config, "train at once, as this config.json of a run says");
  app.add_option("--resume", resume, "go on with the run in this folder");
  app.add_option("--out", out, "folder of a run that begins [runs/MODEL-N]");
  app.add_option("--device", device, "to train on: index, name or UUID, as lemnos info lists them");
  app.add_option("--display-device", display,
                 "to draw with, where it is another; images are then copied through the host");
  look_given = app.add_option("--look", look, "dark or light [dark]");
  app.add_option("--scale", scale, "pixels in a unit of length [the display's]");
  app.add_option("--size", size, "of the window, in units [1440 900]")->expected(2);
  app.add_option("--view", view, "to show first: Samples, Layers, Time, Device ...");
  app.add_option("--screenshot", screenshot,
                 "draw without a display, write this PNG file, and end");
  after_given = app.add_option("--after", after, "steps of training before the screenshot [200]");
  app.add_option("--state", state, "file that says as JSON what is shown, for scripts");
  CLI::Option* page = app.add_option(
      "--report", report, "write a page about RUN as this PNG file, light unless --look, and end");
  for (const char* other : {"--demo", "--config", "--resume", "--out", "--display-device", "--size",
                            "--view", "--screenshot", "--after", "--state"})
    page->excludes(app.get_option(other));
}

void Flags::verify() const {
  if (look != "dark" && look != "light") fail_usage("--look is dark or light, not '{}'", look);
  if (scale != 0 && !(scale >= 0.5 && scale <= 8))
    fail_usage("--scale must be 0.5 to 8, not {}", scale);
  for (const int side : size)
    if (side < 480 || side > 8192) fail_usage("--size: a side must be 480 to 8192, not {}", side);
  if (demo + !config.empty() + !resume.empty() > 1)
    fail_usage("--demo, --config and --resume each begin a run: give one of them");
  if (!out.empty() && !resume.empty()) fail_usage("--out is for a new run; --resume has a folder");
  if (after_given->count() > 0 && screenshot.empty())
    fail_usage("--after says when --screenshot is made, and none is asked for");
  for (const std::string& folder : follow)
    if (!std::filesystem::is_directory(folder))
      fail_usage("{} is not there: name the folder of a run, such as runs/conv_vae-1", folder);
  if (report.empty()) return;
  if (!report.ends_with(".png")) fail_usage("--report writes a PNG file: {} is none", report);
  if (follow.size() != 1)
    fail_usage("--report is about one run: give its folder, such as runs/conv_vae-1");
}

// A page instead of a window.
void Flags::write_page() const {
  const Report read = read_report(follow.front());
  write_report(read, gpu::Device::open(device), report,
               {.look = look_given->count() > 0 ? chosen_look() : Look::light,
                .scale = scale > 0 ? static_cast<float>(scale) : 1});
}

AppOptions Flags::app_options() const {
  AppOptions options{.follow = {follow.begin(), follow.end()},
                     .view = view,
                     .look = chosen_look(),
                     .screenshot = screenshot,
                     .after = after,
                     .state = state};
  if (!resume.empty()) {
    RunFolder::open(resume);  // an error now, not in the window
    options.start = StartRequest{.resume = resume};
  } else if (!config.empty()) {
    options.start = StartRequest{.config = RunConfig::from_json(read_json(config), config)};
  } else if (demo) {
    options.start = StartRequest{};
    options.start->config.model = "conv_vae";
  }
  if (options.start) options.start->out = out;
  return options;
}

WindowOptions Flags::window_options() const {
  return {.offscreen = !screenshot.empty(),
          .width = size[0],
          .height = size[1],
          .scale = static_cast<float>(scale),
          .look = chosen_look()};
}

int run(int argc, char** argv) {
  CLI::App app{"Watch, steer and understand training runs", "lemnos-viewer"};
  app.set_version_flag("--version", LEMNOS_VERSION);
  Flags flags;
  flags.add_to(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) return app.exit(error);
    fail_usage("{}", error.what());
  }
  flags.verify();
  if (!flags.report.empty()) return flags.write_page(), 0;
  const WindowOptions window_options = flags.window_options();
  if (!window_options.offscreen) Window::connect();
  use(open_at_best(flags.device));
  std::shared_ptr<gpu::Device> display = device();
  if (!flags.display.empty()) {
    display = gpu::Device::open(flags.display);
    log::info("the window is drawn by {}: images are copied through the host",
              display->caps().name);
  }
  os::catch_stop_signals();
  Window window(display, window_options);
  App(window, flags.app_options()).run();
  return 0;
}

}  // namespace
}  // namespace lemnos::viewer

int main(int argc, char** argv) {
  using namespace lemnos;
  try {
    return viewer::run(argc, argv);
  } catch (const Error& error) {
    fmt::print(stderr, "lemnos-viewer: {}\n", explain(error));
    return error.exit_code();
  } catch (const std::exception& error) {
    fmt::print(stderr, "lemnos-viewer: {}\n", error.what());
    return 1;
  }
}
