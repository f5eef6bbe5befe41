// SPDX-License-Identifier: Apache-2.0
// How long a new process takes until a model trains: once with empty caches, once with what that
// left. Only another process can tell: in this one everything is compiled already.
#pragma once

#include "nn/bench/models.h"

namespace lemnos::bench {

struct StartUp {
  double compile_ms = 0;     // recorded, planned, kernels compiled
  double first_step_ms = 0;  // drivers may compile here too
};

// In this process: of a training step.
StartUp start_up(const ModelCase& model, const std::shared_ptr<gpu::Device>& device);

// The other process' side, `lemnos bench --start-up NAME`: says it on standard error.
void say_start_up(std::string_view name, const std::shared_ptr<gpu::Device>& device);

// Adds "compile, cold", "compile, warm" and the two first steps to a row: of processes whose
// caches, Lemnos' and the driver's, are in a folder that is empty at first. Says why not where
// there is no such program.
void put_start_up(const ModelCase& model, const gpu::Caps& caps, Row& row);

}  // namespace lemnos::bench
