// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace lemnos {
namespace {

spdlog::level::level_enum spdlog_level(log::Level level) {
  switch (level) {
    case log::Level::debug:
      return spdlog::level::debug;
    case log::Level::info:
      return spdlog::level::info;
    case log::Level::warning:
      return spdlog::level::warn;
    case log::Level::off:
      break;
  }
  return spdlog::level::off;
}

spdlog::logger& logger() {
  static const auto instance = [] {
    auto made = std::make_shared<spdlog::logger>("lemnos",
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("lemnos: %v");
    return made;
  }();
  return *instance;
}

}  // namespace

void log::set_level(Level level) { logger().set_level(spdlog_level(level)); }

bool log::shows(Level level) { return logger().should_log(spdlog_level(level)); }

void log::write(Level level, std::string_view line) {
  logger().log(spdlog_level(level), spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace lemnos
