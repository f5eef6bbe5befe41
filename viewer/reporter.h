// SPDX-License-Identifier: Apache-2.0
// A report of a run, made while the window stays: by this program again, in the background, as
// there can be but one window in each.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/base/os.h"
#include "viewer/runs/run_log.h"

namespace lemnos::viewer {

class Reporter {
 public:
  // device: its UUID. The file is named by the step that is shown now; a run that goes on may have
  // done a few more by the time it is read. Fails where the folder is not there.
  void start(const RunLog& run, std::string_view device);
  bool busy() const { return program_.has_value(); }

  struct Outcome {
    std::string message;
    bool failed = false;
  };
  std::optional<Outcome> outcome();  // once, when it has ended

 private:
  std::optional<os::Program> program_;
  std::filesystem::path file_;
};

}  // namespace lemnos::viewer
