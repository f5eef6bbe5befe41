// SPDX-License-Identifier: Apache-2.0
// affine(x, maps): images under affine maps of their places, by bilinear interpolation. No
// gradient.
#include <algorithm>
#include <array>
#include <cmath>

#include "ops/image/image.h"
#include "ops/image/walk.h"
#include "runtime/graph/trace.h"
#include "shaders/image/params.h"

namespace lemnos {
namespace {

TensorType shape(const Problem& p) {
  if (p.inputs.size() != 2) p.fail("takes images and maps, not {} operands", p.inputs.size());
  check_images(p);
  if (!is_real(p.inputs[1].dtype) || !(p.in(1) == Shape{p.in(0)[0], 2, 3}))
    p.fail("images {} have maps [{}, 2, 3] of f32, not {} of {}", p.in(0), p.in(0)[0], p.in(1),
           name_of(p.inputs[1].dtype));
  return {p.in(0)};
}

Lowering lower(const Problem& p, const gpu::Caps& caps) {
  ImageGrid grid = image_grid(p, caps, IMAGE_KERNEL(affine), p.out(), 0, p.in(1).elements());
  grid.dispatch.bindings = {input(0), input(1), result()};
  grid.dispatch.bindings[1].scalars = grid.texel;
  grid.dispatch.push = kernels::ImageParams{.count = grid.count,
                                            .rows = grid.rows,
                                            .columns = grid.columns,
                                            .channels = grid.channels,
                                            .height = grid.rows,
                                            .width = grid.columns,
                                            .turns = grid.turns};
  return {.dispatches = {grid.dispatch}, .scratch_bytes = {}};
}

// Calls make(result element, image, row, column, channel) with where in the image it comes from.
template <class Make>
void each_place(const Problem& p, const Values& maps, Make make) {
  const Shape& x = p.in(0);
  const double down = static_cast<double>(x[1] - 1) / 2, across = static_cast<double>(x[2] - 1) / 2;
  std::size_t at = 0;
  for (std::int64_t n = 0; n < x[0]; ++n) {
    const double* map = &maps[static_cast<std::size_t>(6 * n)];
    for (std::int64_t i = 0; i < x[1]; ++i)
      for (std::int64_t j = 0; j < x[2]; ++j) {
        const double u = static_cast<double>(j) - across, v = static_cast<double>(i) - down;
        for (std::int64_t c = 0; c < x[3]; ++c)
          make(at++, n, map[3] * u + map[4] * v + map[5] + down,
               map[0] * u + map[1] * v + map[2] + across, c);
      }
  }
}

void reference(const Problem& p, std::span<const Values> in, Values& out) {
  const Shape& x = p.in(0);
  const auto pixel = [&](std::int64_t n, double row, double column, std::int64_t c) {
    if (!(row >= 0 && row < static_cast<double>(x[1]))) return 0.0;
    if (!(column >= 0 && column < static_cast<double>(x[2]))) return 0.0;
    const auto i = static_cast<std::int64_t>(row), j = static_cast<std::int64_t>(column);
    return in[0][static_cast<std::size_t>(((n * x[1] + i) * x[2] + j) * x[3] + c)];
  };
  out.resize(in[0].size());
  each_place(p, in[1],
             [&](std::size_t at, std::int64_t n, double row, double column, std::int64_t c) {
               const double top = std::floor(row), left = std::floor(column);
               const double low = row - top, right = column - left;
               out[at] = (1 - low) * (1 - right) * pixel(n, top, left, c) +
                         (1 - low) * right * pixel(n, top, left + 1, c) +
                         low * (1 - right) * pixel(n, top + 1, left, c) +
                         low * right * pixel(n, top + 1, left + 1, c);
             });
}

// A place is rounded as a sum of three terms; an error of the place counts as often as neighbours
// differ, which is twice the largest pixel at most.
void magnitude(const Problem& p, std::span<const Values> in, Values& out) {
  double largest = 0;
  for (const double value : in[0]) largest = std::max(largest, std::abs(value));
  Values positive = in[1];
  for (double& value : positive) value = std::abs(value);
  const double height = static_cast<double>(p.in(0)[1]), width = static_cast<double>(p.in(0)[2]);
  out.resize(in[0].size());
  for (std::size_t at = 0; at < out.size(); ++at) {
    const std::size_t image = at / (out.size() / static_cast<std::size_t>(p.in(0)[0]));
    const double* map = &positive[6 * image];
    const double reach = (map[0] + map[3]) * width + (map[1] + map[4]) * height + map[2] + map[5];
    out[at] = largest * (1 + reach + width + height);
  }
}

// Maps that turn, scale and mirror at random, and move by up to 3 pixels.
std::vector<Sample> samples() {
  const auto sample = [](Shape x, double move) {
    return Sample{.inputs = {{.shape = x}, {.shape = {x[0], 2, 3}, .low = -move, .high = move}},
                  .attrs = {},
                  .gradient = false};
  };
  return {sample({1, 1, 1, 1}, 0.4), sample({3, 5, 7, 1}, 1.5), sample({2, 9, 4, 3}, 3),
          sample({5, 6, 6, 8}, 1), sample({64, 28, 28, 4}, 1)};
}

}  // namespace

extern const OpDef affine_op;
const OpDef affine_op{.name = "affine",
                      .shape = shape,
                      .lower = lower,
                      .fits = fits_images,
                      .reference = reference,
                      .samples = samples,
                      .magnitude = magnitude,
                      .half = HalfOperands::reads};

Tensor affine(const Operand& x, const Operand& maps) { return record(affine_op, {x, maps}, {}); }

}  // namespace lemnos
