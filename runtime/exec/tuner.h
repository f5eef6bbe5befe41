// SPDX-License-Identifier: Apache-2.0
// Chooses among the ways that ops know (OpDef::choices) by running them: each computes the problem
// alone, on random data, must agree with the op's own guess to 1e-5 of the result's norm, and is
// timed by timestamps.
#pragma once

#include <memory>

#include "runtime/exec/options.h"
#include "runtime/exec/plan.h"
#include "runtime/gpu/device.h"

namespace lemnos {

// What plans are made with from now on, in this process; Tune::off does not look at it.
Choices& choices_of(const gpu::Caps& caps);

// make_plan() with the choices that options.tune allows, for which options.choices is set: those
// known of the device, and with Tune::fast (for two seconds, the largest problems first) or
// Tune::full those found now, which are kept. Tune::off leaves options.choices as they are.
Plan tuned_plan(const Graph& graph, const std::shared_ptr<gpu::Device>& device,
                ExecOptions& options);

}  // namespace lemnos
