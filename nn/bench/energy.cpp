// SPDX-License-Identifier: Apache-2.0
#include "nn/bench/energy.h"

#include <fmt/format.h>

#include <charconv>
#include <filesystem>

#include "runtime/base/error.h"
#include "runtime/base/os.h"

namespace lemnos::bench {

std::optional<double> joules_used() {
  std::optional<double> sum;
  for (int package = 0;; ++package) {
    const std::filesystem::path file =
        fmt::format("/sys/class/powercap/intel-rapl:{}/energy_uj", package);
    std::error_code error;
    if (!std::filesystem::exists(file, error)) return sum;
    try {
      const std::string text = os::read_text(file);
      std::uint64_t microjoules = 0;
      const auto parsed = std::from_chars(text.data(), text.data() + text.size(), microjoules);
      if (parsed.ec != std::errc{}) return {};
      sum = sum.value_or(0) + static_cast<double>(microjoules) * 1e-6;
    } catch (const Error&) {
      return {};
    }
  }
}

}  // namespace lemnos::bench
