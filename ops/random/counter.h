// SPDX-License-Identifier: Apache-2.0
// What the random ops share: shape rule, dispatches, reference loop.
#pragma once

#include <array>
#include <cstdint>

#include "runtime/base/philox.h"
#include "runtime/graph/op_def.h"

namespace lemnos {

enum class RandomKind : std::uint32_t { uniform, normal, bernoulli };  // KIND in random.comp

struct RandomAttrs {
  ShapeAttrs shape;
  std::uint32_t stream = 0;
  std::uint32_t threshold = 0;  // bernoulli: of the upper 24 bits of a word
};

// Input 0 is the clock.
TensorType random_shape(const Problem& problem);
const char* random_fits(const Problem& problem, const gpu::Caps& caps);
Lowering random_lower(const Problem& problem, const gpu::Caps& caps, RandomKind kind);
std::vector<Sample> random_samples();

// Calls values(words, attrs) for every block of four elements; it returns their values.
template <class Make>
void random_reference(const Problem& problem, const Values& clock, Values& out, Make values) {
  const auto attrs = problem.attrs.as<RandomAttrs>();
  const auto word = [&](std::size_t i) { return static_cast<std::uint32_t>(clock[i]); };
  for (std::size_t first = 0; first < out.size(); first += 4) {
    const PhiloxWords bits =
        philox4x32({static_cast<std::uint32_t>(first / 4), attrs.stream, word(0), word(1)},
                   {word(4), word(5)});
    const std::array<double, 4> four = values(bits, attrs);
    for (std::size_t i = first; i < out.size() && i < first + 4; ++i) out[i] = four[i - first];
  }
}

// Two independent standard normal numbers from two words (Box and Muller 1958).
std::array<double, 2> normal_pair(std::uint32_t radius_bits, std::uint32_t angle_bits);

// Appends the op to the current trace, under the next stream number.
Tensor record_random(const OpDef& op, const Shape& shape, std::uint32_t threshold,
                     std::source_location at);

}  // namespace lemnos
