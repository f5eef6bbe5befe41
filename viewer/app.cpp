// SPDX-License-Identifier: Apache-2.0
#include "viewer/app.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "data/formats/image.h"
#include "nn/train/run_folder.h"
#include "runtime/base/os.h"
#include "runtime/doctor/session.h"

namespace lemnos::viewer {
namespace {

using State = Session::State;

// Between frames that only news are the reason for, and between any two. A CPU that trains draws
// them too.
constexpr double cpu_news_seconds = 0.4, gpu_news_seconds = 1.0 / 60;
constexpr double cpu_frame_seconds = 1.0 / 14;
constexpr double follow_seconds = 0.5, state_seconds = 0.5;

bool on_cpu() { return device()->caps().type == gpu::DeviceType::cpu; }

}  // namespace

App::App(Window& window, AppOptions options)
    : window_(window),
      usual_device_(device()),
      options_(std::move(options)),
      mailbox_([this] { window_.wake(); }),
      look_(options_.look) {
  arrange();
  know_device();
  panels_.device.version = LEMNOS_VERSION;
  std::vector<std::string> names;
  for (const gpu::DeviceInfo& each : panels_.device.report.devices)
    if (each.score >= 0) names.push_back(each.caps.name);
  panels_.start.form.offer("device", std::move(names));
  for (const auto& folder : options_.follow)
    follows_.push_back(std::make_shared<RunLog>(RunLog::of_folder(folder)));
  if (options_.start) start(*options_.start);
  if (!options_.view.empty() && !shell_.show(options_.view)) {
    std::string known = "Run, Inside, Device";
    for (const auto* views : {&shell_.run, &shell_.inside})
      for (const View& view : *views) known += ", " + view.name;
    fail_usage("--view: there is no view '{}'; there are {}", options_.view, known);
  }
}

App::~App() = default;

void App::arrange() {
  Panels& p = panels_;
  p.operations.choice = p.timeline.choice;
  shell_.side = &p.start;
  shell_.device = &p.device;
  // A view is offered where the model has something to show there.
  const auto of = [this](bool Findings::Offers::*what) {
    return [this, what] { return panels_.offers.*what; };
  };
  const auto images = of(&Findings::Offers::images), codes = of(&Findings::Offers::codes);
  shell_.run = {{"Overview", {{{{&p.metrics, 1.1f}, {&p.samples, 1}}}}, images},
                {"Curves", {{{{&p.metrics}}}}},
                {"Samples", {{{{&p.samples}}}}, images},
                {"Latent space", {{{{&p.latent}}}}, codes}};
  shell_.inside = {
      {"Layers", {{{{&p.layers}}}}},
      {"Time", {{{{&p.timeline}}, 0.75f}, {{{&p.operations}}, 1}}},
      {"Predictions", {{{{&p.confusion, 1.2f}, {&p.mistakes, 1}}}}, of(&Findings::Offers::classes)},
      {"Boxes", {{{{&p.boxes}}}}, of(&Findings::Offers::boxes)},
      {"Sample", {{{{&p.sample}}}, {{{&p.filters}}, 0.6f}}, of(&Findings::Offers::rows)},
      {"Attention", {{{{&p.attention}}}}, of(&Findings::Offers::attention)},
      {"Text", {{{{&p.text}}}}, of(&Findings::Offers::texts)},
      {"Memory", {{{{&p.memory}}}}},
      {"Graph", {{{{&p.graph}}}}}};
  shell_.toggle_look = [this] {
    look_ = look_ == Look::dark ? Look::light : Look::dark;
    window_.restyle(look_, user_scale_);
  };
  shell_.scale_by = [this](float factor) {
    user_scale_ = std::clamp(user_scale_ * factor, 0.5f, 4.0f);
    window_.restyle(look_, user_scale_);
  };
  p.samples.want_values = [this](const PicturePtr& picture) {
    if (live_) live_->read_values(picture);
  };
}

void App::run() {
  if (!options_.screenshot.empty()) return make_screenshot();
  while (!window_.closed() && !os::stop_requested()) {
    const bool input = window_.wait_for_events(on_cpu() ? cpu_news_seconds : gpu_news_seconds);
    if (input) spare_the_cpu();
    const bool news = update();
    if (input || drawn_ == 0 || frame_due(news)) {
      draw();
      serve();
      take_away_panel();
      state_stale_ = true;
    }
    write_state();
  }
}

void App::draw() {
  window_.frame([this] {
    shell_.draw();
    panels_.run.keys();
  });
  drawn_ = os::seconds();
  ++frames_;
}

// Where a CPU trains, the pointer may move faster than frames should be drawn.
void App::spare_the_cpu() const {
  if (!on_cpu() || !live_ || live_->session().status().state != State::running) return;
  const double early = drawn_ + cpu_frame_seconds - os::seconds();
  if (early > 0) std::this_thread::sleep_for(std::chrono::duration<double>(early));
}

bool App::frame_due(bool news) const {
  const double least = on_cpu() ? cpu_news_seconds : gpu_news_seconds;
  return (news || shell_.talks()) && os::seconds() - drawn_ >= least;
}

// All that came since the last time; whether anything did.
bool App::update() {
  bool news = mailbox_.open();
  if (live_) {
    live_->check_calls();
    news = take_mail() || news;
    live_->want(wanted());
  }
  take_status();
  news = follow_runs() || news;
  news = check_report() || news;
  panels_.device.memory = device()->memory_use();
  return news;
}

// ---- the run that trains here
// --------------------------------------------------------------------

void App::know_device() { panels_.device.report = report_devices(device()->caps().uuid); }

// The usual one, or the one that is meant, which is opened once.
std::shared_ptr<gpu::Device> App::device_for(const std::string& selector) const {
  if (selector.empty()) return usual_device_;
  const auto& devices = panels_.device.report.devices;
  const int index = gpu::choose_device(devices, selector).index;
  const std::string& uuid = devices.at(static_cast<std::size_t>(index)).caps.uuid;
  for (const auto& known : {device(), usual_device_, window_.device()})
    if (known->caps().uuid == uuid) return known;
  return gpu::Device::open(uuid);
}

void App::start(StartRequest request) {
  const std::shared_ptr<gpu::Device> chosen = device_for(request.device);
  forget_run();
  if (chosen != device()) {
    use(chosen);
    know_device();
  }
  panels_.samples.note = through_host() ? "copied through the host: another device draws" : "";
  live_ = std::make_unique<Live>(
      std::move(request), mailbox_, answers(), [] {}, through_host());
  shell_.side = &panels_.run;
}

// The last run's panels are not those of the next one.
void App::forget_run() {
  live_.reset();
  mailbox_.open();  // what it still had to say
  log_.reset();
  panels_.clear();
  profiled_ = 0;
}

Live::Answers App::answers() {
  return {
      .found = [this](
                   Findings found,
                   std::vector<ShownImages> images) { take(std::move(found), std::move(images)); },
      .decoded = [this](PicturePtr picture) { panels_.latent.show_decoded(std::move(picture)); },
      .values = [this](const PicturePtr& of,
                       data::Array values) { panels_.samples.give_values(of, std::move(values)); },
      .planned =
          [this](auto memory, auto graph) {
            panels_.memory.set(std::move(memory));
            panels_.graph.set(std::move(graph));
          },
      .profiled =
          [this](auto profile) {
            panels_.timeline.set(profile);
            panels_.operations.set(profile);
          },
      .failed = [this](const std::string& what) { shell_.say(what, true); }};
}

Wanted App::wanted() const {
  const Panels& p = panels_;
  return {.images = shell_.shows(p.samples) || !options_.screenshot.empty(),
          .latent = shell_.shows(p.latent),
          .layers = shell_.shows(p.layers),
          .predictions = shell_.shows(p.confusion) || shell_.shows(p.boxes),
          .row = shell_.chose(p.sample) || shell_.chose(p.attention),
          .row_number = p.row,
          .text = shell_.shows(p.text),
          .writing = p.text.settings,
          .again = looked_again_};
}

void App::take(Findings found, std::vector<ShownImages> images) {
  for (const std::string& error : found.errors) shell_.say(error, true);
  panels_.show(std::move(found), std::move(images));
}

bool App::take_mail() {
  live_->session().inbox().take(mail_);
  panels_.show(mail_);
  return !mail_.empty();
}

void App::take_status() {
  RunStatus& status = panels_.run.status;
  if (!live_) {
    shell_.title = {};
    if (follows_.empty()) return;
    status.state = RunStatus::State::follows;
    shell_.title = {fmt::format("{} followed", follows_.size()), "", 0};
    return;
  }
  const Session::Status now = live_->session().status();
  panels_.show(now);
  shell_.title = {status.name, word_of(status.state), color_of(status.state)};
  if (!log_ && !now.folder.empty()) log_ = std::make_shared<RunLog>(RunLog::of_folder(now.folder));
}

// ---- runs that are followed
// ----------------------------------------------------------------------

bool App::follow_runs() {
  const double now = os::seconds();
  if (now - followed_ < follow_seconds && followed_ != 0) return false;
  followed_ = now;
  std::vector<std::shared_ptr<const RunLog>> shown;
  bool news = false;
  const auto follow = [&](RunLog& log) {
    if (log.follow()) news = true;
  };
  if (log_) {
    follow(*log_);
    shown.push_back(log_);
  }
  for (const auto& log : follows_) {
    follow(*log);
    shown.push_back(log);
  }
  panels_.metrics.runs = std::move(shown);
  if (live_) {
    panels_.run.status.checkpoints = live_->session().checkpoints();
  } else {
    offer_runs();
  }
  return news;
}

// Folders of runs below runs/, to go on with.
void App::offer_runs() {
  std::vector<std::pair<std::filesystem::file_time_type, std::string>> found;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("runs", error))
    if (std::filesystem::exists(entry.path() / "config.json", error))
      found.emplace_back(entry.last_write_time(error), entry.path().string());
  std::ranges::sort(found, std::greater());
  panels_.start.runs.clear();
  for (auto& [time, name] : found) panels_.start.runs.push_back(std::move(name));
}

