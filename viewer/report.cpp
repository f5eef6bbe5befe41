// SPDX-License-Identifier: Apache-2.0
#include "viewer/report.h"

#include <fmt/chrono.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "data/formats/image.h"
#include "runtime/base/error.h"
#include "runtime/base/os.h"
#include "runtime/base/progress.h"
#include "viewer/plot/ticks.h"
#include "viewer/report_settings.h"

namespace lemnos::viewer {
namespace {

namespace fs = std::filesystem;

std::string_view quantity_of(std::string_view key) { return key.substr(key.find('/') + 1); }
std::string_view split_of(std::string_view key) { return key.substr(0, key.find('/')); }

std::string digits(double value) {
  return std::isfinite(value) ? short_number(value, 5) : "not finite";
}

std::string time_text(double seconds) {
  return seconds < 10 ? short_number(seconds, 2) + "s" : duration_text(seconds);
}

std::string text_at(const nlohmann::json& object, const char* key) {
  return object.is_object() && object.contains(key) ? setting_text(object[key]) : "";
}

// How many steps it is to do; 0: nobody knows.
std::uint64_t planned_steps(const nlohmann::json& config) {
  for (const char* key : {"steps", "planned_steps"})
    if (config.is_object() && config.contains(key) && config[key].is_number_unsigned() &&
        config[key] > 0)
      return config[key].get<std::uint64_t>();
  return 0;
}

bool happened(const RunLog& log, std::string_view event) {
  return std::ranges::find(log.events(), event, &RunEvent::name) != log.events().end();
}

void read_standing(Report& report) {
  const RunLog& log = *report.log;
  const std::uint64_t step = log.last().step, planned = planned_steps(log.config());
  report.complete = log.complete() || happened(log, "early_stop");
  const bool partly = !report.complete && planned > step;
  report.state = log.complete()    ? "complete"
                 : report.complete ? "stopped early"
                 : partly          ? fmt::format("{} of {} steps", step, planned)
                                   : "not complete";
  report.figures = {
      {"steps", partly ? fmt::format("{} / {}", step, planned) : fmt::format("{}", step)},
      {"epochs", short_number(log.last().epoch, 3)},
      {"trained for", time_text(log.last().seconds)}};
}

// "12.5 ms", of the middle one of all steps: the first ones take longer.
std::string step_time(const Series& ms) {
  std::vector<double> values;
  for (std::size_t i = 0; i < ms.size(); ++i)
    if (std::isfinite(ms.y(i))) values.push_back(ms.y(i));
  if (values.empty()) return "";
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle < 1000 ? short_number(*middle, 3) + " ms" : short_number(*middle / 1e3, 3) + " s";
}

// The one number that a run is judged by: of data that it was not trained on, where there is one.
std::optional<Fact> verdict(const RunLog& log) {
  for (const char* quantity : {"accuracy", "loss"})
    for (const auto& [key, series] : log.series())
      if (split_of(key) != "train" && quantity_of(key) == quantity && !series.empty())
        return Fact{fmt::format("{} {}", split_of(key), quantity),
                    digits(series.y(series.size() - 1))};
  const Series* loss = log.find("train/loss");
  if (loss == nullptr || loss->empty()) return std::nullopt;
  return Fact{"training loss", digits(loss->y(loss->size() - 1))};
}

void read_figures(Report& report) {
  if (const Series* ms = report.log->find("train/ms"); ms != nullptr)
    if (const std::string time = step_time(*ms); !time.empty())
      report.figures.push_back({"a step takes", time});
  if (auto fact = verdict(*report.log)) report.figures.push_back(std::move(*fact));
}

// Those of which there is more than a point; the loss is always there. First what was told of
// held-out data.
void read_quantities(Report& report) {
  std::vector<std::pair<int, std::string>> ranked;
  for (const auto& [key, series] : report.log->series()) {
    const std::string name(quantity_of(key));
    if (series.empty() || name == "ms") continue;
    if (name != "loss" && series.size() < 2) continue;
    const int rank = name == "loss" ? 0 : split_of(key) != "train" ? 1 : 2;
    const auto known = std::ranges::find(ranked, name, &std::pair<int, std::string>::second);
    if (known == ranked.end()) {
      ranked.emplace_back(rank, name);
    } else {
      known->first = std::min(known->first, rank);
    }
  }
  std::ranges::stable_sort(ranked, {}, &std::pair<int, std::string>::first);
  for (auto& [rank, name] : ranked) report.quantities.push_back(std::move(name));
}

void read_metrics(Report& report) {
  std::map<std::string, std::map<std::string, std::string>> values;
  std::set<std::string> held_out;
  bool trained = false;
  for (const auto& [key, series] : report.log->series()) {
    if (series.empty() || quantity_of(key) == "ms") continue;
    const std::string split(split_of(key));
    split == "train" ? void(trained = true) : void(held_out.insert(split));
    values[std::string(quantity_of(key))][split] = digits(series.y(series.size() - 1));
  }
  std::vector<std::string>& columns = report.metrics.columns;
  columns = {"metric"};
  if (trained) columns.emplace_back("train");
  columns.insert(columns.end(), held_out.begin(), held_out.end());
  for (auto& [name, of] : values) {
    std::vector<std::string> row{name};
    for (std::size_t i = 1; i < columns.size(); ++i) row.push_back(of[columns[i]]);
    report.metrics.rows.push_back(std::move(row));
  }
  // The loss, then what is known of held-out data, which comes last in a row.
  std::ranges::stable_sort(report.metrics.rows, {}, [](const std::vector<std::string>& row) {
    return row.front() == "loss" ? 0 : row.back().empty() ? 2 : 1;
  });
}

// Rare ones one by one, others as one: "25 times, the last at 411".
void read_events(Report& report) {
  constexpr std::size_t most = 6;
  std::map<std::string, std::vector<const RunEvent*>> by_name;
  for (const RunEvent& event : report.log->events()) by_name[event.name].push_back(&event);
  std::vector<Report::Happening> checkpoints;
  for (const auto& [name, all] : by_name) {
    const std::uint64_t first = all.front()->moment.step, last = all.back()->moment.step;
    if (name == "checkpoint") {
      checkpoints.push_back(
          {last, name, all.size() == 1 ? "" : fmt::format("the last of {}", all.size())});
    } else if (all.size() > most) {
      report.events.push_back(
          {first, name, fmt::format("{} times, the last at {}", all.size(), last)});
    } else {
      for (const RunEvent* event : all)
        report.events.push_back({event->moment.step, name, event->detail});
    }
  }
  std::ranges::stable_sort(report.events, {}, &Report::Happening::step);
  std::ranges::move(checkpoints, std::back_inserter(report.events));
}

// The step in "step-000060.png".
std::optional<std::uint64_t> step_of(const fs::path& file) {
  const std::string name = file.stem().string();
  std::uint64_t step = 0;
  if (!name.starts_with("step-") || !data::has_image_name(file)) return std::nullopt;
  const auto [end, error] = std::from_chars(name.data() + 5, name.data() + name.size(), step);
  if (error != std::errc() || end != name.data() + name.size()) return std::nullopt;
  return step;
}

// Not from beyond the last step: a run that was rolled back leaves such files.
void read_samples(Report& report) {
  std::error_code error;
  fs::path newest;
  for (const auto& entry : fs::directory_iterator(report.log->folder() / "samples", error)) {
    const auto step = step_of(entry.path());
    if (!step || *step > report.log->last().step) continue;
    if (!newest.empty() && *step < report.samples_step) continue;
    newest = entry.path();
    report.samples_step = *step;
  }
  if (newest.empty()) return;
  try {
    data::Array image = data::read_image(newest, data::Channels::opaque);
    const Shape shape = image.shape;
    image.shape = Shape{1, shape[0], shape[1], shape[2]};
    report.samples = picture_of(std::move(image));
  } catch (const Error& trouble) {
    report.problems.emplace_back(trouble.what());
  }
}

nlohmann::json read_object(const fs::path& path, std::vector<std::string>& problems) {
  std::error_code error;
  if (!fs::exists(path, error)) return nullptr;
  try {
    return nlohmann::json::parse(os::read_text(path, 1 << 20));
  } catch (const Error& trouble) {
    problems.emplace_back(trouble.what());
  } catch (const nlohmann::json::exception&) {
    problems.push_back(fmt::format("{} is not JSON", path.string()));
  }
  return nullptr;
}

void read_device(Report& report) {
  const auto stored = read_object(report.log->folder() / "device.json", report.problems);
  std::string driver = text_at(stored, "driver");
  if (const std::string version = text_at(stored, "driver_version"); !version.empty())
    driver += (driver.empty() ? "" : ", ") + version;
  for (Fact fact : {Fact{"device", text_at(stored, "name")}, Fact{"type", text_at(stored, "type")},
                    Fact{"driver", driver}, Fact{"Vulkan", text_at(stored, "vulkan")}})
    if (!fact.value.empty()) report.device.push_back(std::move(fact));
}

std::string time_of(const fs::path& file) {
  std::error_code error;
  const auto written = fs::last_write_time(file, error);
  if (error) return "";
  const auto at = std::chrono::file_clock::to_sys(written);
  return fmt::format("{:%Y-%m-%d %H:%M} UTC",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(
                         std::chrono::time_point_cast<std::chrono::system_clock::duration>(at))));
}

std::string title_of(const RunLog& log) {
  const std::string model = text_at(log.config(), "model");
  const std::string data = text_at(log.config(), "data");
  if (model.empty()) return log.name();
  const std::string name = fs::path(data).filename().string();  // a file's or folder's own
  return data.empty() ? model : fmt::format("{} on {}", model, name.empty() ? data : name);
}

}  // namespace

Report read_report(const fs::path& folder) {
  std::error_code error;
  if (!fs::is_directory(folder, error))
    fail_usage("{} is not there: name the folder of a run, such as runs/conv_vae-1",
               folder.string());
  auto log = std::make_shared<RunLog>(RunLog::of_folder(folder));
  log->rename(fs::canonical(folder, error).filename().string());
  while (log->follow()) {
  }
  Report report{.log = log};
  const std::string problem = log->problem();
  if (std::ranges::all_of(log->series(), [](const auto& named) { return named.second.empty(); }))
    fail("{} has nothing to report yet: {}", folder.string(),
         problem.empty() ? "its metrics.jsonl has no step" : problem);
  if (!problem.empty()) report.problems.push_back(problem);
  report.name = log->name();
  report.title = title_of(*log);
  report.settings = settings_of(log->config());
  report.written = time_of(log->folder() / "metrics.jsonl");
  read_standing(report);
  read_figures(report);
  read_quantities(report);
  read_metrics(report);
  read_events(report);
  read_samples(report);
  read_device(report);
  return report;
}

}  // namespace lemnos::viewer
