// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/tensor/tensor.h"

namespace lemnos {

// gather_rows, but rows outside the table are zeros: the gradient of scatter_add_rows.
Tensor gather_rows_or_zeros(const Operand& table, const Operand& indices);

}  // namespace lemnos
