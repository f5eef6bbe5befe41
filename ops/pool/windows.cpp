// SPDX-License-Identifier: Apache-2.0
#include "ops/pool/windows.h"

#include <algorithm>

#include "ops/grid.h"
#include "shaders/pool/params.h"

namespace lemnos {
namespace {

constexpr std::int64_t most_product = std::int64_t{1} << 29;  // positions have 32 bits

std::int64_t windows_along(std::int64_t size, const PoolAttrs& a) {
  return (size + 2 * a.pad - a.kernel) / a.stride + 1;
}

// Pixels [first, second) that window i covers.
std::pair<std::int64_t, std::int64_t> window_at(const PoolAttrs& a, std::int64_t i,
                                                std::int64_t size, std::int64_t pooled) {
  if (a.adapts()) return {i * size / pooled, ceil_div((i + 1) * size, pooled)};
  const std::int64_t begin = i * a.stride - a.pad;
  return {std::max<std::int64_t>(begin, 0), std::min(begin + a.kernel, size)};
}

// The longest window of `to` that share `from` pixels.
std::uint64_t share(std::int64_t from, std::int64_t to) {
  return static_cast<std::uint64_t>(from % to == 0 ? from / to : std::min(from, from / to + 2));
}

}  // namespace

PoolAttrs pool_attrs(std::string_view op, const Operand& x, AvgPoolOptions o) {
  if (o.stride == 0) o.stride = o.kernel;
  if (x.tensor().rank() != 4) fail_at(x.at(), "{}: images are [N, H, W, C], not {}", op, x.shape());
  if (o.kernel < 1 || o.stride < 1 || o.pad < 0 || 2 * o.pad > o.kernel)
    fail_at(x.at(),
            "{}: kernel {}, stride {}, pad {}: a kernel and a stride are at least 1, padding at "
            "most half the kernel",
            op, o.kernel, o.stride, o.pad);
  const std::int64_t height = x.shape()[1], width = x.shape()[2];
  if (height + 2 * o.pad < o.kernel || width + 2 * o.pad < o.kernel)
    fail_at(x.at(), "{}: a window of {} x {} does not fit into images {} with padding {}", op,
            o.kernel, o.kernel, x.shape(), o.pad);
  return {o.kernel, o.stride, o.pad, o.count_include_pad, height, width};
}

PoolAttrs adaptive_attrs(std::string_view op, const Operand& x, ImageSize pooled) {
  if (x.tensor().rank() != 4) fail_at(x.at(), "{}: images are [N, H, W, C], not {}", op, x.shape());
  const std::int64_t height = x.shape()[1], width = x.shape()[2];
  if (pooled.height < 1 || pooled.width < 1)
    fail_at(x.at(), "{}: to {} x {} pixels: both sizes are at least 1", op, pooled.height,
            pooled.width);
  if (pooled.height > most_product / height || pooled.width > most_product / width)
    fail_at(x.at(), "{}: {} to {} x {}: the product of an axis' two sizes is at most 2^29", op,
            x.shape(), pooled.height, pooled.width);
  return {0, 0, 0, 0, height, width, pooled.height, pooled.width};
}

PoolReach window_reach(const PoolAttrs& a) {
  if (a.adapts()) return {share(a.height, a.pooled_height), share(a.width, a.pooled_width)};
  const auto kernel = static_cast<std::uint64_t>(a.kernel);
  return {kernel, kernel};
}

PoolReach reach_of_windows(const PoolAttrs& a) {
  if (a.adapts()) return {share(a.pooled_height, a.height), share(a.pooled_width, a.width)};
  const auto over = static_cast<std::uint64_t>(a.kernel / a.stride + 1);
  return {over, over};
}

Shape pooled_shape(const Shape& image, const PoolAttrs& a) {
  if (a.adapts()) return {image[0], a.pooled_height, a.pooled_width, image[3]};
  return {image[0], windows_along(a.height, a), windows_along(a.width, a), image[3]};
}

TensorType pool_shape(const Problem& p) {
  const auto attrs = p.attrs.as<PoolAttrs>();
  check_images(p);
  if (p.in(0)[1] != attrs.height || p.in(0)[2] != attrs.width)
    p.fail("images {}, expected [N, {}, {}, C]", p.in(0), attrs.height, attrs.width);
  return {pooled_shape(p.in(0), attrs), DType::f32};
}

void check_pooled(const Problem& p, int i) {
  const auto attrs = p.attrs.as<PoolAttrs>();
  const Shape& shape = p.in(i);
  if (shape.rank() != 4 || !is_real(p.inputs[static_cast<std::size_t>(i)].dtype) ||
      !(shape == pooled_shape(shape, attrs)))
    p.fail("operand {} is {} of {}, which is no pooling of {} x {} images", i, shape,
           name_of(p.inputs[static_cast<std::size_t>(i)].dtype), attrs.height, attrs.width);
}

Lowering lower_pool(const Problem& p, const gpu::Caps& caps, const PoolCall& call) {
  const auto attrs = p.attrs.as<PoolAttrs>();
  const Shape &image = call.image, pooled = pooled_shape(image, attrs);
  const auto narrow = [](std::int64_t n) { return static_cast<std::uint32_t>(n); };
  ImageGrid grid = image_grid(p, caps, call.kernel, {image[0], call.rows, call.columns, image[3]},
                              call.turns_per_element);
  Dispatch& dispatch = grid.dispatch;
  for (const std::uint32_t constant :
       {narrow(attrs.kernel), narrow(attrs.stride), narrow(attrs.pad), std::uint32_t{call.max},
        std::uint32_t{attrs.counts_pad != 0}, std::uint32_t{p.activation == Activation::mask},
        std::uint32_t{call.whole}})
    dispatch.specialization.push_back(constant);
  dispatch.push = kernels::PoolParams{.count = grid.count,
                                      .rows = grid.rows,
                                      .columns = grid.columns,
                                      .channels = grid.channels,
                                      .height = narrow(image[1]),
                                      .width = narrow(image[2]),
                                      .pooled_height = narrow(pooled[1]),
                                      .pooled_width = narrow(pooled[2]),
                                      .turns = grid.turns};
  for (std::uint32_t i = 0; i < p.inputs.size(); ++i) dispatch.bindings.push_back(input(i));
  if (call.masks && !p.has_extra()) dispatch.bindings.push_back(input(0));
  dispatch.bindings.push_back(result());
  return {.dispatches = {dispatch}, .scratch_bytes = {}};
}

void each_window(const Shape& image, const PoolAttrs& a,
                 const std::function<void(std::size_t, std::span<const std::size_t>)>& window) {
  const Shape pooled = pooled_shape(image, a);
  std::size_t index = 0;
  std::vector<std::size_t> pixels;
  for (std::int64_t n = 0; n < pooled[0]; ++n) {
    for (std::int64_t i = 0; i < pooled[1]; ++i) {
      for (std::int64_t j = 0; j < pooled[2]; ++j) {
        for (std::int64_t c = 0; c < pooled[3]; ++c) {
          const auto [top, bottom] = window_at(a, i, image[1], pooled[1]);
          const auto [left, right] = window_at(a, j, image[2], pooled[2]);
          pixels.clear();
          for (std::int64_t y = top; y < bottom; ++y)
            for (std::int64_t x = left; x < right; ++x)
              pixels.push_back(
                  static_cast<std::size_t>(((n * image[1] + y) * image[2] + x) * image[3] + c));
          window(index++, pixels);
        }
      }
    }
  }
}

double window_divisor(const PoolAttrs& attrs, std::size_t covered) {
  return attrs.counts_pad != 0 ? attrs.kernel * attrs.kernel : static_cast<double>(covered);
}

// Windows of one size, and windows that adapt: apart, overlapping, more of them than pixels.
std::vector<Sample> pool_samples() {
  const auto sample = [](Shape image, PoolAttrs attrs, bool gradient = true) {
    attrs.height = image[1];
    attrs.width = image[2];
    return Sample{.inputs = {{.shape = image}}, .attrs = attrs, .gradient = gradient};
  };
  const auto adaptive = [&](Shape image, std::int64_t height, std::int64_t width,
                            bool gradient = true) {
    return sample(image, {0, 0, 0, 0, 0, 0, height, width}, gradient);
  };
  return {sample({1, 1, 1, 1}, {1, 1, 0, 1}),
          sample({2, 4, 5, 3}, {2, 2, 0, 1}),
          sample({1, 5, 7, 4}, {3, 2, 1, 0}),
          sample({2, 5, 4, 2}, {3, 1, 1, 1}),
          sample({1, 7, 5, 1}, {2, 3, 1, 0}),
          sample({1, 6, 6, 8}, {3, 3, 0, 1}),
          sample({3, 28, 28, 32}, {2, 2, 0, 1}, false),
          sample({2, 33, 29, 5}, {5, 2, 2, 0}, false),
          sample({2, 8, 9, 4}, {2, 3, 1, 1}),
          sample({1, 9, 7, 3}, {3, 3, 1, 0}),
          adaptive({1, 1, 1, 1}, 1, 1),
          adaptive({2, 6, 4, 4}, 3, 2),
          adaptive({1, 7, 5, 3}, 3, 2),
          adaptive({2, 3, 2, 4}, 5, 7),
          adaptive({2, 33, 29, 8}, 7, 1, false)};
}

}  // namespace lemnos
