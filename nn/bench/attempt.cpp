// SPDX-License-Identifier: Apache-2.0
#include "nn/bench/attempt.h"

#include <fmt/format.h>

#include "runtime/base/error.h"

namespace lemnos::bench {

Row attempt(Row row, const std::function<void(Row&)>& measure) {
  try {
    measure(row);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::device_lost) throw;
    const bool full = error.kind() == ErrorKind::out_of_memory;
    row.pass = full;
    row.note = fmt::format("{}: {}", full ? "does not fit" : "failed", error.what());
    row.gpu_ms.clear();
    row.wall_ms.clear();
  }
  return row;
}

}  // namespace lemnos::bench
