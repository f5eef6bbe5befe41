// SPDX-License-Identifier: Apache-2.0
// Stochastic gradient descent, plain, with momentum, or with Nesterov's (as torch.optim.SGD):
//   g = gradient + weight_decay * p;  b = momentum * b + g;
//   p = p - lr * (nesterov ? g + momentum * b : b)
#pragma once

#include "nn/optim/optimizer.h"

namespace lemnos::optim {

struct SgdOptions {
  double lr = 1e-2;
  double momentum = 0;  // in [0, 1)
  bool nesterov = false;
  WeightDecay weight_decay = 0;
};

class Sgd : public Optimizer {
 public:
  explicit Sgd(Parameters parameters, SgdOptions options = {});

 private:
  Values update(const Given& old) const override;
  SgdOptions options_;
};

}  // namespace lemnos::optim
