// SPDX-License-Identifier: Apache-2.0
#include "viewer/reporter.h"

#include <fmt/format.h>

#include <vector>

namespace lemnos::viewer {

void Reporter::start(const RunLog& run, std::string_view device) {
  const auto folder = run.folder() / "exports";
  file_ = folder / fmt::format("report-step-{:06}.png", run.last().step);
  os::make_folder(folder);
  const std::vector<std::string> words{"--report", std::filesystem::absolute(file_),
                                       std::filesystem::absolute(run.folder()), "--device",
                                       std::string(device)};
  program_ = os::start_program(os::own_program(), words);
}

std::optional<Reporter::Outcome> Reporter::outcome() {
  const auto code = program_ ? program_->exit_code() : std::nullopt;
  if (!code) return std::nullopt;
  const std::string said = program_->said();
  program_.reset();
  if (*code == 0) return Outcome{"saved as " + file_.string()};
  return Outcome{said.empty() ? fmt::format("no report was made: exit code {}", *code) : said,
                 true};
}

}  // namespace lemnos::viewer
