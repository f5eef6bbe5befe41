// SPDX-License-Identifier: Apache-2.0
#include "viewer/panels/op_family.h"

#include <algorithm>
#include <utility>

#include "runtime/graph/op_def.h"
#include "viewer/theme.h"

namespace lemnos::viewer {
namespace {

constexpr std::array<std::pair<std::string_view, OpFamily>, 22> beginnings{{
    {"matmul", OpFamily::matmul},         {"conv", OpFamily::convolution},
    {"attention", OpFamily::attention},   {"lstm", OpFamily::recurrent},
    {"gru", OpFamily::recurrent},         {"rnn", OpFamily::recurrent},
    {"sum", OpFamily::reduction},         {"mean", OpFamily::reduction},
    {"moments", OpFamily::reduction},     {"max", OpFamily::reduction},
    {"min", OpFamily::reduction},         {"argmax", OpFamily::reduction},
    {"argmin", OpFamily::reduction},      {"softmax", OpFamily::reduction},
    {"log_softmax", OpFamily::reduction}, {"layer_norm", OpFamily::reduction},
    {"rms_norm", OpFamily::reduction},    {"cross_entropy", OpFamily::reduction},
    {"avg_pool", OpFamily::reduction},    {"uniform", OpFamily::random},
    {"normal", OpFamily::random},         {"bernoulli", OpFamily::random},
}};

bool is_pointwise(std::string_view name) {
  const auto ops = all_ops();
  const auto found = std::ranges::find(ops, name, &OpDef::name);
  return found != ops.end() && (*found)->kind == Kind::pointwise && (*found)->expression != "a";
}

OpFamily family_of_one(std::string_view name) {
  if (is_pointwise(name)) return OpFamily::pointwise;
  for (const auto& [beginning, family] : beginnings)
    if (name.starts_with(beginning)) return family;
  return OpFamily::movement;
}

}  // namespace

OpFamily family_of(std::string_view chain) {
  chain = chain.substr(0, chain.find(' '));
  OpFamily heaviest = OpFamily::movement;
  while (!chain.empty()) {
    const std::size_t end = std::min(chain.find('+'), chain.size());
    heaviest = std::min(heaviest, family_of_one(chain.substr(0, end)));
    chain.remove_prefix(std::min(end + 1, chain.size()));
  }
  return heaviest;
}

std::string_view name_of(OpFamily family) {
  constexpr std::array<std::string_view, op_families> names{"matmul",    "convolution", "attention",
                                                            "recurrent", "pointwise",   "reduction",
                                                            "random",    "movement"};
  return names[static_cast<std::size_t>(family)];
}

ImU32 color_of(OpFamily family) { return theme().series[static_cast<std::size_t>(family)]; }

}  // namespace lemnos::viewer
