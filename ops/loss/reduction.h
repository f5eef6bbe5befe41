// SPDX-License-Identifier: Apache-2.0
// What the losses share: the check of shapes, and LossOptions::reduce.
#pragma once

#include <string_view>

#include "ops/loss/loss.h"

namespace lemnos {

// Fails, naming both shapes, unless they are equal.
void check_same_shape(std::string_view loss, const Operand& prediction, const Operand& target);

Tensor reduced_loss(const Operand& losses, LossOptions options);

}  // namespace lemnos
