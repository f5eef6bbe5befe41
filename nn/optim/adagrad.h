// SPDX-License-Identifier: Apache-2.0
// Adagrad (Duchi, Hazan, Singer 2011; as torch.optim.Adagrad):
//   g = gradient + weight_decay * p;  s = s + g^2;  p = p - lr * g / (sqrt(s) + eps)
#pragma once

#include "nn/optim/optimizer.h"

namespace lemnos::optim {

struct AdagradOptions {
  double lr = 1e-2;
  double eps = 1e-10;
  WeightDecay weight_decay = 0;
};

class Adagrad : public Optimizer {
 public:
  explicit Adagrad(Parameters parameters, AdagradOptions options = {});

 private:
  Values update(const Given& old) const override;
  AdagradOptions options_;
};

}  // namespace lemnos::optim
