// SPDX-License-Identifier: Apache-2.0
// Several trained models that answer together: by the mean of their answers, or by a vote.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "data/array.h"
#include "nn/train/metrics.h"
#include "runtime/exec/options.h"

namespace lemnos {

// Logits of several models for the same rows, each f32 [N, C], or all [N, 1]: of class 1 of two.

// log of the mean over the models of the probability of each class: f32 [N, C], at least 2 wide.
// All logits must be finite.
data::Array mean_log_probabilities(std::span<const data::Array> logits);
// For each row the class that most models predict (as confusion_of does); of several the one whose
// mean probability is the highest.
std::vector<std::uint32_t> majority_vote(std::span<const data::Array> logits,
                                         const data::Array& mean_log_probabilities);

struct EnsembleOptions {
  std::string data;                 // another data set than the runs' own; see open_run
  std::string_view split = "test";  // or train
  ExecOptions exec = ExecOptions::from_environment();
};

struct EnsembleMetrics {
  struct Member {
    std::string run;
    std::uint64_t steps = 0;
    Metrics metrics;  // alone
  };
  std::vector<Member> members;
  Metrics mean;                 // by mean probabilities, or the mean of the predicted numbers
  std::optional<Metrics> vote;  // of classes: without roc_auc and loss, which need probabilities
  std::string data;
  std::int64_t rows = 0;
};

// Judges runs, or checkpoints in their folders, one after the other and then together. They must
// predict the same classes, or a number, from the same columns, and be judged by the same rows;
// texts must be encoded the same way, but each scales features as it learned to. Wrong usage, named
// beside the first run, where one differs.
EnsembleMetrics evaluate_ensemble(std::span<const std::filesystem::path> runs,
                                  const EnsembleOptions& options);

}  // namespace lemnos
