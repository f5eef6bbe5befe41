// SPDX-License-Identifier: Apache-2.0
// What every sweep runs over: each op of ops/list.inc with each of its own samples.
#pragma once

#include <vector>

#include "runtime/base/error.h"
#include "runtime/base/os.h"
#include "runtime/doctor/cases.h"

namespace lemnos::test {

using namespace doctor;

// LEMNOS_SWEEP limits the sweeps to the op of that name. False: this op is left out.
inline bool is_swept(const OpDef& op) {
  const std::optional<std::string> only = os::env("LEMNOS_SWEEP");
  return !only || op.name == *only;
}

// Every sample of every op that is swept. Fails where there is none.
inline std::vector<Case> all_cases() {
  std::vector<Case> cases;
  for (const OpDef* op : all_ops())
    if (is_swept(*op))
      for (Case& test_case : cases_of(*op)) cases.push_back(std::move(test_case));
  check(!cases.empty(), "LEMNOS_SWEEP: no op '{}' has samples",
        os::env("LEMNOS_SWEEP").value_or("any"));
  return cases;
}

}  // namespace lemnos::test
