// SPDX-License-Identifier: Apache-2.0
#include "cli/abilities.h"

#include <fmt/ranges.h>

#include "nn/insight.h"
#include "runtime/graph/trace.h"

namespace lemnos::cli {

bool attends(const Run& run) {
  if (!run.task->has_features()) return false;
  if (run.task->rewrites()) return true;  // the writer at what was read
  Trace trace(false);                     // recorded, never run
  const Preprocessing& data = run.preprocessing;
  return !attention_maps(*run.task, trace.input("row", {data.input.inserted(0, 1), data.dtype}))
              .empty();
}

void refuse(const Run& run, std::string_view why) {
  const Task& task = *run.task;
  std::vector<std::string_view> able;
  if (task.generates()) able = {"--sample"};
  if (task.reconstructs()) able.push_back("--reconstruct");
  if (task.predicts() || task.detects()) able.push_back("--predict");
  if (task.writes() || task.rewrites()) able.push_back("--prompt");
  if (task.has_features()) able.push_back("--features");
  if (attends(run)) able.push_back("--attention");
  if (task.decides()) able.push_back("--saliency");
  fail_usage("{} {}; it takes {}", run.config.model, why, fmt::join(able, ", "));
}

}  // namespace lemnos::cli
