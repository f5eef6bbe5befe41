// SPDX-License-Identifier: Apache-2.0
// Rows of tables by index, and back. Indices are u32 or i32.
//
// An index outside the table is no error, as it is known only on the device: reading such a row
// gives NaN (f32) or zeros (integers), and adding to it does nothing.
#pragma once

#include "runtime/tensor/tensor.h"

namespace lemnos {

// Rows of table [V, ...] at indices [n...]: [n..., ...]. Any element type. Gradient to the table:
// scatter_add_rows.
Tensor gather_rows(const Operand& table, const Operand& indices);

// [rows, ...] f32, zero but for updates [n..., ...] added into rows indices [n...]. Rows named
// several times are summed in the order of the indices, so the result is the same every time. Costs
// a sort of the indices by one workgroup, and as much time as the most frequent index occurs.
Tensor scatter_add_rows(const Operand& updates, const Operand& indices, std::int64_t rows);

// f32 [n..., classes]: 1 at each index, else 0. No gradient.
Tensor one_hot(const Operand& indices, std::int64_t classes);

// The present batch of a data set: rows order[clock[2] * batch + i] of data, i < rows. order: u32
// [n], an epoch's shuffle; clock: the step counter of the trace (Trace::clock), whose word 2 counts
// batches done; rows: batch, or fewer in the last one. Beyond the end of order: as an index outside
// the table. No gradient.
Tensor take_batch(const Operand& data, const Operand& order, const Operand& clock,
                  std::int64_t batch, std::int64_t rows);

}  // namespace lemnos
