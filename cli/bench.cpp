// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <filesystem>

#include "cli/commands.h"
#include "cli/flags.h"
#include "nn/bench/compare.h"
#include "nn/bench/report.h"
#include "nn/bench/score.h"
#include "nn/bench/start_up.h"
#include "nn/bench/suite.h"
#include "nn/bench/table.h"
#include "runtime/base/error.h"
#include "runtime/base/log.h"
#include "runtime/base/os.h"
#include "runtime/base/progress.h"
#include "runtime/doctor/session.h"

namespace lemnos::cli {
namespace {

namespace fs = std::filesystem;
using bench::Result;

constexpr int standard_output = 1, standard_error = 2;

struct BenchFlags {
  std::string part, match, device, json, csv, report, start_up, tune = "off";
  std::vector<std::string> compare;
  bool medians = false, quick = false, quiet = false, list = false;

  bench::SuiteOptions suite() const {
    return {.ceilings = part.empty() || part == "ceilings",
            .kernels = part.empty() || part == "ops",
            .models = part.empty() || part == "models",
            .quick = quick,
            .tune = tune_named(tune, "--tune"),
            .match = match};
  }
};

// ---- files --------------------------------------------------------------------------------------

// Before anything is measured: minutes later it would be too late.
void check_writable(const fs::path& path) {
  std::error_code error;
  const bool there = fs::exists(path, error);
  os::append_text(path, "");
  if (!there) fs::remove(path, error);
}

void check_files(const BenchFlags& flags) {
  std::vector<std::string> files{flags.json, flags.csv, flags.report};
  std::erase(files, "");
  for (const std::string& file : files) {
    if (std::ranges::count(files, file) > 1) fail_usage("{} is to be written twice", file);
    check_writable(file);
  }
}

void write_files(const BenchFlags& flags, std::span<const Result> results) {
  const auto write = [&](const std::string& file, const std::string& text) {
    os::write_file(file, text);
    fmt::print(stderr, "wrote {}\n", file);
  };
  if (!flags.json.empty()) {
    std::vector<Result> kept(results.begin(), results.end());
    if (flags.medians) std::ranges::transform(kept, kept.begin(), bench::medians);
    write(flags.json, kept.size() == 1 ? bench::to_json(kept.front()) : bench::to_json(kept));
  }
  if (!flags.csv.empty()) write(flags.csv, bench::to_csv(results));
  if (!flags.report.empty()) write(flags.report, bench::report(results));
}

// ---- measuring ----------------------------------------------------------------------------------

// A bar on a terminal; elsewhere a line now and then.
class Bar {
 public:
  explicit Bar(bool quiet) : quiet_(quiet) {}
  ~Bar() {
    if (drawn_) clear_bar();
  }
  Bar(const Bar&) = delete;
  Bar& operator=(const Bar&) = delete;

  void show(std::size_t done, std::size_t all, std::string_view name) {
    if (quiet_) return;
    const std::string text = fmt::format("{} of {}: {}", done + 1, all, name);
    if (os::is_terminal(standard_error)) {
      draw_bar(static_cast<double>(done) / static_cast<double>(all), text);
      drawn_ = true;
    } else if (os::seconds() >= next_) {
      log::info("{}", text);
      next_ = os::seconds() + 10;
    }
  }

