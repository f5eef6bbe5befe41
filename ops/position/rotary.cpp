// SPDX-License-Identifier: Apache-2.0
// rotary(x, table[, positions]): pairs of a row turned by the angles of its position. Gradient: dy
// turned back; tables are constants.
#include <algorithm>
#include <cmath>
#include <limits>

#include "ops/grid.h"
#include "ops/index/gather.h"
#include "ops/position/position.h"
#include "ops/reduce/lines.h"
#include "runtime/graph/trace.h"
#include "shaders/position/params.h"

namespace lemnos {

extern const OpDef rotary_op;

namespace {

struct RotaryAttrs {
  std::int64_t offset = 0;
  bool inverse = false;
};

TensorType rotary_shape(const Problem& p) {
  const Shape &x = p.in(0), &table = p.in(1);
  if (p.inputs.size() > 3)
    p.fail("takes x, a table and positions, not {} operands", p.inputs.size());
  for (int i = 0; i < 2; ++i)
    if (p.inputs[static_cast<std::size_t>(i)].dtype != DType::f32)
      p.fail("x and the table are f32, not {}",
             name_of(p.inputs[static_cast<std::size_t>(i)].dtype));
  if (x.rank() < 2 || x[-1] % 2 != 0) p.fail("x is [..., T, D] with an even D, not {}", x);
  if (table.rank() != 2 || table[1] != x[-1])
    p.fail("x {} wants a table [length, {}], not {}", x, x[-1], table);
  if (p.inputs.size() == 3) {
    const Shape &at = p.in(2), one{x[-2]};
    if (!is_index(p.inputs[2].dtype))
      p.fail("positions are u32 or i32, not {}", name_of(p.inputs[2].dtype));
    if (!(at == one) && !(x.rank() > 2 && at == Shape{x[0], x[-2]}))
      p.fail("x {} wants positions [{}] or [{}, {}], not {}", x, x[-2], x[0], x[-2], at);
  } else if (const std::int64_t first = p.attrs.as<RotaryAttrs>().offset;
             first < 0 || first + x[-2] > table[0]) {
    p.fail("positions {} to {} of a table of {}", first, first + x[-2] - 1, table[0]);
  }
  return p.inputs[0];
}

std::vector<Tensor> rotary_gradient(const Adjoint& a) {
  RotaryAttrs back = a.attrs.as<RotaryAttrs>();
  back.inverse = !back.inverse;
  std::vector<Operand> operands{a.dresult, a.in(1)};
  if (a.inputs.size() == 3) operands.emplace_back(a.in(2));
  std::vector<Tensor> gradients(a.inputs.size());
  gradients[0] = record(rotary_op, operands, back);
  return gradients;
}

// How rows of x find their position: row r is token r % tokens of batch r / batch_rows.
struct Tokens {
  std::uint64_t rows = 0, tokens = 0, batch_rows = 0;
  explicit Tokens(const Problem& p) {
    const Shape& x = p.in(0);
    tokens = static_cast<std::uint64_t>(x[-2]);
    rows = static_cast<std::uint64_t>(x.elements() / x[-1]);
    const bool batched = p.inputs.size() == 3 && p.in(2).rank() == 2;
    batch_rows = batched ? rows / static_cast<std::uint64_t>(x[0]) : rows;
  }
};

Lowering lower(const Problem& p, const gpu::Caps& caps) {
  const Tokens all(p);
  const auto width = static_cast<std::uint64_t>(p.in(0)[-1]);
  const std::uint64_t unit = width % 8 == 0 ? 4 : 1, half = width / 2 / unit;
  const bool placed = p.inputs.size() == 3;
  const auto [offset, inverse] = p.attrs.as<RotaryAttrs>();
  const std::uint32_t lanes = flat_lanes(caps);
  // Multiples of 64 rows: parts then begin where a binding may.
  const std::uint64_t fitting = (caps.max_storage_buffer_range / 4 - 64) / width;
  const std::uint64_t step = fitting > 64 ? fitting / 64 * 64 : std::max<std::uint64_t>(1, fitting);
  Lowering lowering;
  for (std::uint64_t first = 0; first < all.rows; first += step) {
    const std::uint64_t rows = std::min(step, all.rows - first);
    const BindingPart x = part_of(input(0), first * width, rows * width);
    const Grid grid = grid_for(caps, rows * half, lanes);
    lowering.dispatches.push_back(
        {.shader = &shader(unit == 4 ? Kernel::rotary_vec4 : Kernel::rotary),
         .specialization = {lanes, inverse, placed},
         .bindings = {x.binding, input(1), input(placed ? 2 : 1),
                      part_of(result(), first * width, rows * width).binding},
         .push = kernels::RotaryParams{.count = static_cast<std::uint32_t>(rows * half),
                                       .half_width = static_cast<std::uint32_t>(half),
                                       .first_row = static_cast<std::uint32_t>(first),
                                       .tokens = static_cast<std::uint32_t>(all.tokens),
                                       .batch_rows = static_cast<std::uint32_t>(all.batch_rows),
                                       .offset = static_cast<std::uint32_t>(offset),
                                       .table_rows = static_cast<std::uint32_t>(p.in(1)[0]),
                                       .base = static_cast<std::uint32_t>(x.base / unit),
                                       .turns = grid.turns},
         .groups = {grid.groups, 1, 1},
         .loop_turns = grid.turns});
  }
  return lowering;
}

const char* fits(const Problem& p, const gpu::Caps& caps) {
  return static_cast<std::uint64_t>(p.in(1).elements()) * 4 > caps.max_storage_buffer_range
             ? "the table is larger than a storage-buffer binding of this device"
             : nullptr;
}

// Every pair turned by turn(a, b, cos, sin), which gives both.
template <class Turn>
void each_pair(const Problem& p, std::span<const Values> in, Values& out, Turn turn) {
  const Tokens all(p);
  const auto width = static_cast<std::size_t>(p.in(0)[-1]), half = width / 2;
  const auto attrs = p.attrs.as<RotaryAttrs>();
  out.resize(in[0].size());
  for (std::size_t r = 0; r < all.rows; ++r) {
    const std::size_t token = r % all.tokens;
    const double position = p.inputs.size() == 3
                                ? in[2][r / all.batch_rows * all.tokens + token]
                                : static_cast<double>(attrs.offset) + static_cast<double>(token);
    const bool inside = position >= 0 && position < static_cast<double>(p.in(1)[0]);
    for (std::size_t i = 0; i < half; ++i) {
      const std::size_t at = r * width + i;
      const std::size_t row = inside ? static_cast<std::size_t>(position) * width + i : 0;
      const double missing = std::numeric_limits<double>::quiet_NaN();
      const double cosine = inside ? in[1][row] : missing;
      const double sine = inside ? in[1][row + half] : missing;
      const auto [a, b] = turn(in[0][at], in[0][at + half], cosine, attrs.inverse ? -sine : sine);
      out[at] = a;
      out[at + half] = b;
    }
  }
}

void rotary_reference(const Problem& p, std::span<const Values> in, Values& out) {
  each_pair(p, in, out, [](double a, double b, double c, double s) {
    return std::pair{a * c - b * s, b * c + a * s};
  });
}

void rotary_magnitude(const Problem& p, std::span<const Values> in, Values& out) {
  each_pair(p, in, out, [](double a, double b, double c, double s) {
    return std::pair{std::abs(a * c) + std::abs(b * s), std::abs(b * c) + std::abs(a * s)};
  });
}

std::vector<Sample> rotary_samples() {
  const auto sample = [](Shape x, std::int64_t length, std::int64_t offset, bool inverse = false) {
    return Sample{.inputs = {{.shape = x}, {.shape = {length, x[-1]}}},
                  .attrs = RotaryAttrs{offset, inverse}};
  };
  const auto placed = [&](Shape x, std::int64_t length, Shape positions) {
    Sample made = sample(x, length, 0);
    made.inputs.push_back({.shape = positions,
                           .dtype = DType::i32,
                           .low = 0,
                           .high = static_cast<double>(length - 1)});
    return made;
  };
  Sample large = sample({3, 7, 41, 64}, 50, 9);
  large.gradient = false;
  return {sample({1, 2}, 1, 0), sample({2, 3, 5, 6}, 11, 4, true), large,
          placed({2, 3, 5, 8}, 7, {5}), placed({2, 3, 5, 8}, 7, {2, 5})};
}

}  // namespace

const OpDef rotary_op{.name = "rotary",
                      .shape = rotary_shape,
                      .gradient = rotary_gradient,
                      .lower = lower,
                      .fits = fits,
                      .reference = rotary_reference,
                      .samples = rotary_samples,
                      .magnitude = rotary_magnitude};

Tensor rotary(const Operand& x, const Operand& table, RotaryOptions options) {
  std::vector<Operand> operands{x, table};
  if (options.positions) {
    if (options.offset != 0) fail_at(x.at(), "rotary: give an offset or positions, not both");
    operands.emplace_back(options.positions, x.at());
  }
  return record(rotary_op, operands, RotaryAttrs{options.offset, false});
}

}  // namespace lemnos
