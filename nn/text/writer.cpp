// SPDX-License-Identifier: Apache-2.0
#include "nn/text/writer.h"

#include <algorithm>
#include <limits>

#include "nn/layers/padding.h"
#include "runtime/base/error.h"

namespace lemnos {
namespace {

using data::Token;

data::Array padded(std::span<const Token> tokens, std::int64_t length) {
  data::Array row = data::Array::zeros(DType::i32, Shape{1, length});
  std::ranges::copy(tokens, row.as<Token>().begin());
  return row;
}

// Nothing follows padding, and no text holds the others.
void forbid_special(std::span<float> logits) {
  for (const Token token :
       {data::token::padding, data::token::unknown, data::token::begin, data::token::mask})
    logits[static_cast<std::size_t>(token)] = -std::numeric_limits<float>::infinity();
}

CompiledFunction::Body body_of(const TokenNetwork& network, const std::vector<Tensor>& caches) {
  if (!caches.empty())
    return [&network, caches](std::span<const Tensor> in) -> std::vector<Tensor> {
      return {network.next(in[0], in[1], caches)};
    };
  return [&network](std::span<const Tensor> in) -> std::vector<Tensor> {
    return {nn::last_of(network.logits(in[0]), nn::is_token(in[0]))};
  };
}

}  // namespace

Writer::Writer(const TokenNetwork& network, bool cached)
    : network_(network),
      caches_(cached && network.make_caches ? network.make_caches(1) : std::vector<Tensor>()),
      function_(body_of(network, caches_), {.name = "write", .training = false}) {}

// `seen` only grows from call to call, or is cut and then begins anew.
std::vector<float> Writer::logits_after(std::span<const Token> seen) {
  if (caches_.empty()) {
    const data::Array ids = padded(seen, network_.length);
    return function_.call(std::array{Feed(ids)}).front().values();
  }
  if (seen.size() <= cached_) {
    for (const Tensor& cache : caches_)
      cache.state()->set_values(std::vector<float>(static_cast<std::size_t>(cache.elements())));
    cached_ = 0;
  }
  std::vector<float> logits;
  for (; cached_ < seen.size(); ++cached_) {
    const Token place = static_cast<Token>(cached_);
    const auto id = data::Array::of<Token>(Shape{1}, seen.subspan(cached_, 1));
    const auto at = data::Array::of<Token>(Shape{1}, std::span(&place, 1));
    auto result = function_.call(std::array{Feed(id), Feed(at)});
    if (cached_ + 1 == seen.size()) logits = result.front().values();
  }
  return logits;
}

std::vector<Token> Writer::write(std::span<const Token> prompt, std::int64_t count,
                                 const Sampling& sampling, const std::function<void(Token)>& told) {
  sampling.verify();
  const auto length = static_cast<std::size_t>(network_.length);
  // Texts of the training data follow the end of another.
  std::vector<Token> seen{data::token::end};
  if (!prompt.empty()) seen.assign(prompt.begin(), prompt.end());
  if (seen.size() > length) seen.erase(seen.begin(), seen.end() - static_cast<long>(length));

  std::vector<Token> written;
  cached_ = std::numeric_limits<std::size_t>::max();  // of another text
  while (static_cast<std::int64_t>(written.size()) < count) {
    std::vector<float> logits = logits_after(seen);
    forbid_special(logits);
    const auto token = static_cast<Token>(draw_token(logits, sampling, written.size()));
    if (token == data::token::end) break;
    written.push_back(token);
    if (told) told(token);
    if (seen.size() == length)
      seen.erase(seen.begin(), seen.begin() + static_cast<long>((length + 1) / 2));
    seen.push_back(token);
  }
  return written;
}

std::vector<Token> rewritten(const SequenceNetwork& network, std::span<const Token> read) {
  const std::int64_t most = network.length + 1;
  CompiledFunction function(
      [&network](std::span<const Tensor> in) -> std::vector<Tensor> {
        return {nn::last_of(network.logits(in[0], in[1]), nn::is_token(in[1]))};
      },
      {.name = "rewrite", .training = false});
  const data::Array source = padded(read, network.length);
  std::vector<Token> written{data::token::begin};
  while (static_cast<std::int64_t>(written.size()) < most) {
    const data::Array so_far = padded(written, most);
    std::vector<float> logits =
        function.call(std::array{Feed(source), Feed(so_far)}).front().values();
    forbid_special(logits);
    const auto token = static_cast<Token>(draw_token(logits, {.temperature = 0}, 0));
    if (token == data::token::end) break;
    written.push_back(token);
  }
  written.erase(written.begin());
  return written;
}

}  // namespace lemnos
