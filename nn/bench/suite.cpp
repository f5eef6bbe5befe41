// SPDX-License-Identifier: Apache-2.0
#include "nn/bench/suite.h"

#include <algorithm>

#include "nn/bench/ceilings/ceilings.h"
#include "nn/bench/ceilings/names.h"
#include "nn/bench/header.h"
#include "nn/bench/kernels.h"
#include "nn/bench/models.h"
#include "runtime/base/error.h"
#include "runtime/base/os.h"

namespace lemnos::bench {
namespace {

std::vector<Case> chosen_kernels(const gpu::Caps& caps, const SuiteOptions& options) {
  if (!options.kernels) return {};
  std::vector<Case> kernels = kernel_cases(caps.type == gpu::DeviceType::cpu);
  std::erase_if(kernels, [&](const Case& kernel) {
    return (options.quick && !kernel.quick) || !matches(options.match, kernel.name);
  });
  return kernels;
}

std::vector<std::string> chosen_ceilings(const SuiteOptions& options,
                                         std::span<const Case> kernels) {
  const bool halves = std::ranges::any_of(kernels, &Case::sixteen);
  std::vector<std::string> names = ceiling_names();
  std::erase_if(names, [&](const std::string& name) {
    const bool needed =
        !kernels.empty() &&
        (name == ceiling::arithmetic("f32") || name == ceiling::copy ||
         (halves && (name == ceiling::arithmetic("f16") || name == ceiling::cooperative("f16"))));
    return !needed && !(options.ceilings && matches(options.match, name));
  });
  return names;
}

struct ModelRow {
  ModelCase model;
  Use use;
};

std::vector<ModelRow> chosen_models(const SuiteOptions& options) {
  std::vector<ModelRow> rows;
  if (!options.models) return rows;
  for (const ModelCase& model : model_cases())
    for (const Use use : {Use::train, Use::run})
      if ((!options.quick || model.quick) && matches(options.match, row_name(model, use)))
        rows.push_back({model, use});
  return rows;
}

// A step of a model takes longer than a kernel, and need not be repeated as often.
Effort effort_for_models(const SuiteOptions& options) {
  if (options.effort) return *options.effort;
  return {.warm_up = 2,
          .seconds = options.quick ? 0.3 : 1,
          .most_seconds = options.quick ? 3.0 : 12.0,
          .few = 5,
          .attempts = 2};
}

Effort with(Tune tune, Effort effort) {
  effort.tune = tune;
  return effort;
}

bool fits(std::string_view pattern, std::string_view name) {
  if (pattern.empty()) return name.empty();
  if (pattern[0] == '*')
    return fits(pattern.substr(1), name) || (!name.empty() && fits(pattern, name.substr(1)));
  if (name.empty() || (pattern[0] != '?' && pattern[0] != name[0])) return false;
  return fits(pattern.substr(1), name.substr(1));
}

}  // namespace

bool matches(std::string_view pattern, std::string_view name) {
  if (const auto comma = pattern.find(','); comma != std::string_view::npos) {
    const std::string_view first = pattern.substr(0, comma), others = pattern.substr(comma + 1);
    return (!first.empty() && matches(first, name)) || (!others.empty() && matches(others, name));
  }
  if (pattern.find_first_of("*?") == std::string_view::npos)
    return name.find(pattern) != std::string_view::npos;
  return fits(pattern, name);
}

std::vector<std::string> row_names(const gpu::Caps& caps, const SuiteOptions& options) {
  const std::vector<Case> kernels = chosen_kernels(caps, options);
  std::vector<std::string> names = chosen_ceilings(options, kernels);
  for (const Case& kernel : kernels) names.push_back(kernel.name);
  for (const auto& [model, use] : chosen_models(options)) names.push_back(row_name(model, use));
  return names;
}

Result run_suite(const std::shared_ptr<gpu::Device>& device, const SuiteOptions& options,
                 const Watch& watch) {
  const std::vector<Case> kernels = chosen_kernels(device->caps(), options);
  const std::vector<std::string> ceilings = chosen_ceilings(options, kernels);
  const std::vector<ModelRow> models = chosen_models(options);
  const std::size_t all = ceilings.size() + kernels.size() + models.size();
  if (all == 0) fail_usage("no row matches '{}'; `lemnos bench --list` names them", options.match);
  Result result{.header = header_of(device->caps()), .rows = {}};
  result.header.quick = options.quick;
  if (!options.name.empty()) result.header.device = options.name;
  result.header.tune = name_of(options.tune);
  Timer timer(device, with(options.tune,
                           options.effort.value_or(options.quick ? Effort::quick() : Effort{})));

  bool lost = false;
  const auto add = [&](std::string_view name, const auto& measure) {
    if (lost || os::stop_requested()) return;
    if (watch) watch(result.rows.size(), all, name);
    Row row{.name = std::string(name)};
    try {
      row = measure();
    } catch (const Error& error) {
      lost = error.kind() == ErrorKind::device_lost;
      if (!lost) throw;
      row.pass = false;
      row.note = fmt::format("failed, and nothing after it was measured: {}", error.what());
    }
    if (os::stop_requested()) return;  // measured too briefly
    row.device = result.header.device;
    result.rows.push_back(std::move(row));
  };
  for (const std::string& name : ceilings) add(name, [&] { return measure_ceiling(name, timer); });
  const Roofline roofline = Roofline::of(result.rows);
  for (const Case& kernel : kernels)
    add(kernel.name, [&] { return measure_kernel(kernel, timer, roofline); });
  Timer for_models(device, with(options.tune, effort_for_models(options)));
  for (const auto& [model, use] : models)
    add(row_name(model, use),
        [&, &model = model, use = use] { return measure_model(model, use, for_models); });
  return result;
}

}  // namespace lemnos::bench
