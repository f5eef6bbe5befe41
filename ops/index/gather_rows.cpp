// SPDX-License-Identifier: Apache-2.0
// gather_rows(table, indices): rows of the table. Gradient: scatter_add_rows of dy.
#include "ops/index/gather_rows.h"

#include "ops/index/gather.h"
#include "ops/index/index.h"
#include "runtime/graph/trace.h"

namespace lemnos {
namespace {

TensorType gather_shape(const Problem& p) {
  check_table(p);
  return {joined(p.in(1), row_shape(p.in(0))), p.inputs[0].dtype};
}

std::vector<Tensor> gather_gradient(const Adjoint& a) {
  if (a.in(0).dtype() != DType::f32) return {{}, {}};
  const std::int64_t padding = a.attrs.as<GatherAttrs>().padding;
  return {scatter_add_rows(a.dresult, a.in(1), a.in(0).size(0), padding), {}};
}

Lowering lower(const Problem& p, const gpu::Caps& caps) { return lower_gather(p, caps, false); }

void gather_reference(const Problem& p, std::span<const Values> in, Values& out) {
  out.clear();
  for (const double row : in[1]) append_row(p, in[0], row, out);
}

std::vector<Sample> gather_samples() {
  const auto sample = [](Shape table, Shape indices, DType dtype = DType::f32) {
    const bool real = dtype == DType::f32;
    return Sample{.inputs = {{.shape = table,
                              .dtype = dtype,
                              .low = real ? -2. : 0.,
                              .high = real ? 2. : 200.},
                             {.shape = indices,
                              .dtype = DType::u32,
                              .low = 0,
                              .high = static_cast<double>(table[0] - 1)}},
                  .attrs = GatherAttrs{},
                  .gradient = real && table.elements() < 1000};
  };
  Sample signed_indices = sample({7, 3}, {11});
  signed_indices.inputs[1].dtype = DType::i32;
  Sample padded = sample({5, 3}, {17});
  padded.attrs = GatherAttrs{.zeros = 1, .padding = 2};
  return {sample({1}, {1}),
          signed_indices,
          sample({13, 8}, {2, 5}),
          padded,
          sample({5, 3, 2}, {}),
          sample({70001, 4}, {300}),
          sample({9, 12}, {7}, DType::u32),
          sample({9, 28}, {7}, DType::u8),
          sample({9, 16}, {7}, DType::u8),
          sample({9, 7}, {5}, DType::u8),
          sample({9, 1}, {7}, DType::u8)};
}

}  // namespace

extern const OpDef gather_rows_op;
const OpDef gather_rows_op{.name = "gather_rows",
                           .shape = gather_shape,
                           .gradient = gather_gradient,
                           .lower = lower,
                           .fits = fits_gather,
                           .reference = gather_reference,
                           .samples = gather_samples,
                           .scale = Scale::exact,
                           .rows = [](const Problem& p) { return row_source(p, false); }};

Tensor gather_rows(const Operand& table, const Operand& indices) {
  return record(gather_rows_op, {table, indices}, GatherAttrs{});
}

Tensor gather_rows_or_zeros(const Operand& table, const Operand& indices, std::int64_t padding) {
  return record(gather_rows_op, {table, indices}, GatherAttrs{.zeros = 1, .padding = padding});
}

Tensor embedding(const Operand& table, const Operand& ids, EmbeddingOptions options) {
  if (table.shape().rank() != 2)
    fail_at(table.at(), "embedding: a table is [V, width], not {}", table.shape());
  const std::int64_t padding = options.padding.value_or(no_padding);
  if (options.padding && (padding < 0 || padding >= table.shape()[0]))
    fail_at(table.at(), "embedding: padding id {} is no row of the table {}", padding,
            table.shape());
  return record(gather_rows_op, {table, ids}, GatherAttrs{.padding = padding});
}

}  // namespace lemnos
