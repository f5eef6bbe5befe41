// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <cstdio>

#include "runtime/base/error.h"

int main(int argc, char** argv) {
  CLI::App app{"Trains and runs neural networks on any GPU with a Vulkan driver", "lemnos"};
  try {
    app.parse(argc, argv);
    std::fputs(app.help().c_str(), stdout);
    return 0;
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  } catch (const lemnos::Error& error) {
    fmt::print(stderr, "lemnos: {}\n", error.what());
    return error.exit_code();
  }
}
