// SPDX-License-Identifier: Apache-2.0
// uniform(shape): the upper 24 bits of each Philox word, times 2^-24.
#include "ops/random/counter.h"
#include "ops/random/random.h"

namespace lemnos {
namespace {

Lowering lower(const Problem& problem, const gpu::Caps& caps) {
  return random_lower(problem, caps, RandomKind::uniform);
}

void reference(const Problem& problem, std::span<const Values> in, Values& out) {
  random_reference(problem, in[0], out, [](const PhiloxWords& bits, const RandomAttrs&) {
    return std::array<double, 4>{unit_float(bits[0]), unit_float(bits[1]), unit_float(bits[2]),
                                 unit_float(bits[3])};
  });
}

}  // namespace

extern constinit const OpDef uniform_op{.name = "uniform",
                                        .shape = random_shape,
                                        .lower = lower,
                                        .fits = random_fits,
                                        .reference = reference,
                                        .samples = random_samples,
                                        .scale = Scale::exact};

Tensor uniform(const Shape& shape, std::source_location at) {
  return record_random(uniform_op, shape, 0, at);
}
Tensor uniform_like(const Operand& x) { return uniform(x.tensor().shape(), x.at()); }

}  // namespace lemnos
