// SPDX-License-Identifier: Apache-2.0
// RMSprop (Tieleman and Hinton 2012; as torch.optim.RMSprop):
//   g = gradient + weight_decay * p;  s = alpha * s + (1 - alpha) * g^2;
//   p = p - lr * g / (sqrt(s) + eps)
#pragma once

#include "nn/optim/optimizer.h"

namespace lemnos::optim {

struct RmspropOptions {
  double lr = 1e-2;
  double alpha = 0.99;
  double eps = 1e-8;
  WeightDecay weight_decay = 0;
};

class Rmsprop : public Optimizer {
 public:
  explicit Rmsprop(Parameters parameters, RmspropOptions options = {});

 private:
  Values update(const Given& old) const override;
  RmspropOptions options_;
};

}  // namespace lemnos::optim