// ---- what was asked for in the panels
// ------------------------------------------------------------

void App::serve() {
  Panels& p = panels_;
  for (const RunWish& wish : std::exchange(p.run.wishes, {})) serve_wish(wish);
  serve_start();
  if (!live_) return;
  if (auto z = std::exchange(p.latent.wanted_z, {})) live_->decode(std::move(*z));
  if (auto row = std::exchange(p.sample.wanted_row, {})) p.row = *row;
  if (auto row = std::exchange(p.mistakes.wanted_row, {})) {
    p.row = *row;
    shell_.show("Sample");
  }
  if (std::exchange(p.text.wanted, {})) ++looked_again_;
  const bool timed = shell_.shows(p.timeline) || shell_.shows(p.operations);
  if (timed && profiled_ == 0 && live_->session().status().state == State::running) {
    ++profiled_;
    live_->profile();
  }
}

void App::serve_wish(const RunWish& wish) {
  using Kind = RunWish::Kind;
  if (wish.kind == Kind::start_another) {
    forget_run();
    follows_.clear();
    shell_.side = &panels_.start;
  }
  if (wish.kind == Kind::report) return make_report();
  if (!live_) return;
  Control& control = live_->session().control();
  switch (wish.kind) {
    case Kind::pause:
      return control.pause();
    case Kind::go_on:
      return control.go_on();
    case Kind::step:
      return control.step();
    case Kind::epoch:
      return control.epoch();
    case Kind::stop:
      return control.stop();
    case Kind::save:
      return live_->save();
    case Kind::roll_back:
      return live_->roll_back(wish.text);
    case Kind::set:
      return live_->set_hyperparameter(wish.text, wish.value);
    case Kind::profile:
      shell_.show("Time");
      ++profiled_;
      return live_->profile();
    case Kind::resume:
      return start({.resume = live_->session().status().folder});
    case Kind::start_another:
    case Kind::report:
      return;
  }
}

