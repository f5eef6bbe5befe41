// SPDX-License-Identifier: Apache-2.0
// What the reductions share: their attributes, shape rule, lowering and reference.
//
// A recorded reduction runs along neighbouring axes and keeps them with size 1. Axes that are no
// neighbours become several nodes; dropping sizes of 1 is a reshape, which is free.
#pragma once

#include <functional>

#include "ops/reduce/lines.h"
#include "ops/reduce/reduce.h"

namespace lemnos {

struct ReduceAttrs {
  std::int32_t first = 0, last = 0;  // axes, both inclusive
};

enum class ReduceMode : std::uint32_t { sum, max, min, sum_squares };  // MODE of reduce.comp

TensorType reduced_shape(const Problem& p);
Lines reduced_lines(const Problem& p);
bool sums_to_last_axis(const Problem& p);   // a sum over all axes but the last
double reduced_length(const Problem& p);    // OpDef::terms
double reduced_elements(const Problem& p);  // OpDef::flops: one for each that is read
// Reduces every line of `from` into `to`: strips first, where lines are few.
void append_reduce(Lowering& lowering, const gpu::Caps& caps, Lines lines, ReduceMode mode,
                   float scale, Binding from, const Binding& to);
Lowering lower_reduce(const Problem& p, const gpu::Caps& caps, ReduceMode mode, float scale);
const char* fits_reduce(const Problem& p, const gpu::Caps& caps);
std::vector<Sample> reduce_samples();

// Calls line(first, step) for every line: its elements are at first + k * step.
void each_line(const Lines& lines, const std::function<void(std::size_t, std::size_t)>& line);

// Runs of neighbouring axes, the last first, and the result's shape.
struct AxisRuns {
  std::vector<ReduceAttrs> runs;
  Shape result;
};
AxisRuns runs_of(std::string_view op, const Operand& x, const Axes& axes, ReduceOptions options);

// Records `op` along the axes, once for each run of neighbours: for the later runs `then`, if any.
Tensor reduce(const OpDef& op, const Operand& x, const Axes& axes, ReduceOptions options,
              const OpDef* then = nullptr);

// Axes as a mask, checked against x.
std::array<bool, Shape::max_rank> axis_mask(std::string_view op, const Operand& x,
                                            const Axes& axes);

}  // namespace lemnos
