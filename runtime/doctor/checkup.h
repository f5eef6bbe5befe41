// SPDX-License-Identifier: Apache-2.0
// A check-up: which cases a device is tried with, and the trying.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "runtime/doctor/verdict.h"

namespace lemnos::doctor {

// first_use: for each op a few samples that reach every kernel the device would be given, the
// smallest with ordinary values and larger ones with all kinds. full: every sample, on every rung
// of the ladder, with all kinds of values.
enum class Scope : std::uint8_t { first_use, full };

// A case as a device would run it.
struct Try {
  Case test_case;
  ExecOptions options;
  std::string name;                  // of the case, and what is out of the ordinary about it
  std::vector<std::string> kernels;  // see variant_of()
  bool extra = false;                // the kernels are reached by smaller ones too
};

// What to try on a device with these caps, the extra ones last; kernels that are quarantined there
// are not used.
std::vector<Try> choose(const gpu::Caps& caps, Scope scope);

// What is told of a check-up while it goes on.
struct Journal {
  // Before kernels are compiled or run; and after it, with what was found (and may be corrected).
  std::function<void(const std::string& name, const std::vector<std::string>& kernels)> begin;
  std::function<void(Finding&)> end;
};

// Tries all that `findings` does not have yet, and what is used in the place of kernels that are
// found wrong; returns all findings. At first use of a slow driver extra tries end after a quarter
// of a minute. `open` opens the device: anew after it was lost.
std::vector<Finding> check_up(const std::function<std::shared_ptr<gpu::Device>()>& open,
                              Scope scope, const Journal& journal,
                              std::vector<Finding> findings = {});

}  // namespace lemnos::doctor
