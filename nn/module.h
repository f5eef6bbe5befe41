// SPDX-License-Identifier: Apache-2.0
// Modules: plain structs that name their parts once.
//
//   struct Block {
//     nn::Linear first{{.in = 8, .out = 32}}, second{{.in = 32, .out = 8}};
//     LEMNOS_FIELDS(first, second)
//     Tensor operator()(const Operand& x) const { return second(relu(first(x))); }
//   };
//
// A part is a Tensor (a parameter; an empty one is left out), a Statistic, a module, or a
// std::vector or std::array of parts. Copying a module copies handles: the copy has the same
// parameters.
#pragma once

#include <array>
#include <concepts>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/tensor/storage.h"
#include "runtime/tensor/tensor.h"

namespace lemnos {

struct Parameter {
  std::string name;  // "conv1.weight", "blocks.2.bias"
  Tensor tensor;
  bool trained = true;  // by its gradient; else a Statistic
};

namespace nn {

// A state that is saved with the parameters, but that the module itself keeps as it trains, without
// a gradient: a running mean.
struct Statistic {
  Tensor tensor;
};

}  // namespace nn

namespace nn::detail {

using Parameters = std::vector<Parameter>;

// Adds a parameter, unless its state is there already: a shared weight counts once, under the first
// of its names. Fails for a tensor that is no state.
void add_parameter(Parameters& found, const std::string& name, const Tensor& tensor,
                   bool trained = true);

// Takes the first name off a list "a, b, c".
std::string_view next_name(std::string_view& names);

template <class T>
concept Module = requires(const T& module, Parameters& found) {
  module.add_parameters(found, std::string());
};

template <class T>
void add_part(Parameters& found, const std::string& name, const T& part);

template <class Parts>
void add_parts(Parameters& found, const std::string& name, const Parts& parts) {
  for (std::size_t i = 0; i < parts.size(); ++i)
    add_part(found, name + "." + std::to_string(i), parts[i]);
}
template <class T>
void add_list(Parameters& found, const std::string& name, const std::vector<T>& parts) {
  add_parts(found, name, parts);
}
template <class T, std::size_t n>
void add_list(Parameters& found, const std::string& name, const std::array<T, n>& parts) {
  add_parts(found, name, parts);
}

template <class T>
void add_part(Parameters& found, const std::string& name, const T& part) {
  if constexpr (std::same_as<T, Tensor>) {
    add_parameter(found, name, part);
  } else if constexpr (std::same_as<T, Statistic>) {
    add_parameter(found, name, part.tensor, false);
  } else if constexpr (Module<T>) {
    part.add_parameters(found, name + ".");
  } else {
    add_list(found, name, part);  // neither a Tensor, nor a module, nor a list of them?
  }
}

template <class... Parts>
void add_fields(Parameters& found, const std::string& prefix,
                [[maybe_unused]] std::string_view names, const Parts&... parts) {
  (add_part(found, prefix + std::string(next_name(names)), parts), ...);
}

}  // namespace nn::detail

// Names a module's parts, in the order in which they are saved and optimised. Empty for a module
// without parameters.
#define LEMNOS_FIELDS(...)                                                             \
  void add_parameters([[maybe_unused]] ::lemnos::nn::detail::Parameters& lemnos_found, \
                      [[maybe_unused]] const std::string& lemnos_prefix) const {       \
    ::lemnos::nn::detail::add_fields(lemnos_found, lemnos_prefix,                      \
                                     #__VA_ARGS__ __VA_OPT__(, ) __VA_ARGS__);         \
  }

template <nn::detail::Module M>
std::vector<Parameter> named_parameters(const M& module) {
  std::vector<Parameter> found;
  module.add_parameters(found, "");
  return found;
}

// Those that are trained, without names: for grad(loss, parameters(model)).
template <nn::detail::Module M>
std::vector<Tensor> parameters(const M& module) {
  std::vector<Tensor> tensors;
  for (Parameter& parameter : named_parameters(module))
    if (parameter.trained) tensors.push_back(std::move(parameter.tensor));
  return tensors;
}

}  // namespace lemnos
