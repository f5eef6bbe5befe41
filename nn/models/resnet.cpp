// SPDX-License-Identifier: Apache-2.0
#include "nn/models/resnet.h"

#include <array>

#include "ops/pointwise/pointwise.h"
#include "ops/pool/pool.h"
#include "ops/reduce/reduce.h"
#include "runtime/base/error.h"
#include "runtime/graph/trace.h"

namespace lemnos::nn {
namespace {

constexpr std::int64_t most_filters = 65536;

// Blocks at each of four sizes of images; whether a block is 1 x 1, 3 x 3 and 1 x 1 convolutions,
// the last of 4 times the channels, or two of 3 x 3.
struct Plan {
  std::array<int, 4> blocks;
  bool bottleneck;
  std::int64_t widening() const { return bottleneck ? 4 : 1; }
};

Plan plan_of(const Resnet::Config& c) {
  if (c.depth == 18) return {{2, 2, 2, 2}, false};
  if (c.depth == 34) return {{3, 4, 6, 3}, false};
  if (c.depth == 50) return {{3, 4, 6, 3}, true};
  fail_usage("--depth must be 18, 34 or 50, not {}", c.depth);
}

const Resnet::Config& checked(const Resnet::Config& c) {
  plan_of(c);
  if (c.filters < 1 || c.filters > most_filters)
    fail_usage("--filters must be 1 to {}, not {}", most_filters, c.filters);
  if (c.stem != "cifar" && c.stem != "imagenet")
    fail_usage("--stem is cifar or imagenet, not '{}'", c.stem);
  return c;
}

Conv2d::Options stem_of(const Resnet::Config& c) {
  if (c.stem == "cifar") return {.in = c.channels, .out = c.filters, .kernel = 3, .pad = 1};
  return {.in = c.channels, .out = c.filters, .kernel = 7, .stride = 2, .pad = 3};
}

Resnet::Block block_of(std::int64_t in, std::int64_t filters, std::int32_t stride,
                       bool bottleneck) {
  Resnet::Block block;
  const auto add = [&](std::int64_t from, std::int64_t to, std::int32_t kernel, std::int32_t step) {
    block.path.push_back(
        NormedConv2d({.in = from, .out = to, .kernel = kernel, .stride = step, .pad = kernel / 2}));
  };
  const std::int64_t out = bottleneck ? 4 * filters : filters;
  if (bottleneck) {
    add(in, filters, 1, 1);
    add(filters, filters, 3, stride);
    add(filters, out, 1, 1);
  } else {
    add(in, out, 3, stride);
    add(out, out, 3, 1);
  }
  if (stride != 1 || in != out)
    block.skip.push_back(NormedConv2d({.in = in, .out = out, .kernel = 1, .stride = stride}));
  return block;
}

}  // namespace

Tensor Resnet::Block::operator()(const Operand& x) const {
  Tensor y = path[0](x);
  for (std::size_t i = 1; i < path.size(); ++i) y = path[i](Operand(relu(y), x.at()));
  return relu(y + (skip.empty() ? x.tensor() : skip[0](x)));
}

Resnet::Resnet(const Config& c)
    : config(checked(c)),
      stem(stem_of(c)),
      head({.in = 8 * c.filters * plan_of(c).widening(), .out = c.classes}) {
  const Plan plan = plan_of(c);
  std::int64_t in = c.filters;
  for (std::size_t size = 0; size < plan.blocks.size(); ++size) {
    const std::int64_t filters = c.filters << size;
    for (int i = 0; i < plan.blocks[size]; ++i) {
      blocks.push_back(block_of(in, filters, size > 0 && i == 0 ? 2 : 1, plan.bottleneck));
      in = filters * plan.widening();
    }
  }
}

Tensor Resnet::features(const Operand& images) const {
  require_images("resnet", images, config);
  Tensor x = relu(stem(images));
  if (config.stem == "imagenet") x = max_pool2d(x, {.kernel = 3, .stride = 2, .pad = 1});
  for (const Block& block : blocks) x = recomputed([&] { return block(Operand(x, images.at())); });
  return mean(x, {1, 2});
}

Tensor Resnet::operator()(const Operand& images) const { return head(features(images)); }

}  // namespace lemnos::nn
