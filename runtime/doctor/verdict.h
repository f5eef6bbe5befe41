// SPDX-License-Identifier: Apache-2.0
// From what was found, case by case, to what is thought of each kernel.
#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "runtime/doctor/parity.h"

namespace lemnos::doctor {

// What became of one try of a case.
struct Finding {
  enum class Kind : std::uint8_t {
    right,
    wrong,    // more than the tolerance table allows
    failed,   // the driver refused, with an error
    crashed,  // the process ended, or the device was lost
    hung,     // it took longer than it may
    skipped,  // nothing can be said: not enough memory
  };
  std::string name;  // of the case: which sample, which values, which rung
  std::vector<std::string>
      kernels;  // that it runs: see variant_of(); of a compiler's end, that one
  Kind kind = Kind::right;
  Deviation error;
  std::string detail;  // of what failed
  double seconds = 0;

  bool bad() const { return kind != Kind::right && kind != Kind::skipped; }
  // The same case with other kernels is another try.
  bool is(const std::string& other, const std::vector<std::string>& others_kernels) const {
    return name == other && kernels == others_kernels;
  }
};

struct Verdict {
  std::string kernel;
  bool good = true;
  std::string reason;       // why not
  std::uint32_t tries = 0;  // cases that it was right in
  Deviation worst;          // of those
  std::string worst_case;
  double seconds = 0;  // of all its tries
};

// One for each kernel that was tried, by name. A case of several kernels that went wrong is the
// fault of one that was wrong alone, if there is such; else of those that were right in the fewest
// others.
std::vector<Verdict> judge(std::span<const Finding> findings);
std::vector<std::string> quarantined(std::span<const Verdict> verdicts);

nlohmann::ordered_json to_json(const Finding& finding);
Finding finding_from(const nlohmann::json& json);  // throws nlohmann's own errors
nlohmann::ordered_json to_json(const Verdict& verdict);
Verdict verdict_from(const nlohmann::json& json);

}  // namespace lemnos::doctor
