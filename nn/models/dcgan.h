// SPDX-License-Identifier: Apache-2.0
// Dcgan: a convolutional generative adversarial network (Goodfellow et al. 2014; Radford et al.
// 2015, "Unsupervised representation learning with deep convolutional generative adversarial
// networks") of images [N, H, W, C] with values in [0, 1].
//
//   generator      linear, batch norm, relu; transposed conv 4x4 to double size, batch norm, relu;
//                  transposed conv 4x4 to double size, tanh
//   discriminator  conv 4x4 to half size, leaky relu; conv 4x4 to half size, batch norm, leaky
//                  relu; linear to one logit: that the image is real
#pragma once

#include "nn/layers/batch_norm.h"
#include "nn/layers/conv2d.h"
#include "nn/layers/conv_transpose2d.h"
#include "nn/layers/linear.h"
#include "nn/models/config.h"
#include "nn/models/images.h"

namespace lemnos::nn {

struct Dcgan {
  struct Config {
    std::int64_t height = 28, width = 28, channels = 1;
    std::int64_t latent = 100;
    std::int64_t filters = 64;

    template <class Visitor>
    void fields(Visitor&& visit) {
      image_fields(*this, visit);
      visit("latent", latent, "random numbers that an image is made of");
      visit("filters", filters, "channels between convolutions at half size");
    }
    static std::vector<Preset<Config>> presets() { return {}; }
  };

  struct Generator {
    explicit Generator(const Config& config);
    Tensor operator()(const Operand& z) const;  // [N, latent] to [N, H, W, C] in (-1, 1)

    Shape quarter;  // what the linear layer's output is reshaped to, without N
    Linear dense;
    BatchNorm norm1;
    ConvTranspose2d up1;
    BatchNorm norm2;
    ConvTranspose2d up2;
    LEMNOS_FIELDS(dense, norm1, up1, norm2, up2)
  };

  struct Discriminator {
    explicit Discriminator(const Config& config);
    Tensor features(const Operand& x) const;    // images with values from -1 to 1 to [N, F]
    Tensor operator()(const Operand& x) const;  // logits [N, 1]

    Conv2d conv1, conv2;
    BatchNorm norm;
    Linear dense;
    LEMNOS_FIELDS(conv1, conv2, norm, dense)
  };

  explicit Dcgan(const Config& config);

  Tensor generate(const Operand& z) const;  // images; z: [N, latent] from N(0, I)
  // Logits [N, 1] of images' being real, and what its last layer is given, [N, F].
  Tensor discriminate(const Operand& images) const;
  Tensor features(const Operand& images) const;

  Config config;
  Generator generator;
  Discriminator discriminator;
  LEMNOS_FIELDS(generator, discriminator)
};

}  // namespace lemnos::nn
