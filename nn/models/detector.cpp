// SPDX-License-Identifier: Apache-2.0
#include "nn/models/detector.h"

#include <fmt/ranges.h>

#include "nn/init.h"
#include "ops/index/index.h"
#include "ops/loss/loss.h"
#include "ops/matmul/matmul.h"
#include "ops/pointwise/pointwise.h"
#include "ops/reduce/reduce.h"
#include "ops/shape/shape.h"
#include "runtime/tensor/storage.h"

namespace lemnos::nn {
namespace {

constexpr std::int64_t most_channels = 4096;

const Detector::Config& checked(const Detector::Config& c) {
  for (const auto& [name, sizes] : {std::pair("halvings", &c.halvings), std::pair("neck", &c.neck)})
    for (const std::int64_t size : *sizes)
      if (size < 1 || size > most_channels)
        fail_usage("--{} must be sizes from 1 to {}, not {}", name, most_channels, size);
  if (c.halvings.empty() || c.halvings.size() > 8)
    fail_usage("--halvings must be 1 to 8 sizes, not {}", c.halvings.size());
  const std::int64_t cell = std::int64_t{1} << c.halvings.size();
  if (c.height < cell || c.width < cell || c.height % cell != 0 || c.width % cell != 0)
    fail_usage(
        "detector: --halvings {} makes cells of {} x {} pixels, which do not divide images of {} x "
        "{}",
        fmt::join(c.halvings, ","), cell, cell, c.width, c.height);
  if (!(c.box_weight >= 0)) fail_usage("--box-weight must be at least 0, not {}", c.box_weight);
  return c;
}

// x and y of each cell, row by row: a constant of the functions that use it.
Tensor corners_of(std::int64_t rows, std::int64_t columns) {
  std::vector<float> values;
  for (std::int64_t y = 0; y < rows; ++y)
    for (std::int64_t x = 0; x < columns; ++x)
      values.insert(values.end(), {static_cast<float>(x), static_cast<float>(y)});
  Tensor corners = init::zeros({rows * columns, 2});
  corners.state()->set_values(values);
  return corners;
}

// Elements [begin, end) of the last axis.
Tensor part(const Tensor& x, std::int64_t begin, std::int64_t end) {
  return slice(x, x.rank() - 1, begin, end);
}

// [..., 2] to [..., 1]
Tensor area(const Tensor& size) { return part(size, 0, 1) * part(size, 1, 2); }

// The generalised intersection over union of boxes [..., 4], at least one of each pair with an
// area: [..., 1].
Tensor giou(const Tensor& a, const Tensor& b) {
  const Tensor a_half = part(a, 2, 4) / 2.0, b_half = part(b, 2, 4) / 2.0;
  const Tensor a_low = part(a, 0, 2) - a_half, a_high = part(a, 0, 2) + a_half;
  const Tensor b_low = part(b, 0, 2) - b_half, b_high = part(b, 0, 2) + b_half;
  const Tensor shared = area(maximum(minimum(a_high, b_high) - maximum(a_low, b_low), 0.0));
  const Tensor together = area(part(a, 2, 4)) + area(part(b, 2, 4)) - shared;
  const Tensor hull = area(maximum(a_high, b_high) - minimum(a_low, b_low));
  return shared / together - (hull - together) / hull;
}

// The mean over N of what each of their boxes [N, most] adds.
Tensor of_images(const Tensor& each, const Tensor& present) {
  return sum(each * present) / static_cast<double>(present.size(0));
}

}  // namespace

Detector::Detector(const Config& c)
    : config(checked(c)),
      rows(c.height >> c.halvings.size()),
      columns(c.width >> c.halvings.size()),
      head(
          {.in = (c.neck.empty() ? c.halvings : c.neck).back(), .out = 5 + c.classes, .kernel = 1}),
      corners_(corners_of(rows, columns)) {
  std::int64_t in = c.channels;
  const auto add = [&](std::int64_t out, std::int32_t stride) {
    convolutions.push_back(NormedConv2d({.in = in, .out = out, .stride = stride, .pad = 1}));
    in = out;
  };
  for (const std::int64_t out : c.halvings) add(out, 2);
  for (const std::int64_t out : c.neck) add(out, 1);
}

Tensor Detector::operator()(const Operand& images) const {
  require_images("detector", images, config);
  const Shape shape = images.shape();
  Tensor x = images.tensor();
  for (const NormedConv2d& convolution : convolutions) x = relu(convolution(x));
  return reshape(head(x), {shape[0], rows * columns, 5 + config.classes});
}

Detector::Terms Detector::loss(const Operand& said, const Operand& boxes) const {
  const Tensor cells = said.tensor(), truth = boxes.tensor();
  const std::int64_t n = truth.size(0), most = truth.size(1);
  const Tensor label = reshape(part(truth, 0, 1), {n, most});
  const Tensor present = greater_equal(label, 0.0);
  // Of boxes that are not there: one with an area, so that all is finite.
  const Tensor box = select(reshape(present, {n, most, 1}), part(truth, 1, 5), 0.5);

  // Which cell is asked for each box: 1 there.
  const auto along = [&](std::int64_t axis, std::int64_t count) {
    const auto cells_along = static_cast<double>(count);
    return clamp(floor(part(box, axis, axis + 1) * cells_along), 0.0, cells_along - 1);
  };
  const Tensor x = along(0, columns), y = along(1, rows);
  const Tensor cell = reshape(y * static_cast<double>(columns) + x, {n, most});
  const Tensor asked =
      one_hot(cast(cell, DType::u32), rows * columns) * reshape(present, {n, most, 1});
  const Tensor answers = matmul(asked, cells);

  const Tensor place = sigmoid(part(answers, 0, 4));
  const Tensor centre =
      concat({(x + part(place, 0, 1)) / static_cast<double>(columns),
              (y + part(place, 1, 2)) / static_cast<double>(rows), part(place, 2, 4)},
             2);
  const Tensor wrong = reshape(1.0 - giou(centre, box), {n, most});
  const Tensor labels = reshape(cast(maximum(label, 0.0), DType::u32), {n * most});
  const Tensor logits = reshape(part(answers, 5, 5 + config.classes), {n * most, config.classes});

  Terms terms;
  terms.objectness = bce_with_logits(reshape(part(cells, 4, 5), {n, rows * columns}),
                                     max(asked, {1}), {.reduce = per_sample});
  terms.box = of_images(wrong, present);
  terms.label = of_images(
      reshape(cross_entropy(logits, labels, {.reduce = LossReduce::none}), {n, most}), present);
  terms.loss = terms.objectness + config.box_weight * terms.box + terms.label;
  return terms;
}

Tensor Detector::found(const Operand& said) const {
  const Tensor cells = said.tensor();
  const Tensor place = sigmoid(part(cells, 0, 4));
  const Tensor from_corner = corners_ + part(place, 0, 2);
  return concat({part(from_corner, 0, 1) / static_cast<double>(columns),
                 part(from_corner, 1, 2) / static_cast<double>(rows), part(place, 2, 4),
                 sigmoid(part(cells, 4, 5)) * softmax(part(cells, 5, 5 + config.classes))},
                2);
}

}  // namespace lemnos::nn