void App::serve_start() {
  StartPanel& panel = panels_.start;
  try {
    if (std::exchange(panel.wanted, false)) start(panel.form.request());
    if (std::exchange(panel.resume_wanted, false)) start({.resume = panel.folder});
  } catch (const Error& error) {
    shell_.say(error.what(), true);
  }
}

void App::take_away_panel() {
  const auto taken = shell_.taken();
  if (!taken) return;
  const auto& [left, top, width, height] = taken->rectangle;
  const std::filesystem::path folder =
      panels_.run.status.folder.empty()
          ? "exports"
          : std::filesystem::path(panels_.run.status.folder) / "exports";
  try {
    const data::Array pixels =
        taken->as == Take::png
            ? window_.capture({static_cast<int>(left), static_cast<int>(top),
                               static_cast<int>(width), static_cast<int>(height)})
            : data::Array{};
    const auto path = take_away(*taken->panel, taken->as, folder, panels_.run.status.step, pixels);
    shell_.say("saved as " + path.string());
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::device_lost) throw;
    shell_.say(error.what(), true);
  }
}

// Of the run that trains here, else of the first one that is followed.
void App::make_report() {
  const RunLog* run = log_ ? log_.get() : follows_.empty() ? nullptr : follows_.front().get();
  if (run == nullptr) return shell_.say("There is no run to report yet", true);
  if (reporter_.busy()) return shell_.say("A report is being made already");
  try {
    reporter_.start(*run, device()->caps().uuid);
    shell_.say("making a report of " + run->name());
  } catch (const Error& error) {
    shell_.say(error.what(), true);
  }
}

