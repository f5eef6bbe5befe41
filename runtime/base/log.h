// SPDX-License-Identifier: Apache-2.0
// What the runtime has to say besides errors: one line each, on standard error.
#pragma once

#include <fmt/format.h>

#include <string_view>
#include <utility>

namespace lemnos::log {

enum class Level { debug, info, warning, off };

void set_level(Level level);  // default: info
void write(Level level, std::string_view line);

template <class... Args>
void debug(fmt::format_string<Args...> format, Args&&... args) {
  write(Level::debug, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void info(fmt::format_string<Args...> format, Args&&... args) {
  write(Level::info, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void warn(fmt::format_string<Args...> format, Args&&... args) {
  write(Level::warning, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace lemnos::log
