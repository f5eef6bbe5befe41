// SPDX-License-Identifier: Apache-2.0
// Recurrent layers whose cell is chosen by name, as configurations do; in a program, Lstm, Gru or
// Rnn says it all.
#pragma once

#include <string_view>
#include <variant>

#include "nn/layers/gru.h"
#include "nn/layers/lstm.h"
#include "nn/layers/rnn.h"

namespace lemnos::nn {

class RecurrentCell {
 public:
  // "lstm", "gru" or "rnn" (with tanh). Wrong usage: another name.
  RecurrentCell(std::string_view cell, const RecurrentLayers::Options& options);

  // c_n is empty but for lstm, and call.c0 is not looked at.
  LstmResult operator()(const Operand& x, const RecurrentLayers::Call& call = {}) const;

  void add_parameters(std::vector<Parameter>& found, const std::string& prefix) const {
    std::visit([&](const auto& layers) { layers.add_parameters(found, prefix); }, layers_);
  }

 private:
  std::variant<Lstm, Gru, Rnn> layers_;
};

}  // namespace lemnos::nn
