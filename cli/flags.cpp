// SPDX-License-Identifier: Apache-2.0
#include "cli/flags.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "nn/train/run_folder.h"
#include "runtime/base/log.h"
#include "runtime/base/os.h"
#include "runtime/doctor/session.h"

namespace lemnos::cli {
namespace {

constexpr std::int64_t most_data_memory = std::int64_t{1} << 40;  // MiB

// The device of an earlier session of a run; empty, and said, when it is not here any more.
std::string device_of(const std::filesystem::path& file) {
  std::error_code error;
  if (!std::filesystem::exists(file, error)) return "";
  const nlohmann::json stored = read_json(file);
  const std::string uuid = stored.value("uuid", "");
  const auto devices = gpu::list_devices();
  const bool here = std::ranges::any_of(
      devices, [&](const auto& device) { return device.caps.uuid == uuid && device.score >= 0; });
  if (here) return uuid;
  log::info("the run was made on {}, which is not here; results may differ in the last bits",
            stored.value("name", "another device"));
  return "";
}

}  // namespace

void CommonFlags::add_to(CLI::App& command) {
  command.add_option("--device", device, "index, name or UUID, as lemnos info lists them");
  command.add_option("--trace", trace, "1 plan, 2 dispatches, 3 graphs, 4 generated code");
  command.add_flag("--quiet", quiet, "no progress, only results and errors");
  command.add_flag("--json", json, "one JSON object as the last line of standard output");
}

void CommonFlags::add_data_memory(CLI::App& command) {
  command.add_option("--data-memory", data_memory,
                     "MiB of data kept on the device; a larger split is streamed to it, with the "
                     "same result [a quarter of its memory]");
}

void CommonFlags::add_tune(CLI::App& command) {
  command.add_option("--tune", tune,
                     "kernels: off; cached, those found faster on this device before; fast, look "
                     "for two seconds; full, to the end [cached]");
}

ExecOptions CommonFlags::exec() const {
  ExecOptions options = ExecOptions::from_environment();
  if (!tune.empty()) options.tune = tune_named(tune, "--tune");
  if (data_memory) {
    if (*data_memory < 0 || *data_memory > most_data_memory)
      fail_usage("--data-memory must be 0 to {}, not {}", most_data_memory, *data_memory);
    options.data_memory = static_cast<std::uint64_t>(*data_memory) << 20;
  }
  if (trace == -1) return options;
  if (trace < 0 || trace > 4) fail_usage("--trace must be 1 to 4, not {}", trace);
  options.trace = trace;
  return options;
}

void CommonFlags::open_device(const std::filesystem::path& remembered) const {
  if (quiet) log::set_level(log::Level::warning);
  (void)exec();  // wrong usage comes before all work
  std::string selector = device;
  if (selector.empty() && !remembered.empty() && !os::env("LEMNOS_DEVICE"))
    selector = device_of(remembered);
  use(open_at_best(selector));
}

bool is_flag(std::string_view word) { return word.size() > 1 && word[0] == '-'; }

std::vector<std::string> flag_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options())
    if (!option->get_lnames().empty()) names.push_back(option->get_lnames().front());
  return names;
}

// CLI11 would only say that an argument was not expected.
void refuse_unknown(const CLI::App& command) {
  for (const std::string& word : command.remaining()) {
    if (!is_flag(word)) fail_usage("{}: '{}' is one word too many", command.get_name(), word);
    fail_usage("{}: there is no flag {}; there are --{}", command.get_name(), word,
               fmt::join(flag_names(command), ", --"));
  }
}

void print_json(const nlohmann::ordered_json& object) {
  fmt::print("{}\n", object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

std::string describe(const Metrics& metrics, const std::vector<std::string>& classes) {
  std::string text;
  std::size_t width = 10;
  for (const NamedValue& metric : metrics.values) width = std::max(width, metric.name.size());
  for (const NamedValue& metric : metrics.values)
    text += fmt::format("{:<{}} {:.4f}\n", metric.name, width, metric.value);
  if (!metrics.confusion) return text;
  width = 6;
  for (const std::string& name : classes) width = std::max(width, name.size());
  text += "\nconfusion: a row for each class, a column for each prediction\n";
  for (std::size_t row = 0; row < metrics.confusion->size(); ++row) {
    text += fmt::format("{:>{}}", row < classes.size() ? classes[row] : "", width);
    for (const std::uint64_t count : (*metrics.confusion)[row])
      text += fmt::format(" {:>6}", count);
    text += "\n";
  }
  return text;
}

}  // namespace lemnos::cli
