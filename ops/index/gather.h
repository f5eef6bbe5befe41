// SPDX-License-Identifier: Apache-2.0
// What gather_rows and take_batch share: copying rows by index.
#pragma once

#include "runtime/graph/op_def.h"

namespace lemnos {

constexpr std::int64_t no_padding = -1;

struct GatherAttrs {
  std::int64_t batch = 0;  // take_batch only: rows of a whole batch,
  std::int64_t rows = 0;   // and of this one
  std::int32_t zeros = 0;  // rows outside the table are zeros, not NaN, and so is the padding row
  std::int64_t padding = no_padding;  // this row gets no gradient
};

bool is_index(DType type);                       // u32 or i32
std::uint64_t row_elements(const Shape& table);  // product of all sizes but the first
Shape joined(const Shape& a, const Shape& b);    // a's sizes, then b's
Shape row_shape(const Shape& table);             // all sizes but the first
void check_table(const Problem& p);              // has rows; indices are integers

// clocked: input 2 is the clock. Splits tables larger than a binding into ranges of rows.
Lowering lower_gather(const Problem& p, const gpu::Caps& caps, bool clocked);
const char* fits_gather(const Problem& p, const gpu::Caps& caps);

RowSource row_source(const Problem& p, bool clocked);  // OpDef::rows

// Row `row` of the table, or what stands for a missing one, appended to `out`.
void append_row(const Problem& p, const Values& table, double row, Values& out);

}  // namespace lemnos
