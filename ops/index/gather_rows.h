// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/tensor/tensor.h"

namespace lemnos {

// scatter_add_rows, but index `padding` adds nothing: the gradient of embedding.
Tensor scatter_add_rows(const Operand& updates, const Operand& indices, std::int64_t rows,
                        std::int64_t padding);

// gather_rows, but the rows outside the table and row `padding` are zeros: its gradient.
Tensor gather_rows_or_zeros(const Operand& table, const Operand& indices, std::int64_t padding);

}  // namespace lemnos
