// SPDX-License-Identifier: Apache-2.0
#include "nn/text/sampling.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "runtime/base/error.h"
#include "runtime/base/philox.h"

namespace lemnos {
namespace {

constexpr std::uint32_t token_stream = 0xFFFFFFFE;  // the shuffle's is 2^32-1

// Candidates from the most likely on.
std::vector<std::uint32_t> ranked(std::span<const float> logits, std::int64_t top_k) {
  std::vector<std::uint32_t> tokens(logits.size());
  std::iota(tokens.begin(), tokens.end(), 0u);
  const auto likelier = [&](std::uint32_t a, std::uint32_t b) {
    return logits[a] != logits[b] ? logits[a] > logits[b] : a < b;
  };
  const auto wanted = static_cast<std::size_t>(top_k);
  if (wanted > 0 && wanted < tokens.size()) {
    std::ranges::partial_sort(tokens, tokens.begin() + top_k, likelier);
    tokens.resize(wanted);
  } else {
    std::ranges::sort(tokens, likelier);
  }
  return tokens;
}

}  // namespace

void Sampling::verify() const {
  if (!(temperature >= 0 && std::isfinite(temperature)))
    fail_usage("--temperature must be at least 0, not {}", temperature);
  if (top_k < 0) fail_usage("--top-k must be at least 0, not {}", top_k);
  if (!(top_p > 0 && top_p <= 1))
    fail_usage("--top-p must be above 0 and at most 1, not {}", top_p);
}

std::int64_t draw_token(std::span<const float> logits, const Sampling& sampling,
                        std::uint64_t position) {
  sampling.verify();
  check(!logits.empty() && std::ranges::none_of(logits, [](float x) { return std::isnan(x); }),
        "the model's answer is not a number: its weights are not finite");
  const auto tokens = ranked(logits, sampling.temperature == 0 ? 1 : sampling.top_k);
  const double best = static_cast<double>(logits[tokens.front()]);
  check(std::isfinite(best), "the model's answer is not finite: its weights are not finite");
  if (sampling.temperature == 0) return tokens.front();

  std::vector<double> weights;  // unnormalised probabilities
  for (const std::uint32_t token : tokens)
    weights.push_back(std::exp((static_cast<double>(logits[token]) - best) / sampling.temperature));
  const double all = std::accumulate(weights.begin(), weights.end(), 0.0);
  double kept = 0;
  std::size_t count = 0;
  while (count < weights.size() && kept < sampling.top_p * all) kept += weights[count++];

  const std::uint32_t word = philox_word(sampling.seed, token_stream, position, 0);
  double left = static_cast<double>(unit_float(word)) * kept;
  for (std::size_t i = 0; i + 1 < count; ++i) {
    if (left < weights[i]) return tokens[i];
    left -= weights[i];
  }
  return tokens[count - 1];
}

}  // namespace lemnos
