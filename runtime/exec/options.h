// SPDX-License-Identifier: Apache-2.0
// The executor's off switches: each optimisation can be turned off to find out what it does.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "runtime/tensor/dtype.h"

namespace lemnos {

class Choices;

// Where an op knows several ways to compute a problem: its own guess; what was found before to be
// faster on this device; or find it out now, for two seconds, or to the end.
enum class Tune : std::uint8_t { off, cached, fast, full };

std::string_view name_of(Tune tune);
Tune tune_named(std::string_view word, std::string_view who);  // wrong usage names who said it

struct ExecOptions {
  bool simplify = true;    // rewrite the graph
  bool epilogues = true;   // bias, activation and mask inside matmul, convolution ...
  bool companions = true;  // two values from one kernel; sums may add up in another order
  bool pointwise = true;   // pointwise ops by generated kernels
  bool chains = true;      // several of them in one
  bool alias = true;       // values that are never alive together share memory
  bool waves = true;       // barriers only where something conflicts, not after every dispatch
  bool replay = true;      // several steps in one submission
  bool resident = true;    // data that fit live on the device
  // What activations are stored as, and the operands of products: f32, f16 or bf16. Not f32: needs
  // simplify and pointwise.
  DType precision = DType::f32;
  // A step is cut into several submissions, each of at most this much work (see Program), so that
  // none outlasts a GPU's watchdog. 0: the device's default.
  std::uint64_t segment_work = 0;
  // Bytes of a data set that may live on the device; a larger one is streamed to it, as all are
  // with `resident` off. Not set: a quarter of its memory.
  std::optional<std::uint64_t> data_memory;
  // The rung of the ladder to begin with (see runtime/exec/ladder.h): 0 is the device as it is.
  std::uint32_t rung = 0;
  Tune tune = Tune::off;  // see runtime/exec/tuner.h, which then sets the choices
  const Choices* choices = nullptr;
  int trace = 0;  // LEMNOS_TRACE: 1 plan, 2 dispatches with times, 3 graphs, 4 generated code

  // LEMNOS_OFF: a comma-separated list of the names above. LEMNOS_TUNE: off, cached (if it is not
  // set), fast or full. An unknown name is wrong usage.
  static ExecOptions from_environment();
};

}  // namespace lemnos