 private:
  bool quiet_, drawn_ = false;
  double next_ = 0;
};

struct Chosen {
  std::string selector;
  std::string name;  // in the results: devices of one name are numbered
};

std::vector<Chosen> chosen_devices(const std::string& selector) {
  if (selector != "all") return {{selector, ""}};
  std::vector<Chosen> chosen;
  std::vector<std::string> names;
  for (const gpu::DeviceInfo& info : gpu::list_devices()) {
    if (info.score < 0) continue;
    start_at_best(info.caps);  // now: later what others measured would be lost
    names.push_back(info.caps.name);
    const auto same = std::ranges::count(names, info.caps.name);
    chosen.push_back({std::to_string(info.index),
                      same == 1 ? "" : fmt::format("{} ({})", info.caps.name, same)});
  }
  if (chosen.empty()) fail("there is no device that can be used; see lemnos info");
  return chosen;
}

std::vector<Result> measure(const BenchFlags& flags) {
  os::catch_stop_signals();
  std::vector<Result> results;
  for (const auto& [selector, name] : chosen_devices(flags.device)) {
    const auto device = open_at_best(selector);
    use(device);
    bench::SuiteOptions options = flags.suite();
    options.name = name;
    Bar bar(flags.quiet);
    results.push_back(bench::run_suite(
        device, options, [&](auto done, auto all, auto row) { bar.show(done, all, row); }));
    const std::size_t all = bench::row_names(device->caps(), options).size();
    if (results.back().rows.size() == all) continue;
    fmt::print(stderr, "stopped: {} of {} rows were measured\n", results.back().rows.size(), all);
    break;
  }
  return results;
}

void print_results(std::span<const Result> results, bool color) {
  for (const Result& result : results)
    fmt::print("{}", bench::header_text(result.header, {.color = color}));
  fmt::print("{}", bench::table_text(results, {.color = color}));
  for (const Result& result : results) {
    if (result.rows.empty()) continue;
    const bench::Scores scores = bench::score(result);
    fmt::print("\n{}{}\n", bench::to_text(scores, color), bench::paste_code(result, scores));
  }
}

int print_comparison(const Result& a, const Result& b, bool color) {
  const bench::Comparison comparison = bench::compare(a, b);
  fmt::print("{}", bench::to_text(comparison, 110, color));
  return comparison.got_worse() ? 1 : 0;
}

int list_rows(const BenchFlags& flags) {
  const auto device = gpu::Device::open(flags.device == "all" ? "" : flags.device);
  for (const std::string& name : bench::row_names(device->caps(), flags.suite()))
    fmt::print("{}\n", name);
  return 0;
}

int run_bench(const BenchFlags& flags) {
  const bool color = os::is_terminal(standard_output) && !os::env("NO_COLOR");
  if (flags.list) return list_rows(flags);
  if (!flags.start_up.empty()) {
    bench::say_start_up(flags.start_up, gpu::Device::open(flags.device));
    return 0;
  }
  std::vector<Result> read;
  for (const std::string& file : flags.compare) read.push_back(bench::read_result(file));
  if (read.size() == 2) return print_comparison(read[0], read[1], color);
  check_files(flags);
  const std::vector<Result> results = measure(flags);
  write_files(flags, results);
  print_results(results, color);
  bool right = true;
  for (const Result& result : results)
    right = right && std::ranges::all_of(result.rows, &bench::Row::pass);
  if (!read.empty() && !results.empty())
    return std::max(print_comparison(read[0], results[0], color), right ? 0 : 1);
  return right ? 0 : 1;
}

}  // namespace

Command add_bench(CLI::App& app) {
  auto flags = std::make_shared<BenchFlags>();
  CLI::App* command = app.add_subcommand(
      "bench",
      "measures what a device can do, and how fast and how rightly kernels and models run");
  command->add_option("part", flags->part, "only the ops, the models or the ceilings")
      ->check(CLI::IsMember({"ops", "models", "ceilings"}));
  command->add_option("--match", flags->match,
                      "only rows of such names, as --list has them; several: a*,b*");
  command->add_flag("--quick", flags->quick, "a third of the rows, measured for a shorter time");
  command->add_option("--device", flags->device, "index, name or UUID, or all");
  command->add_option("--tune", flags->tune,
                      "kernels: off; cached, those found faster before; fast or full, look [off]");
  command->add_option("--json", flags->json, "writes everything to this file");
  command
      ->add_flag("--medians", flags->medians,
                 "one time a row in --json: enough for scores, not to compare with")
      ->needs("--json");
  command->add_option("--csv", flags->csv, "writes a line for each row to this file");
  command->add_option("--report", flags->report, "writes a page to look at, HTML");
  command
      ->add_option("--compare", flags->compare,
                   "what changed between two results, or since one; exit code 1: got worse")
      ->expected(1, 2);
  command->add_flag("--list", flags->list, "only names the rows");
  command->add_option("--start-up", flags->start_up)->group("");  // of what bench starts itself
  command->add_flag("--quiet", flags->quiet, "no progress, only results and errors");
  return {command, [flags] { return run_bench(*flags); }};
}

}  // namespace lemnos::cli
