// SPDX-License-Identifier: Apache-2.0
// Optimizers by name, for the command line.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "nn/optim/optimizer.h"

namespace lemnos::optim {

// "sgd", "momentum" (0.9), "nesterov" (0.9), "rmsprop", "adagrad", "adam", "adamw".
std::vector<std::string_view> names();

struct Settings {  // nullopt: the optimizer's own default
  std::optional<double> lr;
  std::optional<double> beta1;  // adam's and adamw's; the others have none
  std::optional<WeightDecay> weight_decay;
};

// Wrong usage: an unknown name, naming the known ones, and a setting that it does not have.
std::unique_ptr<Optimizer> make(std::string_view name, Parameters parameters,
                                const Settings& settings = {});

}  // namespace lemnos::optim
