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
Made made(Parameters parameters, const Settings& settings, Options options) {
  options.lr = settings.lr.value_or(options.lr);
  options.weight_decay = settings.weight_decay.value_or(options.weight_decay);
  if constexpr (requires { options.beta1; }) {
    options.beta1 = settings.beta1.value_or(options.beta1);
  } else if (settings.beta1) {
    fail_usage("beta1 is for adam and adamw; this optimizer has none");
  }
  return std::make_unique<Kind>(std::move(parameters), options);
}

struct Named {
  std::string_view name;
  Made (*make)(Parameters, const Settings&);
};
constexpr Named optimizers[] = {
    {"sgd", [](Parameters p, const Settings& s) { return made<Sgd>(p, s, SgdOptions{}); }},
    {"momentum",
     [](Parameters p, const Settings& s) { return made<Sgd>(p, s, SgdOptions{.momentum = 0.9}); }},
    {"nesterov",
     [](Parameters p, const Settings& s) {
       return made<Sgd>(p, s, SgdOptions{.momentum = 0.9, .nesterov = true});
     }},
    {"rmsprop",
     [](Parameters p, const Settings& s) { return made<Rmsprop>(p, s, RmspropOptions{}); }},
    {"adagrad",
     [](Parameters p, const Settings& s) { return made<Adagrad>(p, s, AdagradOptions{}); }},
    {"adam", [](Parameters p, const Settings& s) { return made<Adam>(p, s, AdamOptions{}); }},
    {"adamw", [](Parameters p, const Settings& s) { return made<AdamW>(p, s, AdamWOptions{}); }},
};

}  // namespace

std::vector<std::string_view> names() {
  std::vector<std::string_view> all;
  for (const Named& each : optimizers) all.push_back(each.name);
  return all;
}

std::unique_ptr<Optimizer> make(std::string_view name, Parameters parameters,
                                const Settings& settings) {
  for (const Named& each : optimizers)
    if (each.name == name) return each.make(std::move(parameters), settings);
  fail_usage("there is no optimizer \"{}\"; there are {}", name, fmt::join(names(), ", "));
}

}  // namespace lemnos::optim
