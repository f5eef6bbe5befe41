// SPDX-License-Identifier: Apache-2.0
#include "nn/models/dcgan.h"

#include "ops/pointwise/pointwise.h"
#include "ops/shape/shape.h"

namespace lemnos::nn {
namespace {

const Dcgan::Config& checked(const Dcgan::Config& c) {
  if (c.height < 4 || c.width < 4 || c.height % 4 != 0 || c.width % 4 != 0)
    fail_usage("dcgan: height and width must be multiples of 4, not {} and {}", c.height, c.width);
  for (const auto& [name, value] : {std::pair("latent", c.latent), std::pair("filters", c.filters)})
    if (value < 1 || value > 4096)
      fail_usage("dcgan: --{} must be from 1 to 4096, not {}", name, value);
  return c;
}

Shape quarter_of(const Dcgan::Config& c) { return {c.height / 4, c.width / 4, 2 * c.filters}; }

ConvTranspose2d::Options doubling(std::int64_t in, std::int64_t out) {
  return {.in = in, .out = out, .kernel = 4, .stride = 2, .pad = 1};
}
Conv2d::Options halving(std::int64_t in, std::int64_t out) {
  return {.in = in, .out = out, .kernel = 4, .stride = 2, .pad = 1};
}

}  // namespace

Dcgan::Generator::Generator(const Config& c)
    : quarter(quarter_of(c)),
      dense({.in = c.latent, .out = quarter.elements()}),
      norm1({.size = 2 * c.filters}),
      up1(doubling(2 * c.filters, c.filters)),
      norm2({.size = c.filters}),
      up2(doubling(c.filters, c.channels)) {}

Tensor Dcgan::Generator::operator()(const Operand& z) const {
  const Tensor wide = reshape(dense(z), {z.shape()[0], quarter[0], quarter[1], quarter[2]});
  return tanh(up2(relu(norm2(up1(relu(norm1(wide)))))));
}

Dcgan::Discriminator::Discriminator(const Config& c)
    : conv1(halving(c.channels, c.filters)),
      conv2(halving(c.filters, 2 * c.filters)),
      norm({.size = 2 * c.filters}),
      dense({.in = quarter_of(c).elements(), .out = 1}) {}

Tensor Dcgan::Discriminator::features(const Operand& x) const {
  return flatten(leaky_relu(norm(conv2(leaky_relu(conv1(x), 0.2))), 0.2));
}
Tensor Dcgan::Discriminator::operator()(const Operand& x) const { return dense(features(x)); }

Dcgan::Dcgan(const Config& c) : config(checked(c)), generator(c), discriminator(c) {}

Tensor Dcgan::generate(const Operand& z) const { return 0.5 * generator(z) + 0.5; }

Tensor Dcgan::features(const Operand& images) const {
  require_images("dcgan", images, config);
  return discriminator.features(2.0 * images - 1.0);
}
Tensor Dcgan::discriminate(const Operand& images) const {
  return discriminator.dense(features(images));
}

}  // namespace lemnos::nn
