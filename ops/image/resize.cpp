// SPDX-License-Identifier: Apache-2.0
// resize(x, size): a linear map of the pixels along each axis. Gradient: the same op, transposed.
#include <algorithm>
#include <cstdlib>
#include <vector>

#include "ops/image/image.h"
#include "ops/image/walk.h"
#include "runtime/graph/trace.h"
#include "shaders/image/params.h"

namespace lemnos {

extern const OpDef resize_op;

namespace {

constexpr std::int64_t most_product = std::int64_t{1} << 29;  // of two sizes: positions are 32 bits
constexpr std::uint64_t most_taps = 64;  // of a pixel; above, one axis after the other

struct ResizeAttrs {
  std::int64_t height = 0, width = 0;  // of the result
  bool bilinear = false;
  bool transposed = false;
};

TensorType shape(const Problem& p) {
  const auto attrs = p.attrs.as<ResizeAttrs>();
  if (p.inputs.size() != 1) p.fail("takes images, not {} operands", p.inputs.size());
  check_images(p);
  const Shape& x = p.in(0);
  if (attrs.height < 1 || attrs.width < 1)
    p.fail("to {} x {} pixels: both sizes are at least 1", attrs.height, attrs.width);
  if (attrs.height > most_product / x[1] || attrs.width > most_product / x[2])
    p.fail("{} to {} x {} pixels: the product of an axis' two sizes is at most 2^29", x,
           attrs.height, attrs.width);
  return {Shape{x[0], attrs.height, attrs.width, x[3]}, DType::f32};
}

std::vector<Tensor> gradient(const Adjoint& a) {
  auto back = a.attrs.as<ResizeAttrs>();
  back.height = a.in(0).shape()[1];
  back.width = a.in(0).shape()[2];
  back.transposed = !back.transposed;
  return {record(resize_op, {a.dresult}, back)};
}

// The most pixels of an axis that a pixel of the result is made of.
std::uint64_t taps(const ResizeAttrs& attrs, std::int64_t operand, std::int64_t result) {
  if (operand == result) return 1;
  if (!attrs.transposed) return attrs.bilinear ? 2 : 1;
  const std::int64_t each = attrs.bilinear ? 2 * operand / result + 2 : operand / result + 1;
  return static_cast<std::uint64_t>(std::min(each, operand));
}

Dispatch pass(const Problem& p, const gpu::Caps& caps, const Shape& from, const Shape& to,
              const Binding& operand, const Binding& made) {
  const auto attrs = p.attrs.as<ResizeAttrs>();
  ImageGrid grid = image_grid(p, caps, IMAGE_KERNEL(resize), to,
                              taps(attrs, from[1], to[1]) * (taps(attrs, from[2], to[2]) + 1));
  grid.dispatch.specialization.push_back(attrs.bilinear);
  grid.dispatch.specialization.push_back(attrs.transposed);
  grid.dispatch.bindings = {operand, made};
  grid.dispatch.push = kernels::ImageParams{.count = grid.count,
                                            .rows = grid.rows,
                                            .columns = grid.columns,
                                            .channels = grid.channels,
                                            .height = static_cast<std::uint32_t>(from[1]),
                                            .width = static_cast<std::uint32_t>(from[2]),
                                            .turns = grid.turns};
  return grid.dispatch;
}

// Where pixels are sums of many, first along one axis, then along the other: whichever order has
// fewer pixels between the two.
Lowering lower(const Problem& p, const gpu::Caps& caps) {
  const auto attrs = p.attrs.as<ResizeAttrs>();
  const Shape &x = p.in(0), &y = p.out();
  if (taps(attrs, x[1], y[1]) * taps(attrs, x[2], y[2]) <= most_taps)
    return {.dispatches = {pass(p, caps, x, y, input(0), result())}, .scratch_bytes = {}};
  const Shape rows_first{x[0], y[1], x[2], x[3]}, columns_first{x[0], x[1], y[2], x[3]};
  const Shape& between =
      rows_first.elements() < columns_first.elements() ? rows_first : columns_first;
  return {.dispatches = {pass(p, caps, x, between, input(0), scratch(0)),
                         pass(p, caps, between, y, scratch(0), result())},
          .scratch_bytes = {static_cast<std::uint64_t>(between.elements()) * 4}};
}

struct Tap {
  std::size_t pixel;
  double weight;
};

// What resized pixel i is made of, by the formula.
std::vector<Tap> taps_of(bool bilinear, std::int64_t i, std::int64_t from, std::int64_t to) {
  if (!bilinear) return {{static_cast<std::size_t>(i * from / to), 1.0}};
  const std::int64_t last = 2 * to * (from - 1);
  const std::int64_t at = std::clamp<std::int64_t>((2 * i + 1) * from - to, 0, last);
  const auto first = static_cast<std::size_t>(at / (2 * to));
  const double part = static_cast<double>(at % (2 * to)) / static_cast<double>(2 * to);
  if (part == 0) return {{first, 1.0}};
  return {{first, 1 - part}, {first + 1, part}};
}

void reference(const Problem& p, std::span<const Values> in, Values& out) {
  const auto attrs = p.attrs.as<ResizeAttrs>();
  const Shape& small = attrs.transposed ? p.out() : p.in(0);
  const Shape& resized = attrs.transposed ? p.in(0) : p.out();
  const auto channels = static_cast<std::size_t>(small[3]);
  out.assign(static_cast<std::size_t>(p.out().elements()), 0.0);
  std::size_t to = 0;  // a resized pixel, and the pixels it is made of
  for (std::int64_t n = 0; n < small[0]; ++n)
    for (std::int64_t i = 0; i < resized[1]; ++i)
      for (std::int64_t j = 0; j < resized[2]; ++j, to += channels)
        for (const Tap& row : taps_of(attrs.bilinear, i, small[1], resized[1]))
          for (const Tap& column : taps_of(attrs.bilinear, j, small[2], resized[2])) {
            const std::size_t line = static_cast<std::size_t>(n * small[1]) + row.pixel;
            const std::size_t from =
                (line * static_cast<std::size_t>(small[2]) + column.pixel) * channels;
            for (std::size_t c = 0; c < channels; ++c)
              (attrs.transposed ? out[from + c] : out[to + c]) +=
                  row.weight * column.weight * in[0][(attrs.transposed ? to : from) + c];
          }
}

double terms(const Problem& p) {
  const auto attrs = p.attrs.as<ResizeAttrs>();
  return static_cast<double>(taps(attrs, p.in(0)[1], p.out()[1]) *
                             taps(attrs, p.in(0)[2], p.out()[2]));
}

// Every image size in both rules and both directions. The last needs two dispatches backwards.
std::vector<Sample> samples() {
  struct Sizes {
    Shape x;
    std::int64_t height, width;
    bool gradient = true;
  };
  std::vector<Sample> all;
  for (const auto& [x, height, width, gradient] :
       {Sizes{{1, 1, 1, 1}, 1, 1}, Sizes{{2, 3, 4, 3}, 6, 8}, Sizes{{1, 7, 5, 4}, 3, 11},
        Sizes{{2, 5, 1, 1}, 2, 3}, Sizes{{1, 13, 6, 8}, 13, 2}, Sizes{{1, 1, 2, 5}, 7, 1},
        Sizes{{2, 28, 28, 16}, 61, 37, false}, Sizes{{1, 1, 1, 1}, 311, 307, false}})
    for (const bool bilinear : {false, true}) {
      const Shape resized{x[0], height, width, x[3]};
      all.push_back({{{.shape = x}}, ResizeAttrs{height, width, bilinear, false}, gradient});
      all.push_back({{{.shape = resized}}, ResizeAttrs{x[1], x[2], bilinear, true}, gradient});
    }
  return all;
}

}  // namespace

const OpDef resize_op{.name = "resize",
                      .shape = shape,
                      .gradient = gradient,
                      .lower = lower,
                      .fits = fits_images,
                      .reference = reference,
                      .samples = samples,
                      .scale = Scale::inputs,
                      .terms = terms,
                      .half = HalfOperands::reads};

Tensor resize_nearest(const Operand& x, ImageSize size) {
  return record(resize_op, {x}, ResizeAttrs{size.height, size.width, false, false});
}

Tensor resize_bilinear(const Operand& x, ImageSize size) {
  return record(resize_op, {x}, ResizeAttrs{size.height, size.width, true, false});
}

}  // namespace lemnos
