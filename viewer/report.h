// SPDX-License-Identifier: Apache-2.0
// What a page about a run says, as plain data, read from its folder.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "viewer/panel.h"
#include "viewer/picture.h"
#include "viewer/runs/run_log.h"

namespace lemnos::viewer {

struct Fact {
  std::string name, value;
};

struct Report {
  // Something that happened, or many of its kind: at step 40, "edit", "learning_rate 0.1 -> 0.05".
  struct Happening {
    std::uint64_t step = 0;
    std::string name, what;
  };

  std::string title;  // "conv_vae on fashion_mnist"
  std::string name;   // of the folder
  std::string state;  // "complete", "stopped early", "60 of 400 steps"
  bool complete = false;
  std::vector<Fact> figures;            // how it stands
  std::shared_ptr<const RunLog> log;    // the curves
  std::vector<std::string> quantities;  // that have curves, the loss first
  Table metrics;                        // the last values: a row for each, a column of a split
  PicturePtr samples;                   // the newest; none
  std::uint64_t samples_step = 0;       // of them
  std::vector<Fact> settings;           // that matter, and those that are not the usual ones
  std::vector<Fact> device;             // that trained
  std::vector<Happening> events;        // in order; checkpoints are counted, and come last
  std::vector<std::string> problems;    // what is missing or damaged
  std::string written;                  // when its last line was: "2026-11-30 10:12 UTC"
};

// Fails where there is no such folder (wrong usage), or no number in it yet.
Report read_report(const std::filesystem::path& folder);

}  // namespace lemnos::viewer
