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
constexpr std::array<Switch, 8> switches{{{"simplify", &ExecOptions::simplify},
                                          {"epilogues", &ExecOptions::epilogues},
                                          {"companions", &ExecOptions::companions},
                                          {"pointwise", &ExecOptions::pointwise},
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

ExecOptions ExecOptions::from_environment() {
  ExecOptions options;
  std::istringstream list(os::env("LEMNOS_OFF").value_or(""));
  for (std::string name; std::getline(list, name, ',');)
    if (!name.empty()) turn_off(options, name);
  const std::string trace = os::env("LEMNOS_TRACE").value_or("0");
  if (trace.size() != 1 || trace[0] < '0' || trace[0] > '4')
    fail_usage("LEMNOS_TRACE must be 0 to 4, not '{}'", trace);
  options.trace = trace[0] - '0';
  return options;
}

}  // namespace lemnos
