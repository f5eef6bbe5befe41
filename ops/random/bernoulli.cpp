// SPDX-License-Identifier: Apache-2.0
// bernoulli(shape, p): 1 where uniform(shape) would be below p. Integers are compared, so that
// every device agrees.
#include <cmath>

#include "ops/random/counter.h"
#include "ops/random/random.h"

namespace lemnos {
namespace {

Lowering lower(const Problem& problem, const gpu::Caps& caps) {
  return random_lower(problem, caps, RandomKind::bernoulli);
}

void reference(const Problem& problem, std::span<const Values> in, Values& out) {
  random_reference(problem, in[0], out, [](const PhiloxWords& bits, const RandomAttrs& attrs) {
    const auto one = [&](std::size_t i) { return bits[i] >> 8 < attrs.threshold ? 1.0 : 0.0; };
    return std::array<double, 4>{one(0), one(1), one(2), one(3)};
  });
}

}  // namespace

extern constinit const OpDef bernoulli_op{.name = "bernoulli",
                                          .shape = random_shape,
                                          .lower = lower,
                                          .fits = random_fits,
                                          .reference = reference,
                                          .samples = random_samples,
                                          .scale = Scale::exact};

Tensor bernoulli(const Shape& shape, double p, std::source_location at) {
  if (!(p >= 0 && p <= 1)) fail_at(at, "bernoulli: the probability is {}, not within 0 to 1", p);
  const auto threshold = static_cast<std::uint32_t>(std::ceil(p * 0x1p24));
  return record_random(bernoulli_op, shape, threshold, at);
}

}  // namespace lemnos