bool App::check_report() {
  const auto outcome = reporter_.outcome();
  if (outcome) shell_.say(outcome->message, outcome->failed);
  return outcome.has_value();
}

void App::write_state() {
  if (options_.state.empty() || !state_stale_) return;
  if (os::seconds() - state_written_ < state_seconds) return;
  state_written_ = os::seconds();
  state_stale_ = false;
  constexpr const char* tabs[] = {"Run", "Inside", "Device"};
  nlohmann::ordered_json state{{"tab", tabs[static_cast<int>(shell_.tab())]},
                               {"width", window_.width()},
                               {"height", window_.height()},
                               {"frames", frames_},
                               {"run", panels_.run.json()}};
  for (const Shell::Placed& card : shell_.cards()) {
    const auto& [left, top, width, height] = card.rectangle;
    state["cards"][std::string(card.panel->title())] = {{"rectangle", {left, top, width, height}},
                                                        {"shows", card.panel->json()}};
  }
  os::write_file(options_.state,
                 state.dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

// Nothing is drawn until the run is there; then it pauses, is looked at once more, and drawn.
void App::make_screenshot() {
  while (live_ && !reached()) settle();
  if (live_) {
    if (live_->session().status().alive()) live_->session().control().pause();
    ++looked_again_;
  }
  constexpr int frames = 4;  // ImGui takes a few to settle
  for (int frame = 0; frame < frames; ++frame) {
    do settle();
    while (live_ && live_->waits());
    followed_ = 0;
    update();
    draw();
  }
  data::write_png(options_.screenshot, window_.capture());
}

void App::settle() {
  update();
  serve();
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
}

bool App::reached() const {
  const Session::Status now = live_->session().status();
  if (now.state == State::failed) fail("{}", now.message);
  return now.moment.step >= options_.after || !now.alive();
}

}  // namespace lemnos::viewer
