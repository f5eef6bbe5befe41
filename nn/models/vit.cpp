// SPDX-License-Identifier: Apache-2.0
#include "nn/models/vit.h"

#include "nn/init.h"
#include "ops/pointwise/pointwise.h"
#include "ops/random/random.h"
#include "ops/reduce/reduce.h"
#include "ops/shape/shape.h"

namespace lemnos::nn {
namespace {

const Vit::Config& checked(const Vit::Config& c) {
  if (c.patch < 1 || c.height % c.patch != 0 || c.width % c.patch != 0)
    fail_usage("--patch {} does not divide images of {} x {}", c.patch, c.height, c.width);
  return c;
}

std::int64_t patches_in(const Vit::Config& c) {
  return checked(c).height / c.patch * (c.width / c.patch);
}

}  // namespace

Vit::Vit(const Config& c)
    : config(checked(c)),
      patches({.in = c.channels,
               .out = c.embedding,
               .kernel = static_cast<std::int32_t>(c.patch),
               .stride = static_cast<std::int32_t>(c.patch)}),
      places(init::normal({patches_in(c), c.embedding}, 0.02)),
      transformer({.width = c.embedding,
                   .heads = c.heads,
                   .layers = c.layers,
                   .hidden = c.hidden,
                   .dropout = c.dropout}),
      head({.in = c.embedding, .out = c.classes}) {}

Tensor Vit::features(const Operand& images) const {
  require_images("vit", images, config);
  const Shape shape = images.shape();
  const Tensor x = reshape(patches(images), Shape{shape[0], patches_in(config), config.embedding});
  return mean(transformer(dropout(x + places, config.dropout)), {1});
}

Tensor Vit::operator()(const Operand& images) const { return head(features(images)); }

}  // namespace lemnos::nn
