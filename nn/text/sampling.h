// SPDX-License-Identifier: Apache-2.0
// Choosing the next token from a language model's logits, on the host.
#pragma once

#include <cstdint>
#include <span>

namespace lemnos {

struct Sampling {
  double temperature = 1;  // divides the logits; 0: always the most likely token
  std::int64_t top_k = 0;  // only the k most likely tokens; 0: all. More than there are: all
  double top_p = 1;        // only the fewest most likely tokens that together reach p (nucleus)
  std::uint64_t seed = 0;

  bool operator==(const Sampling&) const = default;
  void verify() const;  // wrong usage: a number out of range, named as its flag
};

// The token at a position of the text. top_k is applied before top_p (Holtzman et al. 2020, "The
// curious case of neural text degeneration"), ties go to the lower token, and the random number is
// a function of (seed, position): the same logits give the same text. Logits of -inf are never
// chosen; fails when a logit is NaN or none is larger than -inf.
std::int64_t draw_token(std::span<const float> logits, const Sampling& sampling,
                        std::uint64_t position);

}  // namespace lemnos
