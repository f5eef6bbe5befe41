// SPDX-License-Identifier: Apache-2.0
// The commands. Each add_ function declares a command with its flags; what it returns runs the
// command, once the line is parsed, and gives the exit code.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

namespace lemnos::cli {

struct Command {
  CLI::App* app;
  std::function<int()> run;
};

Command add_info(CLI::App& app);
Command add_doctor(CLI::App& app);
// model: the word after `train`, for its flags are those of that model; it may be empty.
Command add_train(CLI::App& app, const std::string& model);
Command add_sweep(CLI::App& app, const std::string& model);  // the same
Command add_run(CLI::App& app);
Command add_eval(CLI::App& app);
Command add_bench(CLI::App& app);

}  // namespace lemnos::cli
