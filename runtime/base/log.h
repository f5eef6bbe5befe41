// SPDX-License-Identifier: Apache-2.0
// What the runtime has to say besides errors: one line each, on standard error.
#pragma once

#include <fmt/format.h>

#include <string_view>
#include <utility>

namespace lemnos {

// A struct and not a namespace, so that log(x), the logarithm, can have the same name.
struct log {
  enum class Level { debug, info, warning, off };

  static void set_level(Level level);  // default: info
  static bool shows(Level level);
  static void write(Level level, std::string_view line);

  template <class... Args>
  static void debug(fmt::format_string<Args...> format, Args&&... args) {
    write(Level::debug, fmt::format(format, std::forward<Args>(args)...));
  }
  template <class... Args>
  static void info(fmt::format_string<Args...> format, Args&&... args) {
    write(Level::info, fmt::format(format, std::forward<Args>(args)...));
  }
  template <class... Args>
  static void warn(fmt::format_string<Args...> format, Args&&... args) {
    write(Level::warning, fmt::format(format, std::forward<Args>(args)...));
  }
};

}  // namespace lemnos
