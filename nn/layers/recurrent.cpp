// SPDX-License-Identifier: Apache-2.0
#include "nn/layers/recurrent.h"

#include "nn/init.h"
#include "nn/tap.h"
#include "ops/matmul/matmul.h"
#include "ops/pointwise/pointwise.h"
#include "ops/random/random.h"
#include "ops/shape/shape.h"
#include "runtime/base/error.h"

namespace lemnos::nn {

RecurrentLayers::RecurrentLayers(std::string_view name, std::int64_t gates, const Options& o)
    : name_(name), options_(o) {
  if (o.in < 1 || o.hidden < 1 || o.layers < 1)
    fail_usage("{}: .in, .hidden and .layers must be at least 1, not {}, {} and {}", name, o.in,
               o.hidden, o.layers);
  if (!(o.dropout >= 0 && o.dropout < 1))
    fail_usage("{}: .dropout must be from 0 to below 1, not {}", name, o.dropout);
  const std::int64_t both = o.bidirectional ? 2 : 1, rows = gates * o.hidden;
  for (std::int64_t i = 0; i < o.layers * both; ++i) {
    const std::int64_t in = i < both ? o.in : both * o.hidden;
    Direction d;
    d.weight_ih = init::layer_default({rows, in}, o.hidden);
    d.weight_hh = init::layer_default({rows, o.hidden}, o.hidden);
    d.bias_ih = init::layer_default({rows}, o.hidden);
    d.bias_hh = init::layer_default({rows}, o.hidden);
    directions.push_back(std::move(d));
  }
}

LstmResult RecurrentLayers::run(const Operand& x, const Call& call, bool second_state,
                                const Walk& walk) const {
  const Shape shape = x.shape();
  if (shape.rank() != 3 || shape[2] != options_.in)
    fail_at(x.at(), "{}: takes [B, T, {}], x is {}", name_, options_.in, shape);
  const auto count = static_cast<std::int64_t>(directions.size());
  const Shape state{shape[0], options_.hidden}, states{count, shape[0], options_.hidden};
  const auto first_state = [&](const Tensor& given, std::int64_t i) {
    if (!given) return fill(state, 0.0);
    if (!(given.shape() == states))
      fail_at(x.at(), "{}: a first state must be {}, not {}", name_, states, given.shape());
    return reshape(slice(given, 0, i, i + 1), state);
  };
  Operand input = x;
  std::vector<Operand> h_n, c_n;
  const std::int64_t both = options_.bidirectional ? 2 : 1;
  for (std::int64_t layer = 0; layer < options_.layers; ++layer) {
    if (layer > 0 && options_.dropout > 0) input = dropout(input, options_.dropout);
    std::vector<Operand> h;
    for (std::int64_t d = 0; d < both; ++d) {
      const std::int64_t i = layer * both + d;
      const LstmResult made =
          walk(directions[static_cast<std::size_t>(i)], input, first_state(call.h0, i),
               second_state ? first_state(call.c0, i) : Tensor(),
               {.lengths = call.lengths, .reverse = d == 1});
      h.emplace_back(offered(name_, directions[static_cast<std::size_t>(i)].weight_ih, made.h));
      h_n.emplace_back(reshape(made.h_n, Shape{1, shape[0], state[1]}));
      if (second_state) c_n.emplace_back(reshape(made.c_n, Shape{1, shape[0], state[1]}));
    }
    input = both == 1 ? h[0] : Operand(concat(h, 2));
  }
  return {
      .h = input.tensor(), .h_n = concat(h_n, 0), .c_n = second_state ? concat(c_n, 0) : Tensor()};
}

Tensor project(const Operand& x, const Tensor& weight_ih, const Tensor& bias) {
  const Shape shape = x.shape();
  const Tensor rows = reshape(x, Shape{shape[0] * shape[1], shape[2]});
  return reshape(matmul(rows, weight_ih, {.transpose_b = true}) + bias,
                 shape.with(2, weight_ih.size(0)));
}

}  // namespace lemnos::nn
