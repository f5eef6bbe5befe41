// SPDX-License-Identifier: Apache-2.0
// What the device computed beside what the reference says.
#pragma once

#include <span>
#include <vector>

#include "nn/bench/kernel_graph.h"
#include "runtime/exec/reference.h"

namespace lemnos::bench {

// What the results of a case's first instance have to be. Made before anything runs, since states
// change.
class Expected {
 public:
  // values: of the inputs, as they are stored.
  Expected(const Case& kernel, std::span<const Bytes> values);

  double flops() const { return flops_; }  // of the whole case
  double bytes() const { return bytes_; }
  double largest() const { return largest_; }  // bytes of the largest value in it

  // The largest error of what `done`, which ran once, left in its storages, in units of what is
  // allowed.
  double error(const KernelGraph& done) const;

 private:
  struct Value {
    Values values, allowed;  // allowed: of each element; empty: `norm` counts
    double norm = 0;         // of the difference, beside that of the values
  };
  struct Part {
    const Slice* slice = nullptr;  // nullptr: all of it
    std::vector<Value> values;     // of each assign, or of each result of the slice
  };
  void solve(const Slice* slice, std::span<const SampleInput> types, const Inputs& inputs);

  const Case& kernel_;
  double flops_ = 0, bytes_ = 0, largest_ = 0;
  std::vector<Part> parts_;
};

}  // namespace lemnos::bench
