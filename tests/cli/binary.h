// SPDX-License-Identifier: Apache-2.0
// Runs the lemnos binary as a user would.
#pragma once

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "runtime/base/error.h"
#include "runtime/base/os.h"
#include "tests/skip.h"

namespace lemnos::test {

struct Output {
  int code = 0;
  std::string out, err;

  bool says(const std::string& part) const { return err.find(part) != std::string::npos; }
  // The last line of standard output, which --json makes an object.
  nlohmann::json json() const {
    std::string text = out.substr(0, out.find_last_not_of('\n') + 1);
    text = text.substr(text.find_last_of('\n') + 1);
    return nlohmann::json::parse(text, nullptr, false);
  }
};

// A folder in which commands are run; it goes away with all that they wrote.
class Workplace {
 public:
  Workplace() {
    static std::atomic<int> made = 0;
    path_ = std::filesystem::temp_directory_path() /
            fmt::format("lemnos-cli-{}-{}", ::getpid(), made.fetch_add(1));
    std::filesystem::create_directories(path_);
  }
  ~Workplace() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Workplace(const Workplace&) = delete;
  Workplace& operator=(const Workplace&) = delete;

  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

  // A shell command; $lemnos stands for the binary.
  Output shell(const std::string& command) const {
    const std::string line =
        fmt::format("cd '{}' && lemnos='{}/lemnos' && ( {} ) >.out 2>.err </dev/null",
                    path_.string(), LEMNOS_BINARY_DIR, command);
    const int status = std::system(line.c_str());
    return {.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
            .out = os::read_text(path_ / ".out"),
            .err = os::read_text(path_ / ".err")};
  }
  Output lemnos(const std::string& arguments) const { return shell("$lemnos " + arguments); }

 private:
  std::filesystem::path path_;
};

// False, and the test reported as skipped, where there is no device.
inline bool have_device(const Workplace& place) {
  const Output info = place.lemnos("info --json");
  if (info.code == 0) return true;
  if (os::env("LEMNOS_DEVICE")) FAIL(info.err);  // one was named: not getting it is a failure
  skip(info.err);
  return false;
}

}  // namespace lemnos::test
