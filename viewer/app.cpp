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
      options_(std::move(options)),
      mailbox_([this] { window_.wake(); }),
      look_(options_.look) {
  arrange();
  panels_.device.report = report_devices(device()->caps().uuid);
  panels_.device.version = LEMNOS_VERSION;
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
    return [this, what] { return offers_.*what; };
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

void App::start(StartRequest request) {
  forget_run();
  live_ = std::make_unique<Live>(
      std::move(request), mailbox_, answers(), [] {}, options_.through_host);
  shell_.side = &panels_.run;
}

// The last run's panels are not those of the next one.
void App::forget_run() {
  live_.reset();
  mailbox_.open();  // what it still had to say
  log_.reset();
  panels_.run = {};
  panels_.samples.clear();
  panels_.latent = {};
  panels_.layers = {};
  panels_.confusion = {};
  panels_.mistakes = {};
  panels_.boxes = {};
  panels_.sample = {};
  panels_.attention = {};
  panels_.filters = {};
  panels_.text = {};
  panels_.timeline.set(nullptr);
  panels_.operations.set(nullptr);
  panels_.memory.set(nullptr);
  panels_.graph.set(nullptr);
  class_names_.clear();
  offers_ = {};
  profiled_ = 0;
  row_ = 0;
  if (options_.through_host)
    panels_.samples.note = "copied through the host: the window draws with another device";
}

Answers App::answers() {
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
          .row_number = row_,
          .text = shell_.shows(p.text),
          .writing = p.text.settings,
          .again = looked_again_};
}

void App::take(Findings found, std::vector<ShownImages> images) {
  Panels& p = panels_;
  const std::uint64_t step = found.moment.step;
  class_names_ = found.class_names;
  found.offers.attention = offers_.attention || (found.row && !found.row->attention.empty());
  offers_ = found.offers;
  p.text.possible = offers_.texts;
  for (ShownImages& image : images)
    p.samples.add(image.name, step, std::move(image.picture), image.columns);
  if (found.latent)
    p.latent.show(std::move(*found.latent), picture_of(std::move(found.latent_images)));
  if (found.layers) p.layers.history.add(step, *found.layers, found.update_ratios);
  if (found.predictions) {
    p.confusion.look = *found.predictions;
    p.confusion.class_names = class_names_;
    p.confusion.step = step;
    p.mistakes.show(std::move(*found.predictions), class_names_);
  }
  if (found.boxes) p.boxes.show(std::move(*found.boxes), class_names_);
  if (found.row) take_row(found);
  if (found.text) p.text.add(step, found.writing, std::move(*found.text));
  for (const std::string& error : found.errors) shell_.say(error, true);
}

void App::take_row(Findings& found) {
  const bool image = found.row_input.dtype == DType::u8;
  panels_.attention.show(found.row->attention, found.row_names);
  panels_.sample.show({.row = found.row_number,
                       .rows = found.rows,
                       .label = found.row_label,
                       .input = image ? std::move(found.row_input) : data::Array{},
                       .names = found.row_names,
                       .saliency = std::move(found.row->saliency),
                       .scores = std::move(found.row->scores),
                       .class_names = class_names_});
  if (!found.filters.empty()) panels_.filters.show(found.filters);
}

bool App::take_mail() {
  live_->session().inbox().take(mail_);
  RunStatus& status = panels_.run.status;
  if (mail_.last_step > 0) status.last_step = mail_.last_step;
  for (std::size_t i = 0; i < mail_.steps.moments.size(); ++i) {
    const double loss = mail_.steps.value(i, 0), ms = mail_.steps.value(i, 1);
    const bool first = status.ms == 0;
    status.loss = first ? loss : status.loss + (loss - status.loss) * 0.05;
    status.ms = first ? ms : status.ms + (ms - status.ms) * 0.05;
  }
  constexpr std::size_t most_events = 200;
  auto& events = panels_.run.events;
  for (const Mail::Event& event : mail_.events)
    events.push_back({event.moment.step, event.name, event.detail});
  while (events.size() > most_events) events.pop_front();
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
  constexpr RunStatus::State states[] = {RunStatus::State::opening, RunStatus::State::opening,
                                         RunStatus::State::running, RunStatus::State::paused,
                                         RunStatus::State::ended,   RunStatus::State::stopped,
                                         RunStatus::State::failed};
  status.state = states[static_cast<int>(now.state)];
  status.message = now.message;
  if (now.state == State::opening) status.message = "reading the data";
  if (now.state == State::compiling) status.message = "compiling kernels";
  status.folder = now.folder.string();
  status.name = now.folder.filename().string();
  status.model = now.run.model;
  status.data = now.run.data;
  status.device = now.run.device;
  status.parameters = now.run.parameters;
  status.epoch_steps = now.run.epoch_steps;
  if (status.last_step == 0) status.last_step = now.run.last_step;
  status.step = now.moment.step;
  status.epoch = now.moment.epoch;
  status.seconds = now.moment.seconds;
  status.learning_rate = now.learning_rate;
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
  if (auto row = std::exchange(p.sample.wanted_row, {})) row_ = *row;
  if (auto row = std::exchange(p.mistakes.wanted_row, {})) {
    row_ = *row;
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
    case Kind::learning_rate:
      return live_->set_learning_rate(wish.value);
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

// Of the run that trains here, else of the first one that is followed. Its file is named by the
// step that is shown now; a run that goes on may have done a few more by the time it is read.
void App::make_report() {
  const RunLog* run = log_ ? log_.get() : follows_.empty() ? nullptr : follows_.front().get();
  if (run == nullptr) return shell_.say("There is no run to report yet", true);
  if (reporter_) return shell_.say("A report is being made already");
  try {
    const auto folder = run->folder() / "exports";
    report_ = folder / fmt::format("report-step-{:06}.png", run->last().step);
    os::make_folder(folder);
    const std::vector<std::string> words{"--report", std::filesystem::absolute(report_),
                                         std::filesystem::absolute(run->folder()), "--device",
                                         device()->caps().uuid};
    reporter_ = os::start_program(os::own_program(), words);
    shell_.say("making a report of " + run->name());
  } catch (const Error& error) {
    shell_.say(error.what(), true);
  }
}

bool App::check_report() {
  const auto code = reporter_ ? reporter_->exit_code() : std::nullopt;
  if (!code) return false;
  if (*code == 0) {
    shell_.say("saved as " + report_.string());
  } else {
    const std::string said = reporter_->said();
    shell_.say(said.empty() ? fmt::format("no report was made: exit code {}", *code) : said, true);
  }
  reporter_.reset();
  return true;
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
