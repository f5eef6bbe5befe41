// SPDX-License-Identifier: Apache-2.0
// Dispatching the line kernels of shaders/common/reduce.glsl: which layout, how many workgroups,
// and how a tensor larger than one binding is cut.
#pragma once

#include <span>

#include "ops/grid.h"
#include "runtime/graph/op_def.h"
#include "shaders/kernels.h"

namespace lemnos {

// A tensor as [outer, length, inner]; the kernels walk along the middle.
struct Lines {
  std::uint64_t outer = 1, length = 1, inner = 1;
  std::uint64_t elements() const { return outer * length * inner; }
};
Lines lines_along(const Shape& shape, int first_axis, int last_axis);  // both inclusive
inline Lines lines_along(const Shape& shape, int axis) { return lines_along(shape, axis, axis); }

// One source in every layout. Kernels for the last axis only have no lane_vec4 and lane_texel.
struct LineKernel {
  Kernel lane, lane_vec4, lane_texel, group, group_vec4, subgroup, subgroup_texel;
};

// LINE_KERNEL(softmax): the kernels that line_kernel(softmax ...) in a variants.cmake declares.
#define LINE_KERNEL(name)                                                         \
  LineKernel {                                                                    \
    Kernel::name##_lane, Kernel::name##_lane_vec4, Kernel::name##_lane_texel,     \
        Kernel::name##_group, Kernel::name##_group_vec4, Kernel::name##_subgroup, \
        Kernel::name##_subgroup_texel                                             \
  }
#define LAST_AXIS_LINE_KERNEL(name)                                                       \
  LineKernel {                                                                            \
    Kernel::name##_lane, Kernel::name##_lane, Kernel::name##_lane, Kernel::name##_group,  \
        Kernel::name##_group_vec4, Kernel::name##_subgroup, Kernel::name##_subgroup_texel \
  }

// An operand of a line kernel: it holds the tensor's elements, or one 32-bit value for each line,
// or one for each position along a line.
struct LineOperand {
  Binding binding;
  bool per_line = false;
  bool along = false;
};

struct LineCall {
  LineKernel kernel;
  Lines lines;
  std::uint32_t mode = 0;             // specialisation constant MODE
  float scale = 1;                    // of sums
  float epsilon = 0;                  // of norms
  std::uint32_t walks = 1;            // how often the kernel walks a line
  bool keeps = false;                 // in registers, what it walks several times, where it fits
  std::uint64_t strips = 1;           // parts of a line, each with a result of its own
  std::vector<LineOperand> operands;  // in the order of the shader's bindings
};

// The dispatches of a call: one, or several where operands are larger than a binding may be.
void append_lines(Lowering& lowering, const gpu::Caps& caps, const LineCall& call);

// Parts into which each line should be cut so that a device is busy, sums are short and no part
// exceeds a binding; 1: none.
std::uint64_t strips_for(const gpu::Caps& caps, const Lines& lines);
// Elements of each part but the last: a multiple of 64, so that strips begin where a binding may.
std::uint64_t strip_of(std::uint64_t length, std::uint64_t strips);

// nullptr if uncut lines fit: one line's worth of neighbouring lines in one binding, and walks in
// the device's loop limit.
const char* fits_lines(const gpu::Caps& caps, const Lines& lines, std::uint32_t walks);

// The part of a whole operand that holds `count` elements of 4 bytes from `first` on, and how many
// elements it begins before `first`: bindings begin at multiples of 256 bytes.
struct BindingPart {
  Binding binding;
  std::uint32_t base = 0;
};
BindingPart part_of(const Binding& whole, std::uint64_t first, std::uint64_t count);

}  // namespace lemnos
