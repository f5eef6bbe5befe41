// SPDX-License-Identifier: Apache-2.0
#include "nn/models/cnn.h"

#include <algorithm>

#include "runtime/base/error.h"

namespace lemnos::nn {
namespace {

const Cnn::Config& checked(const Cnn::Config& c) {
  if (c.kernel < 1 || c.kernel % 2 == 0 || c.kernel > 63)
    fail_usage("--kernel must be odd and 1 to 63, not {}", c.kernel);
  const auto halvings = std::ssize(c.convolutions);
  if (halvings > 30 || std::min(c.height, c.width) >> halvings < 1)
    fail_usage("--convolutions: images of {} x {} cannot be halved {} times", c.height, c.width,
               halvings);
  return c;
}

Mlp::Config dense_of(const Cnn::Config& c) {
  const auto halvings = std::ssize(c.convolutions);
  const std::int64_t channels = c.convolutions.empty() ? c.channels : c.convolutions.back();
  return {.inputs = (c.height >> halvings) * (c.width >> halvings) * channels,
          .hidden = c.hidden,
          .outputs = c.classes,
          .activation = c.activation,
          .dropout = c.dropout};
}

}  // namespace

Cnn::Cnn(const Config& c) : config(checked(c)), activation(c.activation), dense(dense_of(c)) {
  const auto kernel = static_cast<std::int32_t>(c.kernel);
  std::int64_t in = c.channels;
  for (const std::int64_t out : c.convolutions) {
    convolutions.push_back(Conv2d{{.in = in, .out = out, .kernel = kernel, .pad = kernel / 2}});
    in = out;
  }
}

Tensor Cnn::seen(const Operand& images) const {
  require_images("cnn", images, config);
  Tensor x = images.tensor();
  for (const Conv2d& convolution : convolutions)
    x = max_pool2d(activation(convolution(Operand(x, images.at()))), {.kernel = 2});
  return x;
}

Tensor Cnn::operator()(const Operand& images) const { return dense(seen(images)); }
Tensor Cnn::features(const Operand& images) const { return dense.features(seen(images)); }

}  // namespace lemnos::nn
