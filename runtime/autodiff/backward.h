// SPDX-License-Identifier: Apache-2.0
// Reverse-mode differentiation: gradients are recorded as more nodes of the same trace.
#pragma once

#include <span>
#include <vector>

#include "runtime/tensor/tensor.h"

namespace lemnos {

// d loss / d each of `with_respect_to`, which are states (their latest version) or recorded values.
// loss must have one element. Where the loss does not depend on a tensor, its gradient is zeros.
// Gradients are values like any other: differentiate them again for second derivatives.
std::vector<Tensor> grad(const Operand& loss, std::span<const Tensor> with_respect_to);

}  // namespace lemnos
