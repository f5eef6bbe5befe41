// SPDX-License-Identifier: Apache-2.0
// scatter_add_rows(updates, indices, rows): each update added into its row of zeros, rows named
// several times in the order of the indices. Gradient to updates: gather_rows of dy.
//
// Zeros first; then, for every so many indices, a stable sort of their positions by index and sums
// over its runs, by segments: the cost is that of the sort and of reading the updates once. No
// atomics: sums of floats would differ from run to run.
#include <algorithm>
#include <bit>

#include "ops/index/gather.h"
#include "ops/index/gather_rows.h"
#include "ops/index/index.h"
#include "ops/reduce/lines.h"
#include "runtime/graph/trace.h"
#include "shaders/index/one_hot_params.h"
#include "shaders/index/scatter_params.h"

namespace lemnos {
namespace {

struct ScatterAttrs {
  std::int64_t rows = 0;
  std::int64_t padding = no_padding;
};

TensorType scatter_shape(const Problem& p) {
  const Shape &updates = p.in(0), &indices = p.in(1);
  if (p.inputs[0].dtype != DType::f32)
    p.fail("adds f32, not {}; cast first", name_of(p.inputs[0].dtype));
  if (!is_index(p.inputs[1].dtype))
    p.fail("indices are u32 or i32, not {}", name_of(p.inputs[1].dtype));
  if (p.attrs.as<ScatterAttrs>().rows < 1) p.fail("{} rows", p.attrs.as<ScatterAttrs>().rows);
  if (updates.rank() < indices.rank() || updates.rank() - indices.rank() + 1 > Shape::max_rank)
    p.fail("updates {} for indices {}", updates, indices);
  Shape result{p.attrs.as<ScatterAttrs>().rows};
  for (int i = 0; i < updates.rank(); ++i) {
    if (i >= indices.rank())
      result = result.inserted(result.rank(), updates[i]);
    else if (updates[i] != indices[i])
      p.fail("updates {} do not begin with the sizes of indices {}", updates, indices);
  }
  return {result, DType::f32};
}

std::vector<Tensor> scatter_gradient(const Adjoint& a) {
  return {gather_rows_or_zeros(a.dresult, a.in(1), a.attrs.as<ScatterAttrs>().padding), {}};
}

// One range of the result's rows, as large as a binding can be.
struct Range {
  std::uint64_t first = 0, rows = 0;
  BindingPart table;
};

std::vector<Range> ranges_of(const Problem& p, const gpu::Caps& caps) {
  const std::uint64_t width = row_elements(p.out()), rows = static_cast<std::uint64_t>(p.out()[0]);
  const std::uint64_t step =
      std::max<std::uint64_t>(1, (caps.max_storage_buffer_range / 4 - 64) / width);
  std::vector<Range> ranges;
  for (std::uint64_t first = 0; first < rows; first += step) {
    const std::uint64_t count = std::min(step, rows - first);
    ranges.push_back({first, count, part_of(result(), first * width, count * width)});
  }
  return ranges;
}

constexpr std::uint64_t most_indices = 32768;  // that one sort and one sum handle
constexpr std::uint32_t segment = 64;          // pairs that one invocation of scatter_add walks

// Where a binding begins before its range, it clears what another range has cleared: all ranges are
// cleared before anything is added.
Dispatch zero(const gpu::Caps& caps, const Range& range, std::uint64_t width) {
  const std::uint64_t count = range.table.base + range.rows * width;
  const std::uint32_t lanes = flat_lanes(caps);
  const Grid grid = grid_for(caps, count, lanes);
  return {.shader = &shader(Kernel::zero),
          .specialization = {lanes},
          .bindings = {range.table.binding},
          .push = kernels::OneHotParams{static_cast<std::uint32_t>(count), 0, grid.turns},
          .groups = {grid.groups, 1, 1},
          .loop_turns = grid.turns};
}

Dispatch sort(kernels::ScatterParams params) {
  params.passes = (std::bit_width(params.table_rows) + 3) / 4;
  const std::uint64_t run = (params.count + 127) / 128 + 8;
  return {.shader = &shader(Kernel::sort_indices),
          .specialization = {},
          .bindings = {input(1), scratch(0)},
          .push = params,
          .groups = {1, 1, 1},
          .loop_turns = params.passes * (4 * run + 48 + 40)};
}

// Parts of runs, each within a segment; with `join`, the parts of runs longer than a segment.
Dispatch add(const gpu::Caps& caps, const Range& range, kernels::ScatterParams params,
             std::uint64_t unit, bool join) {
  const std::uint64_t segments = (params.count - 1) / segment;  // after the first
  const std::uint64_t turns = (join ? segments : segment) + 1;
  const Grid grid = grid_for(caps, (join ? segments : params.count) * std::uint64_t{params.width},
                             flat_lanes(caps), turns);
  params.first_row = static_cast<std::uint32_t>(range.first);
  params.bound_rows = static_cast<std::uint32_t>(range.rows);
  params.table_base = static_cast<std::uint32_t>(range.table.base / unit);
  params.turns = grid.turns;
  return {.shader = &shader(unit == 4 ? Kernel::scatter_add_vec4 : Kernel::scatter_add),
          .specialization = {flat_lanes(caps), segment, join},
          .bindings = {input(0), scratch(0), scratch(1), range.table.binding},
          .push = params,
          .groups = {grid.groups, 1, 1},
          .loop_turns = grid.turns * turns};
}

Lowering lower(const Problem& p, const gpu::Caps& caps) {
  const std::uint64_t width = row_elements(p.out()), unit = width % 4 == 0 ? 4 : 1;
  const auto indices = static_cast<std::uint64_t>(p.in(1).elements());
  const std::uint64_t chunk = std::clamp<std::uint64_t>(indices, 1, most_indices);
  const std::vector<Range> ranges = ranges_of(p, caps);
  Lowering lowering{.dispatches = {},
                    .scratch_bytes = {chunk * 16, (chunk / segment + 1) * width * 4}};
  for (const Range& range : ranges) lowering.dispatches.push_back(zero(caps, range, width));
  for (std::uint64_t first = 0; first < indices; first += chunk) {
    kernels::ScatterParams params{};
    params.first = static_cast<std::uint32_t>(first);
    params.count = static_cast<std::uint32_t>(std::min(chunk, indices - first));
    params.width = static_cast<std::uint32_t>(width / unit);
    params.table_rows = static_cast<std::uint32_t>(p.out()[0]);
    params.padding = static_cast<std::uint32_t>(p.attrs.as<ScatterAttrs>().padding);
    lowering.dispatches.push_back(sort(params));
    for (const Range& range : ranges) {
      lowering.dispatches.push_back(add(caps, range, params, unit, false));
      if (params.count > segment)
        lowering.dispatches.push_back(add(caps, range, params, unit, true));
    }
  }
  return lowering;
}

const char* fits(const Problem& p, const gpu::Caps& caps) {
  const std::uint64_t limit = caps.max_storage_buffer_range / 4 - 64;
  if (row_elements(p.out()) > limit)
    return "one row is larger than a storage-buffer binding of this device";
  if (static_cast<std::uint64_t>(p.in(0).elements()) > limit)
    return "the updates are larger than a storage-buffer binding of this device";
  return nullptr;
}

void scatter_reference(const Problem& p, std::span<const Values> in, Values& out) {
  const std::uint64_t width = row_elements(p.out());
  out.assign(static_cast<std::size_t>(p.out().elements()), 0.0);
  for (std::size_t i = 0; i < in[1].size(); ++i) {
    const double row = in[1][i];
    const bool adds = row >= 0 && row < static_cast<double>(p.out()[0]) &&
                      row != static_cast<double>(p.attrs.as<ScatterAttrs>().padding);
    if (!adds) continue;
    for (std::uint64_t c = 0; c < width; ++c)
      out[static_cast<std::size_t>(row) * width + c] += in[0][i * width + c];
  }
}

double updates_per_row(const Problem& p) { return static_cast<double>(p.in(1).elements()); }

std::vector<Sample> scatter_samples() {
  const auto sample = [](Shape updates, Shape indices, std::int64_t rows, bool gradient) {
    return Sample{.inputs = {{.shape = updates},
                             {.shape = indices,
                              .dtype = DType::u32,
                              .low = 0,
                              .high = static_cast<double>(rows)}},  // one beyond: adds nothing
                  .attrs = ScatterAttrs{rows},
                  .gradient = gradient};
  };
  Sample padded = sample({13, 2}, {13}, 3, true);
  padded.attrs = ScatterAttrs{3, 1};
  return {sample({1}, {1}, 1, true),
          sample({7, 3}, {7}, 5, true),
          sample({2, 5, 4}, {2, 5}, 3, true),
          sample({11}, {11}, 300, true),
          sample({500, 8}, {500}, 70000, false),
          sample({70000, 3}, {70000}, 17, false),
          sample({1000, 2}, {1000}, 1, false),
          padded};
}

}  // namespace

extern const OpDef scatter_add_rows_op;
const OpDef scatter_add_rows_op{.name = "scatter_add_rows",
                                .shape = scatter_shape,
                                .gradient = scatter_gradient,
                                .lower = lower,
                                .fits = fits,
                                .reference = scatter_reference,
                                .samples = scatter_samples,
                                .scale = Scale::inputs,
                                .terms = updates_per_row};

Tensor scatter_add_rows(const Operand& updates, const Operand& indices, std::int64_t rows) {
  return scatter_add_rows(updates, indices, rows, no_padding);
}

Tensor scatter_add_rows(const Operand& updates, const Operand& indices, std::int64_t rows,
                        std::int64_t padding) {
  return record(scatter_add_rows_op, {updates, indices}, ScatterAttrs{rows, padding});
}

}  // namespace lemnos
