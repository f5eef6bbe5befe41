// SPDX-License-Identifier: Apache-2.0
#include "nn/module.h"

#include <algorithm>

#include "runtime/base/error.h"

namespace lemnos::nn::detail {

void add_parameter(Parameters& found, const std::string& name, const Tensor& tensor, bool trained) {
  if (!tensor) return;
  if (!tensor.state())
    fail_usage("{}: a module's Tensor must be a parameter, not a value computed in a function",
               name);
  const bool known = std::ranges::any_of(
      found, [&](const Parameter& other) { return other.tensor.state() == tensor.state(); });
  if (!known) found.push_back({name, tensor, trained});
}

std::string_view next_name(std::string_view& names) {
  const std::size_t comma = names.find(',');
  std::string_view name = names.substr(0, comma);
  names = comma == std::string_view::npos ? "" : names.substr(comma + 1);
  name.remove_prefix(std::min(name.find_first_not_of(' '), name.size()));
  while (!name.empty() && name.back() == ' ') name.remove_suffix(1);
  return name;
}

}  // namespace lemnos::nn::detail
