// SPDX-License-Identifier: Apache-2.0
// ConvVae: a convolutional variational autoencoder (Kingma and Welling 2013) of images [N, H, W, C]
// with values in [0, 1].
//
//   encoder  conv 3x3, relu, max pool; conv 3x3, relu, max pool; linear, relu; mean and
//   log-variance decoder  linear, relu; linear, relu; transposed conv, relu, twice, each to double
//   size;
//            transposed conv to logits
#pragma once

#include <string>
#include <utility>

#include "nn/layers/conv2d.h"
#include "nn/layers/conv_transpose2d.h"
#include "nn/layers/linear.h"
#include "nn/models/config.h"
#include "nn/models/images.h"

namespace lemnos::nn {

struct ConvVae {
  struct Config {
    std::int64_t height = 28, width = 28;
    std::int64_t channels = 1;
    std::int64_t latent = 32;
    std::int64_t filters = 32;
    std::int64_t hidden = 32;
    std::string corrupt = "none";
    double corruption = 0.5;

    template <class Visitor>
    void fields(Visitor&& visit) {
      image_fields(*this, visit);
      visit("latent", latent, "size of the code");
      visit("filters", filters, "channels between convolutions");
      visit("hidden", hidden, "size of the dense layers beside the code");
      visit("corrupt", corrupt, "what is to be repaired: none, noise or mask (squares of 4 x 4)");
      visit("corruption", corruption, "deviation of the noise, or share of the squares, up to 1");
    }
    static std::vector<Preset<Config>> presets() { return {}; }
  };

  // Nats per image, averaged over the batch: loss = bce + kl, the negative ELBO.
  struct Elbo {
    Tensor loss, bce, kl;
  };

  explicit ConvVae(const Config& config);

  std::pair<Tensor, Tensor> encode(const Operand& x) const;  // mean and log-variance, [N, latent]
  Tensor decode(const Operand& z) const;                     // logits, [N, H, W, C]

  // What the encoder is given of images, by config.corrupt (Vincent et al. 2008, "Extracting and
  // composing robust features with denoising autoencoders"): with noise, held in [0, 1], with
  // squares that are 0, or as they are. The loss is that of the images themselves.
  Tensor corrupted(const Operand& x) const;

  Elbo elbo(const Operand& x) const;  // z = mean + exp(log_var / 2) * noise, fresh in every step
  Elbo elbo(const Operand& x, const Operand& noise) const;  // noise: [N, latent]

  Tensor reconstruct(const Operand& x) const;  // of the mean code of x as given; in (0, 1)
  Tensor sample(const Operand& z) const;       // values in (0, 1); z from N(0, I)

  Config config;
  Conv2d conv1, conv2;
  Linear dense, mean, log_var;
  Linear expand1, expand2;
  ConvTranspose2d up1, up2, up3;
  LEMNOS_FIELDS(conv1, conv2, dense, mean, log_var, expand1, expand2, up1, up2, up3)
};

}  // namespace lemnos::nn
