// SPDX-License-Identifier: Apache-2.0
#include "ops/index/gather.h"

#include <algorithm>
#include <limits>

#include "ops/reduce/lines.h"
#include "shaders/index/gather_params.h"

namespace lemnos {
namespace {

constexpr std::uint32_t nan_bits = 0x7fc00000u;

std::uint64_t row_bytes(const Problem& p) {
  return row_elements(p.in(0)) * size_of(p.inputs[0].dtype);
}

// What stands where the index lies outside the table.
double missing_value(const Problem& p) {
  const bool zeros = p.result.dtype != DType::f32 || p.attrs.as<GatherAttrs>().zeros != 0;
  return zeros ? 0 : std::numeric_limits<double>::quiet_NaN();
}

// What is copied at once.
struct Unit {
  Kernel kernel = Kernel::gather_bytes;
  std::uint64_t bytes = 1;
  explicit Unit(std::uint64_t row) {
    if (row % 4 == 0) kernel = row % 16 == 0 ? Kernel::gather_vec4 : Kernel::gather;
    if (row % 4 == 0) bytes = row % 16 == 0 ? 16 : 4;
  }
};

}  // namespace

bool is_index(DType type) { return type == DType::u32 || type == DType::i32; }

Shape row_shape(const Shape& table) { return table.without(0); }

std::uint64_t row_elements(const Shape& table) {
  return static_cast<std::uint64_t>(row_shape(table).elements());
}

Shape joined(const Shape& a, const Shape& b) {
  Shape shape = a;
  for (const std::int64_t size : b) shape = shape.inserted(shape.rank(), size);
  return shape;
}

void check_table(const Problem& p) {
  if (p.in(0).rank() < 1) p.fail("a table has rows; this one is a scalar");
  if (!is_index(p.inputs[1].dtype))
    p.fail("indices are u32 or i32, not {}", name_of(p.inputs[1].dtype));
  if (p.in(0).rank() - 1 + p.in(1).rank() > Shape::max_rank)
    p.fail("rows of {} at indices {} have more than {} axes", p.in(0), p.in(1), Shape::max_rank);
}

Lowering lower_gather(const Problem& p, const gpu::Caps& caps, bool clocked) {
  const std::uint64_t row = row_bytes(p);
  const Unit unit(row);
  const auto table_rows = static_cast<std::uint64_t>(p.in(0)[0]);
  const std::uint64_t width = row / unit.bytes;
  const std::uint64_t bytes =
      static_cast<std::uint64_t>(p.out().elements()) * size_of(p.result.dtype);
  const std::uint64_t step =
      unit.bytes == 1 ? table_rows
                      : std::max<std::uint64_t>(1, (caps.max_storage_buffer_range - 256) / row);
  const std::uint32_t lanes = flat_lanes(caps);
  const std::uint64_t items = unit.bytes == 1 ? (bytes + 3) / 4 : bytes / unit.bytes;
  const Grid grid = grid_for(caps, items, lanes, unit.bytes == 1 ? 5 : 1);
  const bool zeros = p.result.dtype != DType::f32 || p.attrs.as<GatherAttrs>().zeros != 0;

  Lowering lowering;
  for (std::uint64_t first = 0; first < table_rows; first += step) {
    const std::uint64_t rows = std::min(step, table_rows - first);
    const BindingPart table = unit.bytes == 1 ? BindingPart{input(0)}
                                              : part_of(input(0), first * row / 4, rows * row / 4);
    Dispatch dispatch{
        .shader = &shader(unit.kernel),
        .specialization = {lanes, clocked},
        .bindings = {table.binding, input(1), clocked ? input(2) : input(1), result()},
        .push =
            kernels::GatherParams{
                .rows = static_cast<std::uint32_t>(
                    p.out().elements() /
                    std::max<std::int64_t>(1, static_cast<std::int64_t>(row_elements(p.in(0))))),
                .width = static_cast<std::uint32_t>(width),
                .table_rows = static_cast<std::uint32_t>(table_rows),
                .first_row = static_cast<std::uint32_t>(first),
                .bound_rows = static_cast<std::uint32_t>(rows),
                .table_base = static_cast<std::uint32_t>(table.base * 4 / unit.bytes),
                .order = static_cast<std::uint32_t>(p.in(1).elements()),
                .batch = static_cast<std::uint32_t>(p.attrs.as<GatherAttrs>().batch),
                .missing = zeros ? 0 : nan_bits,
                .padding = static_cast<std::uint32_t>(row_source(p, clocked).padding),
                .turns = grid.turns},
        .groups = {grid.groups, 1, 1},
        .loop_turns = grid.turns * std::uint64_t{unit.bytes == 1 ? 5u : 1u}};
    if (unit.bytes != 1) dispatch.specialization.push_back(first == 0);
    lowering.dispatches.push_back(std::move(dispatch));
  }
  return lowering;
}

const char* fits_gather(const Problem& p, const gpu::Caps& caps) {
  const std::uint64_t limit = caps.max_storage_buffer_range - 256, row = row_bytes(p);
  if (row > limit) return "one row is larger than a storage-buffer binding of this device";
  if (static_cast<std::uint64_t>(p.out().elements()) * size_of(p.result.dtype) > limit)
    return "the gathered rows are larger than a storage-buffer binding of this device";
  if (row % 4 != 0 && row * static_cast<std::uint64_t>(p.in(0)[0]) > limit)
    return "a table of rows of single bytes is larger than a binding of this device; pad its rows "
           "to a multiple of 4 bytes";
  return nullptr;
}

RowSource row_source(const Problem& p, bool clocked) {
  const auto attrs = p.attrs.as<GatherAttrs>();
  return {.clocked = clocked,
          .batch = attrs.batch,
          .missing = missing_value(p),
          .padding = attrs.zeros != 0 ? attrs.padding : no_padding};
}

void append_row(const Problem& p, const Values& table, double row, Values& out) {
  const std::uint64_t width = row_elements(p.in(0));
  const double missing = missing_value(p);
  const bool inside = row >= 0 && row < static_cast<double>(p.in(0)[0]) &&
                      row != static_cast<double>(row_source(p, false).padding);
  for (std::uint64_t i = 0; i < width; ++i)
    out.push_back(inside ? table[static_cast<std::size_t>(row) * width + i] : missing);
}

}  // namespace lemnos
