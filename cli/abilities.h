// SPDX-License-Identifier: Apache-2.0
// What the model of a run can be asked.
#pragma once

#include <string_view>

#include "nn/train/run.h"

namespace lemnos::cli {

bool attends(const Run& run);  // has attention layers, whose maps can be shown

// Wrong usage: why it cannot do what was asked ("does not predict"), and what it takes instead.
[[noreturn]] void refuse(const Run& run, std::string_view why);

}  // namespace lemnos::cli
