// SPDX-License-Identifier: Apache-2.0
#include "nn/models/conv_vae.h"

#include "ops/image/image.h"
#include "ops/loss/loss.h"
#include "ops/pointwise/pointwise.h"
#include "ops/pool/pool.h"
#include "ops/random/random.h"
#include "ops/shape/shape.h"

namespace lemnos::nn {
namespace {

const ConvVae::Config& checked(const ConvVae::Config& c) {
  if (c.height < 4 || c.width < 4 || c.height % 4 != 0 || c.width % 4 != 0)
    fail_usage("conv_vae: height and width must be multiples of 4, not {} and {}", c.height,
               c.width);
  if (c.corrupt != "none" && c.corrupt != "noise" && c.corrupt != "mask")
    fail_usage("conv_vae: --corrupt must be none, noise or mask, not {}", c.corrupt);
  if (!(c.corruption >= 0 && c.corruption <= 1))
    fail_usage("conv_vae: --corruption must be from 0 to 1, not {}", c.corruption);
  return c;
}

// Features beside the dense layers: a quarter of the image each way.
std::int64_t features(const ConvVae::Config& c) { return c.height / 4 * (c.width / 4) * c.filters; }

ConvTranspose2d::Options doubling(std::int64_t filters) {
  return {.in = filters, .out = filters, .kernel = 3, .stride = 2, .pad = 1, .output_pad = 1};
}

}  // namespace

ConvVae::ConvVae(const Config& c)
    : config(checked(c)),
      conv1({.in = c.channels, .out = c.filters, .kernel = 3, .pad = 1}),
      conv2({.in = c.filters, .out = c.filters, .kernel = 3, .pad = 1}),
      dense({.in = features(c), .out = c.hidden}),
      mean({.in = c.hidden, .out = c.latent}),
      log_var({.in = c.hidden, .out = c.latent}),
      expand1({.in = c.latent, .out = c.hidden}),
      expand2({.in = c.hidden, .out = features(c)}),
      up1(doubling(c.filters)),
      up2(doubling(c.filters)),
      up3({.in = c.filters, .out = c.channels, .kernel = 3, .pad = 1}) {}

std::pair<Tensor, Tensor> ConvVae::encode(const Operand& x) const {
  require_images("conv_vae", x, config);
  Tensor h = max_pool2d(relu(conv1(x)), {.kernel = 2});
  h = max_pool2d(relu(conv2(h)), {.kernel = 2});
  h = relu(dense(flatten(h)));
  return {mean(h), log_var(h)};
}

Tensor ConvVae::decode(const Operand& z) const {
  Tensor h = relu(expand2(relu(expand1(z))));
  h = reshape(h, {h.size(0), config.height / 4, config.width / 4, config.filters});
  return up3(relu(up2(relu(up1(h)))));
}

Tensor ConvVae::corrupted(const Operand& x) const {
  if (config.corrupt == "none") return x.tensor();
  if (config.corrupt == "noise") return clamp(x + config.corruption * randn_like(x), 0, 1);
  const Tensor kept =
      bernoulli({x.shape()[0], config.height / 4, config.width / 4, 1}, 1 - config.corruption);
  return x * resize_nearest(kept, {config.height, config.width});
}

ConvVae::Elbo ConvVae::elbo(const Operand& x) const {
  return elbo(x, normal({x.shape()[0], config.latent}, x.at()));
}

ConvVae::Elbo ConvVae::elbo(const Operand& x, const Operand& noise) const {
  const auto [mu, log_variance] = encode(corrupted(x));
  const Tensor z = mu + exp(0.5 * log_variance) * noise;
  const Tensor bce = bce_with_logits(decode(z), x, {.reduce = per_sample});
  const Tensor kl = kl_to_unit_normal(mu, log_variance, {.reduce = per_sample});
  return {bce + kl, bce, kl};
}

Tensor ConvVae::reconstruct(const Operand& x) const { return sample(encode(x).first); }
Tensor ConvVae::sample(const Operand& z) const { return sigmoid(decode(z)); }

}  // namespace lemnos::nn
