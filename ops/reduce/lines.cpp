// SPDX-License-Identifier: Apache-2.0
#include "ops/reduce/lines.h"

#include <algorithm>

#include "ops/grid.h"
#include "shaders/reduce/line_params.h"

namespace lemnos {
namespace {

constexpr std::uint64_t short_line = 64;    // walked by one invocation
constexpr std::uint64_t long_walk = 16384;  // most elements that one invocation walks
// Elements of a line that it keeps in registers; those of CPU drivers are on the stack, where they
// are found faster than in a buffer all the same.
std::uint64_t most_kept(const gpu::Caps& caps) {
  return caps.type == gpu::DeviceType::cpu ? 128 : 32;
}

bool is_cpu(const gpu::Caps& caps) { return caps.type == gpu::DeviceType::cpu; }

// How a tensor is walked. Everything counts units of `width` floats.
struct Layout {
  bool lane = false;  // by single invocations
  std::uint32_t width = 1;
  std::uint32_t lanes = 64;
  bool subgroup = false;
  std::uint32_t kept = 0;   // what each invocation keeps of a line
  bool kept_whole = false;  // none keeps less

  Layout(const gpu::Caps& caps, const Lines& lines, bool keeps = false) {
    lane = lines.inner > 1 || lines.length <= short_line;
    const std::uint64_t row = lines.inner > 1 ? lines.inner : lines.length;
    width = row % 4 == 0 && (lines.inner > 1 || !lane) ? 4 : 1;
    lanes = flat_lanes(caps);
    if (lane) return;
    const std::uint64_t units = lines.length / width;
    const std::uint64_t room = most_kept(caps) / width;
    const std::uint64_t short_enough = keeps ? room * caps.subgroup_size : 1024;
    subgroup = width == 4 && caps.subgroup_arithmetic && (is_cpu(caps) || units <= short_enough);
    if (subgroup) lanes = caps.subgroup_size;
    if (!subgroup && !is_cpu(caps)) lanes = units > (keeps ? 64 * room : 1024) ? 128 : 64;
    if (!keeps || units > lanes * room) return;
    kept = static_cast<std::uint32_t>(ceil_div(units, lanes));
    kept_whole = kept * lanes == units;
  }
  std::uint32_t line_width() const { return lane ? width : 1; }  // lines walked at once
};

Kernel kernel_of(const LineKernel& k, const Layout& layout, bool texel) {
  if (layout.lane) return layout.width == 1 ? k.lane : texel ? k.lane_texel : k.lane_vec4;
  if (layout.width == 1) return k.group;
  return !layout.subgroup ? k.group_vec4 : texel ? k.subgroup_texel : k.subgroup;
}

// Floats that one binding holds, beginning anywhere.
std::uint64_t binding_floats(const gpu::Caps& caps) {
  return caps.max_storage_buffer_range / 4 - 64;
}

// A part of a call that one dispatch does.
struct Piece {
  Lines lines;
  std::uint64_t strips = 1;
  std::uint64_t first_element = 0;
  std::uint64_t first_line = 0;
  std::uint64_t first_along = 0;
};

// Whole outer slices as many as fit, or strips of one slice.
std::vector<Piece> pieces_of(const gpu::Caps& caps, const LineCall& call, std::uint64_t strip) {
  const Lines& l = call.lines;
  const std::uint64_t slice = l.length * l.inner, limit = binding_floats(caps);
  std::vector<Piece> pieces;
  if (slice <= limit) {
    const std::uint64_t step = std::max<std::uint64_t>(1, limit / slice);
    for (std::uint64_t o = 0; o < l.outer; o += step)
      pieces.push_back({{std::min(step, l.outer - o), l.length, l.inner},
                        call.strips,
                        o * slice,
                        o * call.strips * l.inner,
                        0});
    return pieces;
  }
  const std::uint64_t step = std::max<std::uint64_t>(1, limit / (strip * l.inner));
  for (std::uint64_t o = 0; o < l.outer; ++o) {
    for (std::uint64_t s = 0; s < call.strips; s += step) {
      const std::uint64_t length = std::min(step * strip, l.length - s * strip);
      pieces.push_back({{1, length, l.inner},
                        ceil_div(length, strip),
                        o * slice + s * strip * l.inner,
                        (o * call.strips + s) * l.inner,
                        s * strip});
    }
  }
  return pieces;
}

Dispatch dispatch_of(const gpu::Caps& caps, const LineCall& call, const Layout& layout,
                     const Piece& piece, std::uint64_t strip) {
  const std::uint64_t elements = piece.lines.elements();
  const std::uint64_t lines = piece.lines.outer * piece.strips * piece.lines.inner;
  const bool texel = caps.texel_loads_preferred && (elements / 4 + 16) <= caps.max_texel_elements;
  const std::uint64_t walked = layout.lane ? strip : ceil_div(strip / layout.width, layout.lanes);
  const std::uint64_t turns = call.walks * (walked + walked / 32) + 32;
  const Grid grid = grid_for(caps, lines / layout.line_width() * (layout.lane ? 1 : layout.lanes),
                             layout.lanes, turns);

  Dispatch dispatch;
  dispatch.shader = &shader(kernel_of(call.kernel, layout, texel));
  dispatch.specialization = {layout.lanes, call.mode, layout.kept, layout.kept_whole};
  kernels::LineParams params{};
  for (const LineOperand& operand : call.operands) {
    if (operand.along) {  // begins where a binding may: strips do
      dispatch.bindings.push_back(
          part_of(operand.binding, piece.first_along, piece.lines.length).binding);
      continue;
    }
    const BindingPart w = operand.per_line
                              ? part_of(operand.binding, piece.first_line, lines)
                              : part_of(operand.binding, piece.first_element, elements);
    dispatch.bindings.push_back(w.binding);
    (operand.per_line ? params.y_base : params.x_base) =
        w.base / (operand.per_line ? layout.line_width() : layout.width);
  }
  const std::uint32_t along = layout.lane ? 1 : layout.width;
  const std::uint32_t across = layout.line_width();
  params.lines = static_cast<std::uint32_t>(lines / across);
  params.line_length = static_cast<std::uint32_t>(piece.lines.length / along);
  params.inner = static_cast<std::uint32_t>(piece.lines.inner / across);
  params.strips = static_cast<std::uint32_t>(piece.strips);
  params.strip_length = static_cast<std::uint32_t>(strip / along);
  params.lines_per_group = grid.turns;
  params.scale = call.scale;
  params.epsilon = call.epsilon;
  dispatch.push = params;
  dispatch.groups[0] = grid.groups;
  dispatch.loop_turns = grid.turns * turns;
  return dispatch;
}

}  // namespace

std::uint64_t strip_of(std::uint64_t length, std::uint64_t strips) {
  return strips == 1 ? length : ceil_div(ceil_div(length, strips), 64) * 64;
}

Lines lines_along(const Shape& shape, int first_axis, int last_axis) {
  Lines lines;
  for (int i = 0; i < shape.rank(); ++i)
    (i < first_axis   ? lines.outer
     : i <= last_axis ? lines.length
                      : lines.inner) *= static_cast<std::uint64_t>(shape[i]);
  return lines;
}

void append_lines(Lowering& lowering, const gpu::Caps& caps, const LineCall& call) {
  const Layout layout(caps, call.lines, call.keeps);
  const std::uint64_t strip = strip_of(call.lines.length, call.strips);
  for (const Piece& piece : pieces_of(caps, call, strip))
    lowering.dispatches.push_back(dispatch_of(caps, call, layout, piece, strip));
}

std::uint64_t strips_for(const gpu::Caps& caps, const Lines& lines) {
  const Layout layout(caps, lines);
  const bool cpu = is_cpu(caps);
  const std::uint64_t sharing = layout.lane ? 1 : layout.lanes * layout.width;
  const std::uint64_t busy = layout.lane ? (cpu ? 64 : 16384) : (cpu ? 32 : 512);
  const std::uint64_t parallel =
      layout.lane ? lines.outer * lines.inner / layout.width : lines.outer;
  const std::uint64_t shortest = 128 * sharing;
  std::uint64_t strips = 1;
  if (lines.length > 4 * shortest && parallel < busy)
    strips = std::min(ceil_div(busy, parallel), ceil_div(lines.length, shortest));
  strips = std::max(strips, ceil_div(lines.length, long_walk * sharing));
  const std::uint64_t limit = binding_floats(caps);
  if (lines.length * lines.inner > limit)
    strips = std::max(
        strips, ceil_div(lines.length, std::max<std::uint64_t>(64, limit / lines.inner / 64 * 64)));
  return ceil_div(lines.length, strip_of(lines.length, strips));
}

const char* fits_lines(const gpu::Caps& caps, const Lines& lines, std::uint32_t walks) {
  if (lines.length * lines.inner > binding_floats(caps))
    return "one slice along the axis is larger than a storage-buffer binding of this device";
  const Layout layout(caps, lines);
  const std::uint64_t walked = layout.lane ? lines.length : lines.length / layout.lanes;
  if (caps.max_loop_turns != 0 && walks * (walked + walked / 32) + 32 > caps.max_loop_turns)
    return "the axis is longer than the loops of this driver may be";
  return nullptr;
}

BindingPart part_of(const Binding& whole, std::uint64_t first, std::uint64_t count) {
  BindingPart w{whole, static_cast<std::uint32_t>(first % 64)};
  w.binding.offset += (first - w.base) * 4;
  w.binding.bytes = (w.base + count) * 4;
  return w;
}

}  // namespace lemnos
