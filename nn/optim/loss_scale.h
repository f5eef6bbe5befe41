// SPDX-License-Identifier: Apache-2.0
// A loss scale that finds itself (Micikevicius et al. 2017, section 3.2): gradients in f16 are
// those of the loss times a power of two, so that small ones do not vanish. It is halved where an
// update was skipped, because something was too large, and doubled after 2000 updates in a row, as
// torch.cuda.amp.GradScaler does; on the device, without reading anything back.
#pragma once

#include <cstdint>

#include "runtime/tensor/tensor.h"

namespace lemnos::optim {

class LossScale {
 public:
  // first: rounded to a power of two. growth: updates in a row before it doubles.
  explicit LossScale(double first = 65536, std::int64_t growth = 2000);

  // States of one element each, for a checkpoint.
  const Tensor& value() const { return value_; }
  const Tensor& updates() const { return updates_; }  // made since it changed

  // Records what becomes of it. ok: 1 where the update was made, 0 where it was skipped.
  void update(const Tensor& ok) const;

 private:
  Tensor value_, updates_;
  std::int64_t growth_;
};

}  // namespace lemnos::optim
