// SPDX-License-Identifier: Apache-2.0
// One row measured, or the reason why it was not: what fails must not end a benchmark of an hour.
#pragma once

#include <functional>

#include "nn/bench/result.h"

namespace lemnos::bench {

// The row as `measure` leaves it. Where that fails it has no times, and a note: it does not fit the
// device's memory, or it has failed, which is no pass. A lost device is an error here, too.
Row attempt(Row row, const std::function<void(Row&)>& measure);

}  // namespace lemnos::bench
