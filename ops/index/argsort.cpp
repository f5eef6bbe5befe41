// SPDX-License-Identifier: Apache-2.0
// argsort(x): positions that sort rows, and the same counted in all of x, with which top_k gathers
// its values. No gradient.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "ops/index/index.h"
#include "ops/reduce/lines.h"
#include "ops/shape/shape.h"
#include "runtime/graph/graph.h"
#include "runtime/graph/trace.h"
#include "shaders/index/argsort_params.h"

namespace lemnos {
namespace {

struct ArgsortAttrs {
  std::int64_t kept = 0;  // the first so many of each row
  bool descending = false;
};

constexpr std::uint64_t pair_bytes = 16;            // of scratch memory for an element
constexpr std::uint64_t most_scratch = 1ull << 26;  // unless one row needs more

Lines rows_of(const Problem& p) { return lines_along(p.in(0), p.in(0).rank() - 1); }

std::vector<TensorType> argsort_parts(const Problem& p) {
  if (p.inputs[0].dtype != DType::f32)
    p.fail("sorts f32, not {}; cast first", name_of(p.inputs[0].dtype));
  if (p.in(0).rank() < 1) p.fail("sorts along an axis; x is a scalar");
  const std::int64_t kept = p.attrs.as<ArgsortAttrs>().kept;
  if (kept < 1 || kept > p.in(0)[-1]) p.fail("{} of rows of x {}", kept, p.in(0));
  const TensorType type{p.in(0).with(p.in(0).rank() - 1, kept), DType::u32};
  return {type, type};
}

TensorType argsort_shape(const Problem& p) { return flat_type(argsort_parts(p)); }

Lowering lower(const Problem& p, const gpu::Caps& caps) {
  const auto [kept, descending] = p.attrs.as<ArgsortAttrs>();
  const Lines rows = rows_of(p);
  const auto parts = argsort_parts(p);
  const auto width = static_cast<std::uint32_t>(rows.length);
  const auto count = static_cast<std::uint32_t>(kept);
  const std::uint64_t room = std::min(caps.max_storage_buffer_range, most_scratch);
  const std::uint64_t step = std::clamp<std::uint64_t>(
      room / (width * pair_bytes), 1, std::min<std::uint64_t>(rows.outer, caps.max_groups[0]));
  const std::uint64_t run = (width + 127) / 128 + 8;
  const auto part = [&](std::size_t i, std::uint64_t first, std::uint64_t many) {
    const auto offset = static_cast<std::uint64_t>(pack_offset(parts, i)) * 4;
    return part_of(result(0, offset), first * count, many * count);
  };
  Lowering lowering{.dispatches = {}, .scratch_bytes = {step * width * pair_bytes}};
  for (std::uint64_t first = 0; first < rows.outer; first += step) {
    const std::uint64_t many = std::min(step, rows.outer - first);
    const BindingPart x = part_of(input(0), first * width, many * width);
    const BindingPart order = part(0, first, many);
    lowering.dispatches.push_back(
        {.shader = &shader(Kernel::argsort),
         .specialization = {descending},
         .bindings = {x.binding, scratch(0), order.binding, part(1, first, many).binding},
         .push = kernels::ArgsortParams{width, count, static_cast<std::uint32_t>(first), x.base,
                                        order.base},
         .groups = {static_cast<std::uint32_t>(many), 1, 1},
         .loop_turns = 8 * (4 * run + 88) + run});
  }
  return lowering;
}

const char* fits(const Problem& p, const gpu::Caps& caps) {
  const std::uint64_t width = rows_of(p).length;
  if (width * pair_bytes > caps.max_storage_buffer_range)
    return "a row takes more memory to sort than one binding of this device";
  if (caps.max_loop_turns != 0 && width / 128 * 33 + 2000 > caps.max_loop_turns)
    return "a row is longer than the loops of this driver may be";
  return nullptr;
}

void argsort_reference(const Problem& p, std::span<const Values> in, Values& out) {
  const auto [kept, descending] = p.attrs.as<ArgsortAttrs>();
  const Lines rows = rows_of(p);
  const auto count = static_cast<std::size_t>(kept);
  const auto places = static_cast<std::size_t>(pack_offset(argsort_parts(p), 1));
  out.assign(static_cast<std::size_t>(p.out().elements()), 0.0);
  std::vector<std::size_t> order(rows.length);
  for (std::size_t r = 0; r < rows.outer; ++r) {
    const double* x = in[0].data() + r * rows.length;
    const auto less = [&](std::size_t a, std::size_t b) {
      return x[a] < x[b] || (std::isnan(x[b]) && !std::isnan(x[a]));
    };
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return descending ? less(b, a) : less(a, b);
    });
    for (std::size_t i = 0; i < count; ++i) {
      out[r * count + i] = static_cast<double>(order[i]);
      out[places + r * count + i] = static_cast<double>(r * rows.length + order[i]);
    }
  }
}

std::vector<Sample> argsort_samples() {
  const auto sample = [](Shape shape, std::int64_t kept, bool descending, bool ties) {
    return Sample{.inputs = {{.shape = shape, .low = -9, .high = 9, .whole = ties}},
                  .attrs = ArgsortAttrs{kept, descending},
                  .gradient = false};
  };
  return {sample({1}, 1, false, false),          sample({3, 7}, 7, false, true),
          sample({2, 5, 131}, 11, true, true),   sample({300, 4}, 4, true, false),
          sample({2, 5000}, 5000, false, false), sample({1, 65537}, 50, true, true)};
}

}  // namespace

extern const OpDef argsort_op;
const OpDef argsort_op{.name = "argsort",
                       .shape = argsort_shape,
                       .parts = argsort_parts,
                       .lower = lower,
                       .fits = fits,
                       .reference = argsort_reference,
                       .samples = argsort_samples,
                       .scale = Scale::exact};

Tensor argsort(const Operand& x, int axis, bool descending) {
  const int rank = x.shape().rank(), along = axis < 0 ? axis + rank : axis;
  if (along < 0 || along >= rank)
    fail_at(x.at(), "argsort: axis {} of a tensor of shape {}", axis, x.shape());
  std::vector<int> swapped(static_cast<std::size_t>(rank));
  std::iota(swapped.begin(), swapped.end(), 0);
  std::swap(swapped.back(), swapped[static_cast<std::size_t>(along)]);
  const bool moved = along != rank - 1;
  const Operand rows = moved ? Operand(transpose(x, std::span<const int>(swapped)), x.at()) : x;
  const ArgsortAttrs attrs{rows.shape()[-1], descending};
  const Tensor order = record_parts(argsort_op, {rows}, attrs)[0];
  return moved ? transpose(order, std::span<const int>(swapped)) : order;
}

TopK top_k(const Operand& x, std::int64_t k) {
  if (x.shape().rank() < 1 || k < 1 || k > x.shape()[-1])
    fail_at(x.at(), "top_k: the {} largest along the last axis of x {}", k, x.shape());
  const auto parts = record_parts(argsort_op, {x}, ArgsortAttrs{k, true});
  const Tensor flat = reshape(x, Shape{x.shape().elements()});
  return {gather_rows(flat, parts[1]), parts[0]};
}

}  // namespace lemnos
