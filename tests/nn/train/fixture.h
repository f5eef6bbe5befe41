// SPDX-License-Identifier: Apache-2.0
// What the tests of training share: a folder that goes away, and a small model.
#pragma once

#include <doctest/doctest.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <filesystem>
#include <string>

#include "nn/models/mlp.h"
#include "nn/optim/adam.h"
#include "runtime/base/error.h"

namespace lemnos::test {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    static std::atomic<int> made = 0;
    path_ = std::filesystem::temp_directory_path() /
            fmt::format("lemnos-test-{}-{}", ::getpid(), made.fetch_add(1));
    std::filesystem::create_directories(path_);
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// The text of the Error that action throws, and its exit code; "" when it throws none.
template <class Action>
std::string error_text(Action action, int* exit_code = nullptr) {
  try {
    action();
  } catch (const Error& error) {
    if (exit_code != nullptr) *exit_code = error.exit_code();
    return error.what();
  }
  return "";
}

inline bool says(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

inline nn::Mlp small_mlp(std::int64_t hidden = 3) {
  return nn::Mlp({.inputs = 2, .hidden = {hidden}, .outputs = 2});
}

}  // namespace lemnos::test
