// SPDX-License-Identifier: Apache-2.0
// One line of metrics.jsonl, read without building objects: a run has a million of them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "nn/train/observer.h"

namespace lemnos::viewer {

struct MetricLine {
  std::string kind;  // train, eval or event
  Moment moment;
  std::string split, event, detail;
  std::vector<NamedValue> values;  // the numbers; null is NaN

  // Reads a line, reusing the memory of the one before. false where it is no line of a run: no JSON
  // object, without a kind or a step, or with a step that is no whole number.
  bool read(std::string_view line);

 private:
  bool read_flat(std::string_view line);
  bool read_json(std::string_view line);
  void clear();
  bool take(std::string_view key, std::string_view text);
  void take(std::string_view key, double value);
  void take_step(double value);

  bool has_step_ = false;
  std::size_t used_ = 0;  // of `values`, while it is read
};

}  // namespace lemnos::viewer
