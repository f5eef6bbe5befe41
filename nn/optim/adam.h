// SPDX-License-Identifier: Apache-2.0
// Adam (Kingma and Ba 2014) and AdamW (Loshchilov and Hutter 2017), as in torch.optim:
//   Adam:  g = gradient + weight_decay * p
//   AdamW: g = gradient;  p = p * (1 - lr * weight_decay)
//   m = beta1 * m + (1 - beta1) * g;  v = beta2 * v + (1 - beta2) * g^2
//   p = p - lr / (1 - beta1^t) * m / (sqrt(v) / sqrt(1 - beta2^t) + eps)
#pragma once

#include "nn/optim/optimizer.h"

namespace lemnos::optim {

struct AdamOptions {
  double lr = 1e-3;
  double beta1 = 0.9, beta2 = 0.999;
  double eps = 1e-8;
  WeightDecay weight_decay = 0;
};

struct AdamWOptions {
  double lr = 1e-3;
  double beta1 = 0.9, beta2 = 0.999;
  double eps = 1e-8;
  WeightDecay weight_decay = 1e-2;
};

class Adam : public Optimizer {
 public:
  explicit Adam(Parameters parameters, AdamOptions options = {});

 protected:
  Adam(std::string_view name, Parameters parameters, AdamOptions options);
  Values update(const Given& old) const override;
  AdamOptions options_;
};

class AdamW : public Adam {
 public:
  explicit AdamW(Parameters parameters, AdamWOptions options = {});

 private:
  Values update(const Given& old) const override;
};

}  // namespace lemnos::optim
