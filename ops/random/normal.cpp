// SPDX-License-Identifier: Apache-2.0
// normal(shape): Box-Muller on neighbouring pairs of Philox words.
#include <algorithm>

#include "ops/random/counter.h"
#include "ops/random/random.h"

namespace lemnos {
namespace {

Lowering lower(const Problem& problem, const gpu::Caps& caps) {
  return random_lower(problem, caps, RandomKind::normal);
}

void reference(const Problem& problem, std::span<const Values> in, Values& out) {
  random_reference(problem, in[0], out, [](const PhiloxWords& bits, const RandomAttrs&) {
    const auto [a, b] = normal_pair(bits[0], bits[1]);
    const auto [c, d] = normal_pair(bits[2], bits[3]);
    return std::array<double, 4>{a, b, c, d};
  });
}

// Errors are absolute: the angle is rounded, whatever its cosine is.
void magnitude(const Problem&, std::span<const Values>, Values& out) {
  std::ranges::fill(out, 1.0);
}

}  // namespace

extern constinit const OpDef normal_op{.name = "normal",
                                       .shape = random_shape,
                                       .lower = lower,
                                       .fits = random_fits,
                                       .reference = reference,
                                       .samples = random_samples,
                                       .ulp = 160,  // 2^-24 * (160 + 2) < 1e-5
                                       .magnitude = magnitude};

Tensor normal(const Shape& shape, std::source_location at) {
  return record_random(normal_op, shape, 0, at);
}
Tensor randn_like(const Operand& x) { return normal(x.tensor().shape(), x.at()); }

}  // namespace lemnos
