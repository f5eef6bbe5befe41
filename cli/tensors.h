// SPDX-License-Identifier: Apache-2.0
// What `lemnos run` writes as tensors into a .safetensors file, of N rows of data or of one text.
//
//   --features    features   f32 [N, F]: see Task::features
//   --attention   layers.I   f32 [N, heads, T, T] for each I from 0 on: see attention_maps
//                 written    of seq2seq, i32 [N, T]: what it writes, of data what is right
//   --saliency    saliency   f32, like the inputs, of texts [N, T]: see saliency
//                 chosen     u32 [N]: the class or token whose score it explains
//   but the first inputs     the rows themselves: images u8, numbers f32, tokens i32 [N, T]
//   all           labels     [N], u32 classes or f32 numbers, where the data have them
//
// The layers of seq2seq are the encoder's, [N, heads, S, S], then of each of the decoder's how it
// looks at itself, [N, heads, T, T], and at the encoder, [N, heads, T, S]; with recurrent cells the
// last alone.
//
// Metadata: model, step; data, split; classes; tokens and written: for each row, their names. Lists
// are JSON.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "cli/flags.h"
#include "nn/train/run.h"

namespace lemnos::cli {

struct TensorFlags {
  std::string features, attention, saliency;  // files to write
  std::string data;
  std::optional<std::int64_t> rows;

  void add_to(CLI::App& command);
  int asked() const;
  bool takes_prompt() const { return !attention.empty() || !saliency.empty(); }
  void verify(bool prompted) const;  // wrong usage: flags of what was not asked
  int run(const Run& run, const std::optional<std::string>& prompt, bool json) const;
};

}  // namespace lemnos::cli
