// SPDX-License-Identifier: Apache-2.0
// take_batch: rows order[clock[2] * batch + i] of data, i < rows. No gradient.
#include "ops/index/gather.h"
#include "ops/index/index.h"
#include "runtime/graph/trace.h"

namespace lemnos {
namespace {

TensorType take_shape(const Problem& p) {
  check_table(p);
  const auto attrs = p.attrs.as<GatherAttrs>();
  if (p.in(1).rank() != 1) p.fail("the order is a list of row numbers; it has shape {}", p.in(1));
  if (p.inputs[2].dtype != DType::u32 || p.in(2).elements() < 3)
    p.fail("the clock is u32 words, of which word 2 counts batches; it is {} of {}", p.in(2),
           name_of(p.inputs[2].dtype));
  if (attrs.rows < 1 || attrs.rows > attrs.batch)
    p.fail("{} rows of a batch of {}", attrs.rows, attrs.batch);
  return {p.in(0).with(0, attrs.rows), p.inputs[0].dtype};
}

Lowering lower(const Problem& p, const gpu::Caps& caps) { return lower_gather(p, caps, true); }

void take_reference(const Problem& p, std::span<const Values> in, Values& out) {
  const auto attrs = p.attrs.as<GatherAttrs>();
  const auto rows = static_cast<std::size_t>(attrs.rows);
  const std::size_t start =
      static_cast<std::size_t>(in[2][2]) * static_cast<std::size_t>(attrs.batch);
  out.clear();
  for (std::size_t i = start; i < start + rows; ++i)
    append_row(p, in[0], i < in[1].size() ? in[1][i] : -1, out);
}

std::vector<Sample> take_samples() {
  const auto sample = [](Shape data, std::int64_t order, std::int64_t batch, DType dtype,
                         std::int64_t rows = 0) {
    return Sample{.inputs = {{.shape = data, .dtype = dtype, .low = 0, .high = 200},
                             {.shape = {order},
                              .dtype = DType::u32,
                              .low = 0,
                              .high = static_cast<double>(data[0] - 1)},
                             {.shape = {64}, .dtype = DType::u32, .low = 0, .high = 2}},
                  .attrs = GatherAttrs{.batch = batch, .rows = rows == 0 ? batch : rows},
                  .gradient = false};
  };
  return {sample({1}, 1, 1, DType::f32),      sample({13, 5}, 13, 4, DType::f32),
          sample({13, 28}, 12, 4, DType::u8), sample({13, 4, 4}, 12, 4, DType::u8),
          sample({13, 7}, 13, 3, DType::u8),  sample({13}, 12, 4, DType::u32),
          sample({13}, 12, 4, DType::u8),     sample({13, 5}, 13, 4, DType::f32, 1)};
}

}  // namespace

extern const OpDef take_batch_op;
const OpDef take_batch_op{.name = "take_batch",
                          .shape = take_shape,
                          .lower = lower,
                          .fits = fits_gather,
                          .reference = take_reference,
                          .samples = take_samples,
                          .scale = Scale::exact,
                          .rows = [](const Problem& p) { return row_source(p, true); }};

Tensor take_batch(const Operand& data, const Operand& order, const Operand& clock,
                  std::int64_t batch, std::int64_t rows) {
  return record(take_batch_op, {data, order, clock}, GatherAttrs{.batch = batch, .rows = rows});
}

}  // namespace lemnos
