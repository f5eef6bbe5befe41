// SPDX-License-Identifier: Apache-2.0
// The one exception type, and the two ways to throw it.
//
// A message says what was wrong, with the values, and what to do about it. Errors a user can cause
// carry the user's own source line where there is one.
#pragma once

#include <fmt/format.h>

#include <source_location>
#include <stdexcept>
#include <string>
#include <utility>

namespace lemnos {

enum class ErrorKind {
  failed,         // the work could not be done: missing file, damaged data, no device (exit code 1)
  usage,          // the caller asked for something that makes no sense (exit code 2)
  out_of_memory,  // device or host memory (exit code 1)
  device_lost,    // the driver gave up on the device (exit code 1)
};

class Error : public std::runtime_error {
 public:
  explicit Error(std::string message, ErrorKind kind = ErrorKind::failed)
      : std::runtime_error(std::move(message)), kind_(kind) {}
  ErrorKind kind() const { return kind_; }
  int exit_code() const { return kind_ == ErrorKind::usage ? 2 : 1; }

 private:
  ErrorKind kind_;
};

// fail("cannot read {}: {}", path, reason): throws Error.
template <class... Args>
[[noreturn]] void fail(fmt::format_string<Args...> format, Args&&... args) {
  throw Error(fmt::format(format, std::forward<Args>(args)...));
}

// The same for wrong usage: an unknown name, a flag out of range (exit code 2).
template <class... Args>
[[noreturn]] void fail_usage(fmt::format_string<Args...> format, Args&&... args) {
  throw Error(fmt::format(format, std::forward<Args>(args)...), ErrorKind::usage);
}

// "train_digits.cpp:31": file name without folders, and line.
std::string where(const std::source_location& at);

// The same, naming the line of the caller's program: "matmul: inner sizes differ ...\n  at
// x.cpp:31".
template <class... Args>
[[noreturn]] void fail_at(const std::source_location& at, fmt::format_string<Args...> format,
                          Args&&... args) {
  throw Error(fmt::format(format, std::forward<Args>(args)...) + "\n  at " + where(at),
              ErrorKind::usage);
}

// check(n > 0, "batch size must be positive, not {}", n): an invariant of our own or a cheap test
// of an argument. The arguments are evaluated either way; keep it off hot paths.
template <class... Args>
void check(bool ok, fmt::format_string<Args...> format, Args&&... args) {
  if (!ok) fail(format, std::forward<Args>(args)...);
}

}  // namespace lemnos
