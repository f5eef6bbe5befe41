// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <numbers>

#include "data/text/tokenizer.h"
#include "nn/layers/padding.h"
#include "nn/train/task.h"
#include "ops/index/index.h"
#include "ops/loss/loss.h"
#include "ops/pointwise/pointwise.h"
#include "ops/random/random.h"
#include "ops/reduce/reduce.h"
#include "ops/shape/shape.h"
#include "runtime/graph/trace.h"

namespace lemnos {
namespace {

// nats: the mean loss of a token.
std::vector<NamedValue> language_metrics(double nats, double bytes_per_token) {
  std::vector<NamedValue> values{{"loss", nats}, {"perplexity", std::exp(nats)}};
  if (bytes_per_token > 0)
    values.push_back({"bits_per_byte", nats / std::numbers::ln2 / bytes_per_token});
  return values;
}

// 1 where the most likely class is the target.
Tensor is_right(const Tensor& logits, const Tensor& target) {
  return equal(cast(argmax(logits), DType::f32), cast(target, DType::f32));
}

// Learns from windows of one token more than the model sees.
class TokenModel : public Task {
 public:
  TokenModel(std::vector<Parameter> parameters, TokenNetwork network)
      : Task(std::move(parameters)), network_(std::move(network)) {}

  bool has_classes() const override { return true; }
  bool has_features() const override { return true; }
  Tensor features(const Tensor& ids) const override { return network_.features(in_sight(ids)); }

 protected:
  Tensor in_sight(const Tensor& ids) const {
    return slice(ids, 1, 0, std::min(ids.size(1), network_.length));
  }

  TokenNetwork network_;
};

// All but the last token of a window are its input, all but the first its targets.
class LanguageModel : public TokenModel {
 public:
  using TokenModel::TokenModel;

  Tensor loss(const Tensor& windows, const Tensor&) const override {
    const Window w = parts(windows);
    return cross_entropy(network_.logits(w.seen), w.next, {.smoothing = smoothing()});
  }
  Tensor evaluate(const Tensor& windows, const Tensor&) const override {
    const Window w = parts(windows);
    const Tensor logits = network_.logits(w.seen);
    observe("loss", cross_entropy(logits, w.next));
    observe("accuracy", mean(is_right(logits, w.next)));
    return {};
  }
  Metrics metrics(std::span<const double> means, const data::Array&,
                  const data::Split& split) const override {
    Metrics result{.values = language_metrics(means[0], split.bytes_per_token)};
    result.values.push_back({"accuracy", means[1]});
    return result;
  }

  const TokenNetwork* writes() const override { return &network_; }
  // Of what follows the last token.
  bool decides() const override { return true; }
  Tensor scores(const Tensor& ids) const override {
    const Tensor seen = in_sight(ids);
    return nn::last_of(network_.logits(seen), nn::is_token(seen));
  }

 private:
  struct Window {
    Tensor seen, next;
  };
  static Window parts(const Tensor& windows) {
    const std::int64_t size = windows.size(1);
    return {slice(windows, 1, 0, size - 1), slice(windows, 1, 1, size)};
  }
};

class MaskedLanguageModel : public TokenModel {
 public:
  using TokenModel::TokenModel;

  Tensor loss(const Tensor& window, const Tensor&) const override {
    return guess(window, smoothing()).loss;
  }

  // Weighted by how many tokens of the batch were to be guessed, which is random too.
  Tensor evaluate(const Tensor& window, const Tensor&) const override {
    const Guess g = guess(window, 0);
    observe("loss", g.loss * g.share);
    observe("accuracy", g.right * g.share);
    observe("share", g.share);
    return {};
  }
  Metrics metrics(std::span<const double> means, const data::Array&,
                  const data::Split&) const override {
    const double nats = means[0] / means[2];
    return {.values = {
                {"loss", nats}, {"perplexity", std::exp(nats)}, {"accuracy", means[1] / means[2]}}};
  }

 private:
  struct Guess {
    Tensor loss, right, share;  // means over the tokens to be guessed; how large a part they are
  };

