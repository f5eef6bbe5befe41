// SPDX-License-Identifier: Apache-2.0
// put_batch: rows clock[2] * batch + i of all become values[i]. No gradient.
#include <algorithm>

#include "ops/index/gather.h"
#include "ops/index/index.h"
#include "ops/reduce/lines.h"
#include "runtime/graph/trace.h"
#include "shaders/index/put_batch_params.h"

namespace lemnos {
namespace {

struct PutAttrs {
  std::int64_t batch = 0;
};

TensorType put_shape(const Problem& p) {
  const Shape &all = p.in(0), &values = p.in(1);
  const std::int64_t batch = p.attrs.as<PutAttrs>().batch;
  if (p.inputs[0].dtype != DType::f32 || p.inputs[1].dtype != DType::f32)
    p.fail("takes f32, not {} and {}", name_of(p.inputs[0].dtype), name_of(p.inputs[1].dtype));
  if (all.rank() < 1 || values.rank() < 1 || !(row_shape(all) == row_shape(values)))
    p.fail("rows of {} are not like those of {}", values, all);
  if (values[0] > batch) p.fail("{} rows of a batch of {}", values[0], batch);
  if (p.inputs[2].dtype != DType::u32 || p.in(2).elements() < 3)
    p.fail("the clock is u32 words, of which word 2 counts batches; it is {} of {}", p.in(2),
           name_of(p.inputs[2].dtype));
  return p.inputs[0];
}

// One dispatch for each part of the result that is as large as a binding can be.
Lowering lower(const Problem& p, const gpu::Caps& caps) {
  const auto count = static_cast<std::uint32_t>(p.in(1).elements());
  const auto all = static_cast<std::uint64_t>(p.out().elements());
  const auto batch = static_cast<std::uint64_t>(p.attrs.as<PutAttrs>().batch);
  const std::uint64_t most = caps.max_storage_buffer_range / 4 - 64;
  const std::uint32_t lanes = flat_lanes(caps);
  const Grid grid = grid_for(caps, count, lanes);
  Lowering lowering;
  for (std::uint64_t first = 0; first < all; first += most) {
    const BindingPart part = part_of(result(), first, std::min(most, all - first));
    lowering.dispatches.push_back(
        {.shader = &shader(Kernel::put_batch),
         .specialization = {lanes},
         .bindings = {input(1), input(2), part.binding},
         .push =
             kernels::PutBatchParams{
                 .count = count,
                 .stride = static_cast<std::uint32_t>(batch * row_elements(p.in(0))),
                 .first = static_cast<std::uint32_t>(first),
                 .bound = static_cast<std::uint32_t>(std::min(most, all - first)),
                 .base = static_cast<std::uint32_t>(part.base),
                 .turns = grid.turns},
         .groups = {grid.groups, 1, 1},
         .loop_turns = grid.turns});
  }
  return lowering;
}

const char* fits(const Problem& p, const gpu::Caps& caps) {
  if (static_cast<std::uint64_t>(p.in(1).elements()) > caps.max_storage_buffer_range / 4)
    return "the rows of a batch are larger than a storage-buffer binding of this device";
  if (p.out().elements() >= std::int64_t{1} << 31)
    return "all rows together have more than 2^31 elements";
  return nullptr;
}

void put_reference(const Problem& p, std::span<const Values> in, Values& out) {
  out = in[0];
  const auto start = static_cast<std::uint64_t>(in[2][2]) *
                     static_cast<std::uint64_t>(p.attrs.as<PutAttrs>().batch) *
                     row_elements(p.in(0));
  for (std::size_t i = 0; i < in[1].size() && start + i < out.size(); ++i)
    out[start + i] = in[1][i];
}

std::vector<Sample> put_samples() {
  const auto sample = [](Shape all, std::int64_t rows, std::int64_t batch) {
    return Sample{.inputs = {{.shape = all},
                             {.shape = all.with(0, rows)},
                             {.shape = {64}, .dtype = DType::u32, .low = 0, .high = 3}},
                  .attrs = PutAttrs{batch},
                  .gradient = false};
  };
  return {sample({1}, 1, 1), sample({13, 5}, 4, 4), sample({13, 5}, 1, 4), sample({13, 2, 3}, 3, 7),
          sample({300, 301}, 128, 128)};
}

}  // namespace

extern const OpDef put_batch_op;
const OpDef put_batch_op{.name = "put_batch",
                         .shape = put_shape,
                         .lower = lower,
                         .fits = fits,
                         .reference = put_reference,
                         .samples = put_samples,
                         .scale = Scale::exact,
                         .in_place = 0};

Tensor put_batch(const Operand& all, const Operand& values, const Operand& clock,
                 std::int64_t batch) {
  return record(put_batch_op, {all, values, clock}, PutAttrs{batch});
}

}  // namespace lemnos
