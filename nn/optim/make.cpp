// SPDX-License-Identifier: Apache-2.0
#include "nn/optim/make.h"

#include <fmt/ranges.h>

#include "nn/optim/adagrad.h"
#include "nn/optim/adam.h"
#include "nn/optim/rmsprop.h"
#include "nn/optim/sgd.h"
#include "runtime/base/error.h"

namespace lemnos::optim {
namespace {

using Made = std::unique_ptr<Optimizer>;

template <class Kind, class Options>
Made made(Parameters parameters, std::optional<double> lr, Options options) {
  options.lr = lr.value_or(options.lr);
  return std::make_unique<Kind>(std::move(parameters), options);
}

struct Named {
  std::string_view name;
  Made (*make)(Parameters, std::optional<double>);
};
constexpr Named optimizers[] = {
    {"sgd", [](Parameters p, std::optional<double> lr) { return made<Sgd>(p, lr, SgdOptions{}); }},
    {"momentum",
     [](Parameters p, std::optional<double> lr) {
       return made<Sgd>(p, lr, SgdOptions{.momentum = 0.9});
     }},
    {"nesterov",
     [](Parameters p, std::optional<double> lr) {
       return made<Sgd>(p, lr, SgdOptions{.momentum = 0.9, .nesterov = true});
     }},
    {"rmsprop",
     [](Parameters p, std::optional<double> lr) { return made<Rmsprop>(p, lr, RmspropOptions{}); }},
    {"adagrad",
     [](Parameters p, std::optional<double> lr) { return made<Adagrad>(p, lr, AdagradOptions{}); }},
    {"adam",
     [](Parameters p, std::optional<double> lr) { return made<Adam>(p, lr, AdamOptions{}); }},
    {"adamw",
     [](Parameters p, std::optional<double> lr) { return made<AdamW>(p, lr, AdamWOptions{}); }},
};

}  // namespace

std::vector<std::string_view> names() {
  std::vector<std::string_view> all;
  for (const Named& each : optimizers) all.push_back(each.name);
  return all;
}

std::unique_ptr<Optimizer> make(std::string_view name, Parameters parameters,
                                std::optional<double> lr) {
  for (const Named& each : optimizers)
    if (each.name == name) return each.make(std::move(parameters), lr);
  fail_usage("there is no optimizer \"{}\"; there are {}", name, fmt::join(names(), ", "));
}

}  // namespace lemnos::optim
