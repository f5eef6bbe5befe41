// SPDX-License-Identifier: Apache-2.0
// What `lemnos run` writes as tensors into a .safetensors file.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "cli/flags.h"
#include "nn/train/run.h"

namespace lemnos::cli {

struct TensorFlags {
  std::string features;  // file to write
  std::string data;

  void add_to(CLI::App& command);
  int asked() const { return features.empty() ? 0 : 1; }
  void verify() const;  // wrong usage: flags of what was not asked
  int run(const Run& run, const CommonFlags& common) const;
};

}  // namespace lemnos::cli
