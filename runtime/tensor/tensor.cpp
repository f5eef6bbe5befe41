// SPDX-License-Identifier: Apache-2.0
#include "runtime/tensor/tensor.h"

#include "runtime/tensor/storage.h"

namespace lemnos {

Tensor::Tensor(std::shared_ptr<State> state)
    : shape_(state->shape), dtype_(state->dtype), state_(std::move(state)) {}

}  // namespace lemnos
