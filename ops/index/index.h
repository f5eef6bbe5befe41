// SPDX-License-Identifier: Apache-2.0
// Rows of tables by index, and back. Indices are u32 or i32.
//
// An index outside the table is no error, as it is known only on the device: reading such a row
// gives NaN (f32) or zeros (integers), and adding to it does nothing.
#pragma once

#include <optional>

#include "runtime/tensor/tensor.h"

namespace lemnos {

// Rows of table [V, ...] at indices [n...]: [n..., ...]. Any element type. Gradient to the table:
// scatter_add_rows.
Tensor gather_rows(const Operand& table, const Operand& indices);

// [rows, ...] f32, zero but for updates [n..., ...] added into rows indices [n...]. Rows named
// several times are summed in the order of the indices, so the result is the same every time. Costs
// a sort of the indices by one workgroup, and reading the updates once.
Tensor scatter_add_rows(const Operand& updates, const Operand& indices, std::int64_t rows);

// gather_rows of a table [V, width] of one vector for each token. A padding id's row gets no
// gradient: it stays what it is (PyTorch's padding_idx).
struct EmbeddingOptions {
  std::optional<std::int64_t> padding = {};
};
Tensor embedding(const Operand& table, const Operand& ids, EmbeddingOptions options = {});

// Positions (u32, the shape of x) that sort x along one axis. Stable: equal values keep their
// order. NaN counts as larger than infinity, -0 as equal to 0. A radix sort, one workgroup for each
// line. No gradient.
Tensor argsort(const Operand& x, int axis = -1, bool descending = false);

// The k largest values along the last axis in descending order, [..., k], and their positions
// (u32); of equal values the lower position comes first, NaN before infinity. Gradient: to the
// chosen elements.
struct TopK {
  Tensor values, indices;
};
TopK top_k(const Operand& x, std::int64_t k);

// f32 [n..., classes]: 1 at each index, else 0. No gradient.
Tensor one_hot(const Operand& indices, std::int64_t classes);

// The present batch of a data set: rows order[clock[2] * batch + i] of data, i < rows. order: u32
// [n], an epoch's shuffle; clock: the step counter of the trace (Trace::clock), whose word 2 counts
// batches done; rows: batch, or fewer in the last one. Beyond the end of order: as an index outside
// the table. No gradient.
Tensor take_batch(const Operand& data, const Operand& order, const Operand& clock,
                  std::int64_t batch, std::int64_t rows);

// all f32 [n, ...], where rows clock[2] * batch + i have become values [rows, ...], i < rows <=
// batch: what came of the batch that take_batch took. Rows beyond the end are left out. Written
// into the memory of `all` where that is a state. No gradient.
Tensor put_batch(const Operand& all, const Operand& values, const Operand& clock,
                 std::int64_t batch);

}  // namespace lemnos
