// SPDX-License-Identifier: Apache-2.0
#include "runtime/exec/options.h"

#include <array>
#include <sstream>
#include <string>
#include <string_view>

#include "runtime/base/error.h"
#include "runtime/base/os.h"

namespace lemnos {
namespace {

struct Switch {
  std::string_view name;
  bool ExecOptions::*field;
};
constexpr std::array<Switch, 9> switches{{{"simplify", &ExecOptions::simplify},
                                          {"epilogues", &ExecOptions::epilogues},
                                          {"companions", &ExecOptions::companions},
                                          {"pointwise", &ExecOptions::pointwise},
                                          {"chains", &ExecOptions::chains},
                                          {"alias", &ExecOptions::alias},
                                          {"waves", &ExecOptions::waves},
                                          {"replay", &ExecOptions::replay},
                                          {"resident", &ExecOptions::resident}}};

void turn_off(ExecOptions& options, std::string_view name) {
  std::string known;
  for (const Switch& entry : switches) {
    if (entry.name == name) {
      options.*entry.field = false;
      return;
    }
    known += fmt::format("{}{}", known.empty() ? "" : ", ", entry.name);
  }
  fail_usage("LEMNOS_OFF: '{}' is not an optimisation; known are {}", name, known);
}

}  // namespace

std::string_view name_of(Tune tune) {
  constexpr std::array<std::string_view, 4> words{"off", "cached", "fast", "full"};
  return words[static_cast<std::size_t>(tune)];
}

Tune tune_named(std::string_view word, std::string_view who) {
  for (const Tune tune : {Tune::off, Tune::cached, Tune::fast, Tune::full})
    if (word == name_of(tune)) return tune;
  fail_usage("{} must be off, cached, fast or full, not '{}'", who, word);
}

ExecOptions ExecOptions::from_environment() {
  ExecOptions options;
  std::istringstream list(os::env("LEMNOS_OFF").value_or(""));
  for (std::string name; std::getline(list, name, ',');)
    if (!name.empty()) turn_off(options, name);
  options.tune = tune_named(os::env("LEMNOS_TUNE").value_or("cached"), "LEMNOS_TUNE");
  const std::string trace = os::env("LEMNOS_TRACE").value_or("0");
  if (trace.size() != 1 || trace[0] < '0' || trace[0] > '4')
    fail_usage("LEMNOS_TRACE must be 0 to 4, not '{}'", trace);
  options.trace = trace[0] - '0';
  return options;
}

}  // namespace lemnos
