// SPDX-License-Identifier: Apache-2.0
// One row of the table of kernels: what is computed, by public ops, and of which inputs.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "nn/bench/result.h"
#include "runtime/graph/op_def.h"

namespace lemnos::bench {

// Part of a value: of each axis named the elements from `begin` on; all of the others.
struct Cut {
  int axis = 0;
  std::int64_t begin = 0, count = 0;
};
using Window = std::vector<Cut>;

// A smaller problem of the same kind inside a large one, which the reference can compute: these
// windows of its inputs give these of its results. Some rows of a and columns of b, some images.
struct Slice {
  std::vector<Window> inputs, results;
};

struct Case {
  std::string name;
  Use use = Use::run;
  DType precision = DType::f32;  // what a program is told to store (ExecOptions::precision)
  std::vector<SampleInput> inputs;
  // Records the work on these inputs, which are states, and returns its results. It may assign
  // states of its own, as an optimizer does: those are results too.
  std::function<std::vector<Tensor>(std::span<const Tensor>)> body;
  std::vector<Slice> slices = {};  // of a problem that is too large for the reference; else none
  double bytes = 0;                // moved at least; 0: every input and result once
  bool quick = false;              // part of --quick
  bool op_by_op = false;           // an extra says what it takes with a kernel for each op
  bool sixteen() const { return is_half(precision) || is_half(inputs.front().dtype); }
};

// The table, its sizes fixed by suite_version. A GPU gets the rows of a CPU driver, by which
// devices are scored against each other, and larger ones that fill it.
std::vector<Case> kernel_cases(bool cpu);

}  // namespace lemnos::bench
