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

// lr: nullopt for the optimizer's own default. Wrong usage: an unknown name, naming the known ones.
std::unique_ptr<Optimizer> make(std::string_view name, Parameters parameters,
                                std::optional<double> lr = std::nullopt);

}  // namespace lemnos::optim
