// SPDX-License-Identifier: Apache-2.0
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdio>

#include "cli/commands.h"
#include "cli/flags.h"
#include "runtime/base/error.h"
#include "runtime/base/explain.h"

namespace lemnos::cli {
namespace {

constexpr int wrong_usage = 2;
constexpr const char* not_written = "cannot write the results to standard output";

int run(int argc, char** argv) {
  CLI::App app{"Trains and runs neural networks on any GPU with a Vulkan driver", "lemnos"};
  app.set_version_flag("--version", LEMNOS_VERSION);
  const std::string first = argc > 1 ? argv[1] : "";
  const std::string second = argc > 2 ? argv[2] : "";
  const bool names_model = (first == "train" || first == "sweep") && !is_flag(second);
  const Command commands[] = {add_info(app),
                              add_doctor(app),
                              add_train(app, names_model ? second : ""),
                              add_sweep(app, names_model ? second : ""),
                              add_run(app),
                              add_eval(app),
                              add_bench(app)};

  std::vector<std::string> names;
  for (const Command& command : commands) names.push_back(command.app->allow_extras()->get_name());
  if (!first.empty() && !is_flag(first) && std::ranges::find(names, first) == names.end())
    fail_usage("there is no command '{}'; there are {}", first, fmt::join(names, ", "));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) return app.exit(error);
    fail_usage("{}", error.what());
  }
  for (const Command& command : commands) {
    if (!command.app->parsed()) continue;
    refuse_unknown(*command.app);
    const int code = command.run();
    if (std::fflush(stdout) != 0) fail("{}", not_written);
    return code;
  }
  std::fputs(app.help().c_str(), stdout);
  return first.empty() ? 0 : wrong_usage;
}

int say(std::string_view message, int code) {
  fmt::print(stderr, "lemnos: {}\n", message);
  return code;
}

}  // namespace
}  // namespace lemnos::cli

int main(int argc, char** argv) {
  using namespace lemnos;
  try {
    return cli::run(argc, argv);
  } catch (const Error& error) {
    return cli::say(explain(error), error.exit_code());
  } catch (const std::exception& error) {  // fmt's does not say where it could not write
    return cli::say(std::ferror(stdout) != 0 ? cli::not_written : explain(error), 1);
  }
}
