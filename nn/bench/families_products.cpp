// SPDX-License-Identifier: Apache-2.0
// The families that multiply matrices: what bounds them is arithmetic.
#include <algorithm>

#include "nn/bench/families.h"
#include "ops/ops.h"
#include "runtime/autodiff/backward.h"

namespace lemnos::bench {
namespace {

// Operations that the reference does in about a second.
constexpr double most_reference_flops = 4e8;

SampleInput input_of(const Shape& shape, DType type = DType::f32) {
  return {.shape = shape, .dtype = type, .low = -1, .high = 1};
}

std::vector<Tensor> gradients(const Tensor& y, const Tensor& dy, const std::vector<Tensor>& of) {
  return grad(sum(y * dy), of);
}

// The first and the last `count` of `size`: what is wrong at an edge is wrong at the last.
std::vector<Cut> ends(int axis, std::int64_t size, std::int64_t count) {
  count = std::min(count, size);
  return {{axis, 0, count}, {axis, size - count, count}};
}

std::string_view stored(DType type) { return name_of(type); }

}  // namespace

Case matmul_case(std::string_view layout, MatmulSizes sizes, DType type) {
  const auto [m, n, k, batch] = sizes;
  const MatmulOptions options{.transpose_a = layout[0] == 't', .transpose_b = layout[1] == 't'};
  const auto shape = [&](std::int64_t rows, std::int64_t columns, bool transposed) {
    if (transposed) std::swap(rows, columns);
    return batch == 0 ? Shape{rows, columns} : Shape{batch, rows, columns};
  };
  Case made{
      .name = fmt::format("matmul {} {}{}x{}x{} {}", layout,
                          batch == 0 ? "" : fmt::format("{} of ", batch), m, n, k, stored(type)),
      .use = options.transpose_a ? Use::train : Use::run,
      .inputs = {input_of(shape(m, k, options.transpose_a), type),
                 input_of(shape(k, n, options.transpose_b), type)},
      .body = [options](std::span<const Tensor> x) -> std::vector<Tensor> {
        return {matmul(x[0], x[1], options)};
      }};
  const double flops = 2.0 * static_cast<double>(m * n * k * std::max<std::int64_t>(batch, 1));
  if (flops <= most_reference_flops) return made;
  const int first = batch == 0 ? 0 : 1;
  const auto batches = ends(0, batch, 1);
  const auto rows = ends(first, m, 16), columns = ends(first + 1, n, 16);
  for (std::size_t i = 0; i < 2; ++i) {
    Slice slice{.inputs = {{rows[i]}, {columns[i]}}, .results = {{rows[i], columns[i]}}};
    slice.inputs[0][0].axis = first + (options.transpose_a ? 1 : 0);
    slice.inputs[1][0].axis = first + (options.transpose_b ? 0 : 1);
    if (batch != 0)
      for (Window* window : {&slice.inputs[0], &slice.inputs[1], &slice.results[0]})
        window->push_back(batches[i]);
    made.slices.push_back(slice);
  }
  return made;
}

Case conv_case(ConvPass pass, ConvSizes s, DType type) {
  const std::int64_t pad = s.kernel / 2, out = (s.side + 2 * pad - s.kernel) / s.stride + 1;
  const Conv2dOptions options{.stride = static_cast<std::int32_t>(s.stride),
                              .pad = static_cast<std::int32_t>(pad),
                              .groups = static_cast<std::int32_t>(s.depthwise ? s.c : 1)};
  constexpr std::string_view names[] = {"forward", "data", "weights"};
  Case made{
      .name = fmt::format("{} {} {}x{}{} {}x{}x{}x{}->{} {}", s.depthwise ? "depthwise" : "conv",
                          names[static_cast<int>(pass)], s.kernel, s.kernel,
                          s.stride == 1 ? "" : fmt::format("/{}", s.stride), s.n, s.side, s.side,
                          s.c, s.k, stored(type)),
      .use = pass == ConvPass::forward ? Use::run : Use::train,
      .inputs = {input_of({s.n, s.side, s.side, s.c}, type),
                 input_of({s.k, s.kernel, s.kernel, s.depthwise ? 1 : s.c}, type)},
      .body = {}};
  if (pass == ConvPass::forward) {
    made.body = [options](std::span<const Tensor> x) -> std::vector<Tensor> {
      return {conv2d(x[0], x[1], options)};
    };
  } else {
    made.inputs.push_back(input_of({s.n, out, out, s.k}, type));
    made.body = [options, pass](std::span<const Tensor> x) {
      return gradients(conv2d(x[0], x[1], options), x[2], {pass == ConvPass::data ? x[0] : x[1]});
    };
  }
  const double flops = 2.0 * static_cast<double>(s.n * out * out * s.k * s.kernel * s.kernel *
                                                 (s.depthwise ? 1 : s.c));
  if (flops <= most_reference_flops || s.depthwise) return made;
  // Some images; the gradient of the weights is a sum over them, so some channels of the output.
  if (pass == ConvPass::weights) {
    for (const Cut& cut : ends(0, s.k, 2))
      made.slices.push_back({{{}, {cut}, {{3, cut.begin, cut.count}}}, {{cut}}});
    return made;
  }
  for (const Cut& image : ends(0, s.n, 1)) {
    const auto channels = ends(pass == ConvPass::forward ? 0 : 3,
                               pass == ConvPass::forward ? s.k : s.c, 8)[image.begin == 0 ? 0 : 1];
    const Cut of_result{3, channels.begin, channels.count};
    if (pass == ConvPass::forward)
      made.slices.push_back({{{image}, {channels}}, {{image, of_result}}});
    else
      made.slices.push_back({{{image, of_result}, {channels}, {image}}, {{image, of_result}}});
  }
  return made;
}

Case attention_case(Use use, AttentionSizes s, DType type) {
  const AttentionOptions options{.causal = s.causal};
  const SampleInput each = input_of({s.b, s.h, s.t, s.d}, type);
  Case made{
      .name = fmt::format("attention {} {}x{}x{}x{}{} {}", use == Use::run ? "forward" : "train",
                          s.b, s.h, s.t, s.d, s.causal ? " causal" : "", stored(type)),
      .use = use,
      .inputs = {each, each, each},
      .body = [options](std::span<const Tensor> x) -> std::vector<Tensor> {
        return {attention(x[0], x[1], x[2], options)};
      }};
  std::size_t results = 1;
  if (use == Use::train) {
    results = 4;
    made.inputs.push_back(each);
    made.body = [options](std::span<const Tensor> x) {
      const Tensor y = attention(x[0], x[1], x[2], options);
      std::vector<Tensor> all = gradients(y, x[3], {x[0], x[1], x[2]});
      all.push_back(y);
      return all;
    };
  }
  const double products = use == Use::run ? 2 : 7;
  const double flops = products * 2 * static_cast<double>(s.b * s.h * s.t * s.t * s.d);
  if (flops <= most_reference_flops) return made;
  const Window last{{0, s.b - 1, 1}, {1, s.h - 1, 1}};
  made.slices.push_back(
      {std::vector<Window>(made.inputs.size(), last), std::vector<Window>(results, last)});
  return made;
}

namespace {

Case recurrent_case(std::string_view name, Use use, SequenceSizes s, std::int64_t gates,
                    std::vector<SampleInput> more,
                    std::function<Tensor(std::span<const Tensor>)> forward) {
  SampleInput w = input_of({gates * s.h, s.h});
  w.low = -0.1, w.high = 0.1;
  Case made{
      .name = fmt::format("{} {} {}x{}x{} f32", name, use == Use::run ? "forward" : "train", s.b,
                          s.t, s.h),
      .use = use,
      .inputs = {input_of({s.b, s.t, gates * s.h}), w},
      .body = [forward](std::span<const Tensor> x) -> std::vector<Tensor> { return {forward(x)}; }};
  made.inputs.insert(made.inputs.end(), more.begin(), more.end());
  if (use == Use::run) return made;
  made.inputs.push_back(input_of({s.b, s.t, s.h}));
  made.body = [forward](std::span<const Tensor> x) {
    return gradients(forward(x), x.back(), {x[0], x[1]});
  };
  return made;
}

}  // namespace

Case lstm_case(Use use, SequenceSizes s) {
  const SampleInput state = input_of({s.b, s.h});
  return recurrent_case("lstm", use, s, 4, {state, state},
                        [](std::span<const Tensor> x) { return lstm(x[0], x[1], x[2], x[3]).h; });
}

Case gru_case(Use use, SequenceSizes s) {
  return recurrent_case("gru", use, s, 3, {input_of({3 * s.h}), input_of({s.b, s.h})},
                        [](std::span<const Tensor> x) { return gru(x[0], x[1], x[2], x[3]).h; });
}

}  // namespace lemnos::bench
