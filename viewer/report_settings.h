// SPDX-License-Identifier: Apache-2.0
// Which settings of a run a report tells, and how.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "viewer/report.h"

namespace lemnos::viewer {

// "adam", "0.001", "32, 64", "yes"; empty where nothing is set.
std::string setting_text(const nlohmann::json& value);

// Of a config.json, also of a later version or a damaged one: first what matters in any run, then
// the model's own settings, then whatever is not as a run has it where nothing is said.
std::vector<Fact> settings_of(const nlohmann::json& config);

}  // namespace lemnos::viewer