  Guess guess(const Tensor& window, double smoothing) const {
    const double first = data::token::first;
    const Tensor ids = slice(window, 1, 0, window.size(1) - 1);
    const Shape shape = ids.shape();
    const Tensor token = cast(ids, DType::f32);  // exact below 2^24
    const Tensor chosen = bernoulli(shape, 0.15) * greater_equal(token, first);
    const Tensor how = uniform(shape);
    const auto ordinary = static_cast<double>(network_.vocabulary - data::token::first);
    const Tensor any = minimum(floor(uniform(shape) * ordinary), ordinary - 1) + first;
    const Tensor masked =
        select(less(how, 0.8), double(data::token::mask), select(less(how, 0.9), any, token));
    const Tensor seen = cast(select(chosen, masked, token), DType::i32);

    const Tensor logits = network_.logits(seen);
    const Tensor losses =
        cross_entropy(logits, ids, {.reduce = LossReduce::none, .smoothing = smoothing});
    const Tensor count = maximum(sum(chosen), 1.0);
    return {sum(losses * chosen) / count, sum(is_right(logits, ids) * chosen) / count,
            count / static_cast<double>(shape.elements())};
  }
};

class SequenceToSequence : public Task {
 public:
  SequenceToSequence(std::vector<Parameter> parameters, SequenceNetwork network)
      : Task(std::move(parameters)), network_(std::move(network)) {}

  Tensor loss(const Tensor& read, const Tensor& written) const override {
    const Tensor next = rest(written);
    const Tensor mask = nn::is_token(next);
    const Tensor losses = cross_entropy(network_.logits(read, before(written)), next,
                                        {.reduce = LossReduce::none, .smoothing = smoothing()});
    return sum(losses * mask) / maximum(sum(mask), 1.0);
  }

  // A text counts as exact when every token, its end included, is the most likely one after those
  // that truly stand before it: then writing it token by token gives just that text.
  Tensor evaluate(const Tensor& read, const Tensor& written) const override {
    const Tensor next = rest(written);
    const Tensor mask = nn::is_token(next);
    const Tensor logits = network_.logits(read, before(written));
    const Tensor right = is_right(logits, next) * mask, tokens = sum(mask, {1});
    const double rows = static_cast<double>(next.size(0));
    observe("loss", sum(cross_entropy(logits, next, {.reduce = LossReduce::none}) * mask) / rows);
    observe("right", sum(right) / rows);
    observe("tokens", sum(tokens) / rows);
    observe("exact", mean(equal(sum(right, {1}), tokens)));
    return {};
  }
  Metrics metrics(std::span<const double> means, const data::Array&,
                  const data::Split&) const override {
    return {.values = {{"loss", means[0] / means[2]},
                       {"perplexity", std::exp(means[0] / means[2])},
                       {"accuracy", means[1] / means[2]},
                       {"exact", means[3]}}};
  }

  bool has_classes() const override { return true; }
  bool has_features() const override { return true; }
  Tensor features(const Tensor& read) const override { return network_.features(read); }
  const SequenceNetwork* rewrites() const override { return &network_; }

 private:
  static Tensor before(const Tensor& written) { return slice(written, 1, 0, written.size(1) - 1); }
  static Tensor rest(const Tensor& written) { return slice(written, 1, 1, written.size(1)); }

  SequenceNetwork network_;
};

}  // namespace

std::unique_ptr<Task> language_model(std::vector<Parameter> parameters, TokenNetwork network) {
  return std::make_unique<LanguageModel>(std::move(parameters), std::move(network));
}

std::unique_ptr<Task> masked_language_model(std::vector<Parameter> parameters,
                                            TokenNetwork network) {
  return std::make_unique<MaskedLanguageModel>(std::move(parameters), std::move(network));
}

std::unique_ptr<Task> sequence_to_sequence(std::vector<Parameter> parameters,
                                           SequenceNetwork network) {
  return std::make_unique<SequenceToSequence>(std::move(parameters), std::move(network));
}

}  // namespace lemnos
