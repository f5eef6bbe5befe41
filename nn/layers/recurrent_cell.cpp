// SPDX-License-Identifier: Apache-2.0
#include "nn/layers/recurrent_cell.h"

#include "runtime/base/error.h"

namespace lemnos::nn {
namespace {

std::variant<Lstm, Gru, Rnn> make(std::string_view cell, const RecurrentLayers::Options& options) {
  if (cell == "lstm") return Lstm(options);
  if (cell == "gru") return Gru(options);
  if (cell == "rnn") return Rnn(options);
  fail_usage("--cell is lstm, gru or rnn, not '{}'", cell);
}

LstmResult as_lstm(LstmResult result) { return result; }
template <class Result>
LstmResult as_lstm(Result result) {
  return {result.h, result.h_n, {}};
}

}  // namespace

RecurrentCell::RecurrentCell(std::string_view cell, const RecurrentLayers::Options& options)
    : layers_(make(cell, options)) {}

LstmResult RecurrentCell::operator()(const Operand& x, const RecurrentLayers::Call& call) const {
  return std::visit([&](const auto& layers) { return as_lstm(layers(x, call)); }, layers_);
}

}  // namespace lemnos::nn
