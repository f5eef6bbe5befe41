// SPDX-License-Identifier: Apache-2.0
// A step's profile as a file that Perfetto (ui.perfetto.dev) and chrome://tracing open.
#pragma once

#include <string>

#include "runtime/exec/profile.h"

namespace lemnos {

// Trace Event Format (Google, 2016): JSON with one complete event ("ph": "X") for each dispatch, ts
// and dur in microseconds, and what is known of it in args; a second track has the waves.
std::string chrome_trace(const StepProfile& profile);

}  // namespace lemnos
