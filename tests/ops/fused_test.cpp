// SPDX-License-Identifier: Apache-2.0
// Fusion changes how often memory is touched and nothing else: not one bit, not one NaN. Only long
// sums that another kernel gives on the way (companions) are cut, and so added, in other places.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "ops/index/gather_rows.h"
#include "ops/ops.h"
#include "runtime/autodiff/backward.h"
#include "runtime/doctor/session.h"
#include "runtime/exec/plan.h"
#include "runtime/exec/program.h"
#include "runtime/passes/units.h"
#include "tests/ops/on_both.h"

namespace lemnos::test {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double inf = std::numeric_limits<double>::infinity();
constexpr ExecOptions unfused{.epilogues = false, .pointwise = false};

// Results are f32: as doubles, equal bits are equal values with equal signs. Any NaN equals any.
bool same_bits(double a, double b) {
  return (std::isnan(a) && std::isnan(b)) || (a == b && std::signbit(a) == std::signbit(b));
}

void check_same_bits(const Values& got, const Values& expected) {
  REQUIRE(got.size() == expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    CAPTURE(i);
    CAPTURE(got[i]);
    CAPTURE(expected[i]);
    CHECK(same_bits(got[i], expected[i]));
  }
}

void check_fused(const std::vector<Given>& inputs, const Body& body) {
  const auto fused = on_device(inputs, body);
  if (!fused) return;
  check_same_bits(*fused, *on_device(inputs, body, unfused));
}

std::vector<const OpDef*> pointwise_ops() {
  std::vector<const OpDef*> ops;
  for (const OpDef* op : all_ops())
    if (op->kind == Kind::pointwise && op->samples()[0].attrs == Attrs()) ops.push_back(op);
  return ops;
}

Tensor recorded(const OpDef& op, std::span<const Tensor> operands) {
  const std::size_t count = op.samples()[0].inputs.size();
  std::vector<Operand> taken;
  for (std::size_t i = 0; i < count; ++i) taken.emplace_back(operands[i]);
  return record(op, taken);
}

// f32 values from low to high that are no round numbers.
Given spread(std::int64_t count, double low, double high) {
  Given given{{count}, {}};
  for (std::int64_t i = 0; i < count; ++i)
    given.values.push_back(static_cast<float>(low + (high - low) * std::fmod(0.618034 * i, 1.0)));
  return given;
}

}  // namespace

TEST_CASE("fused: a chain through every pointwise op gives the same bits as its ops one by one") {
  REQUIRE(pointwise_ops().size() > 30);
  // The fraction keeps the chain bounded, and its factor makes the last result depend on every
  // bit.
  check_fused({spread(1003, -2, 2), spread(1003, 0.1, 1.5), spread(1003, -1, 3)}, [](auto in) {
    Tensor chain = in[0];
    for (const OpDef* op : pointwise_ops()) {
      const Tensor larger = chain * 7.0;
      const std::vector<Tensor> operands{larger - floor(larger) + 0.1, in[1], in[2]};
      chain = recorded(*op, operands) - chain * 0.9;
    }
    return chain;
  });
}

// SwiftShader took ten times longer for each further function in a kernel: 19 s for 6 log.
TEST_CASE("fused: twelve dependent exp and log become several kernels, with the same bits") {
  const Given x = spread(1003, 0.5, 2);
  const Body body = [](auto in) {
    Tensor chain = in[0];
    for (int i = 0; i < 12; ++i) chain = log(exp(chain) + 0.25);
    return chain;
  };
  Trace trace;
  const Tensor chain = body(std::vector{trace.input("x", {x.shape, DType::f32})});
  trace.graph().outputs = {trace.resolve(chain)};
  const std::size_t kernels = make_units(trace.graph(), {}).size();
  CHECK(kernels > 1);
  CHECK(kernels <= 4);
  check_both({x}, by_reference(std::vector{x}, body), body);
  check_fused({x}, body);
}

TEST_CASE("fused: every pointwise op gives the same bits for zeros, infinities and NaN") {
  const Values special{nan, inf, -inf, 0.0, -0.0, 1, -1, 0.5, -2.5};
  Given a{{729}, {}}, b = a, c = a;
  for (std::size_t i = 0; i < 729; ++i) {
    a.values.push_back(special[i % 9]);
    b.values.push_back(special[i / 9 % 9]);
    c.values.push_back(special[i / 81]);
  }
  for (const OpDef* op : pointwise_ops()) {
    const std::string name(op->name);
    CAPTURE(name);
    const Body body = [op](auto in) { return neg(recorded(*op, in)); };
    const auto fused = on_device(std::vector{a, b, c}, body);
    if (!fused) return;
    check_same_bits(*fused, *on_device(std::vector{a, b, c}, body, unfused));
    const Values expected = by_reference(std::vector{a, b, c}, body);
    for (std::size_t i = 0; i < expected.size(); ++i) {
      CAPTURE(a.values[i]);
      CAPTURE(b.values[i]);
      CAPTURE(c.values[i]);
      CAPTURE((*fused)[i]);
      CAPTURE(expected[i]);
      CHECK(std::isnan((*fused)[i]) == std::isnan(expected[i]));
      CHECK(std::isinf((*fused)[i]) == std::isinf(expected[i]));
    }
  }
}

TEST_CASE("fused: relu keeps NaN, alone, in a chain and as the end of a product or convolution") {
  const Given x{{4}, {nan, -1, 2, -inf}};
  check_both({x}, {nan, 0, 2, 0}, [](auto in) { return relu(in[0]); });
  check_both({x}, {nan, 1, 5, 1}, [](auto in) { return relu(in[0]) * 2.0 + 1.0; });

  // With bias and activation in the kernel, and without; the sizes reach each of the kernels.
  for (const std::int64_t size : {3, 8, 64, 129, 1000}) {
    CAPTURE(size);
    Given a{{5, size}, Values(static_cast<std::size_t>(5 * size), 1)};
    a.values[static_cast<std::size_t>(2 * size)] = nan;  // row 2
    const Body body = [](auto in) { return relu(matmul(in[0], in[1]) + in[2]); };
    for (const std::int64_t columns : {33, 64}) {
      CAPTURE(columns);
      const auto n = static_cast<std::size_t>(columns);
      const Given b{{size, columns}, Values(static_cast<std::size_t>(size) * n, -1)};
      const Given bias = spread(columns, 0.5, 1);
      Values expected(5 * n, 0.0);
      for (std::size_t i = 0; i < n; ++i) expected[2 * n + i] = nan;
      check_both({a, b, bias}, expected, body);
      check_fused({a, b, bias}, body);
    }
  }
}

TEST_CASE("fused: a NaN in an image reaches each pixel that a convolution with relu sees it from") {
  for (const std::int64_t channels : {1, 4, 32}) {
    CAPTURE(channels);
    for (const std::int64_t filters : {1, 3, 32}) {
      CAPTURE(filters);
      Given x{{1, 6, 6, channels}, Values(static_cast<std::size_t>(36 * channels), 1)};
      x.values[0] = nan;  // in the corner
      const Given w{{filters, 3, 3, channels},
                    Values(static_cast<std::size_t>(9 * filters * channels), -1)};
      const Given bias{{filters}, Values(static_cast<std::size_t>(filters), 0.25)};
      const Body body = [](auto in) { return relu(conv2d(in[0], in[1], {.pad = 1}) + in[2]); };
      Values expected(static_cast<std::size_t>(36 * filters), 0.0);
      for (const std::int64_t pixel : {0, 1, 6, 7})
        for (std::int64_t f = 0; f < filters; ++f)
          expected[static_cast<std::size_t>(pixel * filters + f)] = nan;
      check_both({x, w, bias}, expected, body);
      check_fused({x, w, bias}, body);
    }
  }
}

// Channels, filters and groups: some channels a group, single channels, enough for tiles.
constexpr std::array<std::array<std::int32_t, 3>, 4> grouped{
    {{4, 6, 2}, {4, 4, 4}, {3, 3, 3}, {32, 48, 2}}};

TEST_CASE("fused: bias and relu end a convolution in groups too") {
  for (const auto& [channels, filters, groups] : grouped) {
    CAPTURE(channels);
    Given x = spread(2 * 6 * 7 * channels, -1, 1),
          w = spread(filters * 9 * channels / groups, -1, 1);
    x.shape = {2, 6, 7, channels};
    w.shape = {filters, 3, 3, channels / groups};
    const Conv2dOptions options{.stride = 2, .pad = 1, .groups = groups};
    const std::vector<Given> inputs{x, w, spread(filters, -1, 1)};
    const Body body = [&](auto in) { return relu(conv2d(in[0], in[1], options) + in[2]); };
    check_both(inputs, by_reference(inputs, body), body);
    check_fused(inputs, body);
  }
}

// A mask of all that decides: above, below and at zero with either sign, infinite, NaN.
Given mask_of(const Shape& shape) {
  const Values special{1, -1, 0.0, -0.0, nan, inf, -inf};
  Given mask{shape, {}};
  for (std::size_t i = 0; i < static_cast<std::size_t>(shape.elements()); ++i)
    mask.values.push_back(special[i % 7]);
  return mask;
}

// Values of both signs, with NaN for the first.
Given signed_values(const Shape& shape) {
  Given given = spread(shape.elements(), -2, 1);
  given.shape = shape;
  given.values[0] = nan;
  return given;
}

PlanStats stats_of(const std::vector<Given>& inputs, const Body& body, ExecOptions options) {
  Trace trace;
  std::vector<Tensor> tensors;
  for (const Given& given : inputs) tensors.push_back(trace.input("x", {given.shape, given.dtype}));
  trace.graph().outputs = {trace.resolve(body(tensors))};
  return make_plan(trace.graph(), device()->caps(), options).stats;
}
std::uint32_t dispatches_of(const std::vector<Given>& inputs, const Body& body,
                            ExecOptions options) {
  return stats_of(inputs, body, options).dispatches;
}

TEST_CASE("fused: ten ops in a chain are one kernel, which moves what one of them does") {
  const Body chain = [](std::span<const Tensor> in) {
    Tensor y = in[0];
    for (const double factor : {0.5, 0.75, 1.25, 0.875, 1.5}) y = maximum(y * factor, in[1]);
    return y;
  };
  const std::vector<Given> inputs{signed_values({1000}), signed_values({1000})};
  const ExecOptions apart{.chains = false};
  const auto fused = on_device(inputs, chain);
  if (!fused) return;
  check_same_bits(*fused, *on_device(inputs, chain, apart));
  const PlanStats one = stats_of(inputs, chain, {}), ten = stats_of(inputs, chain, apart);
  CHECK(one.dispatches == 1);
  CHECK(ten.dispatches == 10);
  CHECK(one.bytes_moved == 3 * 4000);            // two values read, one written
  CHECK(ten.bytes_moved == 5 * (2 + 3) * 4000);  // five products with a number, five maxima
}

// That the mask is in the kernel is seen by the number of dispatches, one less than without
// epilogues.
void check_masked(const std::vector<Given>& inputs, const Body& body) {
  const auto fused = on_device(inputs, body);
  if (!fused) return;
  check_same_bits(*fused, *on_device(inputs, body, unfused));
  CHECK(dispatches_of(inputs, body, {}) + 1 == dispatches_of(inputs, body, {.epilogues = false}));
}

TEST_CASE("fused: the mask of relu's gradient at the end of a product, whole or in parts") {
  for (const std::int64_t size : {3, 8, 129, 20000}) {
    CAPTURE(size);
    for (const std::int64_t columns : {1, 33, 64}) {
      CAPTURE(columns);
      for (const bool transposed : {false, true}) {
        const Given a = signed_values({5, size});
        const Given b = signed_values(transposed ? Shape{columns, size} : Shape{size, columns});
        check_masked({a, b, mask_of({5, columns})}, [&](auto in) {
          return relu_grad(matmul(in[0], in[1], {.transpose_b = transposed}), in[2]);
        });
      }
    }
  }
  // Batches, and a mask of another shape with the same elements.
  check_masked({signed_values({3, 4, 8}), signed_values({3, 8, 6}), mask_of({12, 6})}, [](auto in) {
    return relu_grad(reshape(matmul(in[0], in[1]), {12, 6}), in[2]);
  });
}

TEST_CASE("fused: the mask of relu's gradient at the end of both convolutions") {
  for (const std::int64_t channels : {1, 4, 32}) {
    CAPTURE(channels);
    for (const std::int64_t filters : {1, 3, 32}) {
      CAPTURE(filters);
      const Given x = signed_values({2, 6, 5, channels}), y = signed_values({2, 6, 5, filters});
      const Given w = signed_values({filters, 3, 3, channels});
      check_masked({x, w, mask_of(y.shape)},
                   [](auto in) { return relu_grad(conv2d(in[0], in[1], {.pad = 1}), in[2]); });
      check_masked({y, w, mask_of(x.shape)}, [](auto in) {
        return relu_grad(conv_transpose2d(in[0], in[1], {.pad = 1}), in[2]);
      });
      check_masked({y, w, mask_of({2, 12, 10, channels})}, [](auto in) {
        return relu_grad(conv_transpose2d(in[0], in[1], {.stride = 2, .pad = 1, .output_pad = 1}),
                         in[2]);
      });
    }
  }
  for (const auto& [channels, filters, groups] : grouped) {
    CAPTURE(channels);
    const Conv2dOptions options{.pad = 1, .groups = groups};
    const Given x = signed_values({1, 5, 5, channels});
    const Given w = signed_values({filters, 3, 3, channels / groups});
    check_masked({x, w, mask_of({1, 5, 5, filters})},
                 [&](auto in) { return relu_grad(conv2d(in[0], in[1], options), in[2]); });
  }
}

TEST_CASE("fused: the mask of relu's gradient at the end of max pooling's gradient") {
  for (const std::int64_t channels : {3, 8})
    for (const PoolOptions options : {PoolOptions{.kernel = 2}, {.kernel = 3, .stride = 2}}) {
      CAPTURE(channels);
      CAPTURE(options.kernel);
      check_masked({signed_values({2, 7, 6, channels})}, [&](auto in) {
        const Tensor pooled = max_pool2d(relu(in[0]), options);
        return grad(sum(pooled * pooled), in)[0];
      });
    }
}

// A body whose result is a product's followed by sums that its kernel gives.
Tensor side_by_side(const Tensor& product, const Tensor& sums) {
  return concat(std::vector<Operand>{reshape(product, {product.elements()}),
                                     reshape(sums, {sums.elements()})},
                0);
}

// Both values against the reference, and fewer dispatches than without. `same`: not one bit
// differs.
void check_companion(const std::vector<Given>& inputs, const Body& body, bool same) {
  constexpr ExecOptions without{.companions = false};
  const auto got = on_device(inputs, body);
  if (!got) return;
  check_both(inputs, by_reference(inputs, body), body);
  if (same) check_same_bits(*got, *on_device(inputs, body, without));
  CHECK(dispatches_of(inputs, body, {}) < dispatches_of(inputs, body, without));
}

TEST_CASE("fused: a product of gradients gives their sums too, the bias's gradient") {
  for (const std::int64_t depth : {1, 7, 128, 300, 20000})
    for (const std::int64_t rows : {1, 10, 64, 67}) {
      CAPTURE(depth);
      CAPTURE(rows);
      Given dy = spread(depth * rows, 0, 0.01), x = spread(depth * 12, -0.01, 0.01);
      dy.shape = {depth, rows};
      x.shape = {depth, 12};
      check_companion(
          {dy, x},
          [](auto in) {
            return side_by_side(matmul(in[0], in[1], {.transpose_a = true}), sum(in[0], {0}));
          },
          depth < 1000 && rows > 1);  // one row is summed by several invocations
    }
}

// CPU drivers read a packed copy of such rows (ops/matmul/lower.cpp), the sums too.
TEST_CASE("fused: so does a product whose rows are packed") {
  Given dy = spread(256 * 1040, 0, 0.01), x = spread(256 * 2048, -0.01, 0.01);
  dy.shape = {256, 1040};
  x.shape = {256, 2048};
  check_companion(
      {dy, x},
      [](auto in) {
        return side_by_side(matmul(in[0], in[1], {.transpose_a = true}), sum(in[0], {0}));
      },
      true);
}

// Old CPU drivers end loops early and without a word: product and sums share their turns.
TEST_CASE("fused: sums over a long depth are whole") {
  const std::int64_t depth = 60000;
  std::vector<Given> given{spread(depth * 254, 0, 0.01), spread(depth * 256, -0.01, 0.01)};
  given[0].shape = {depth, 254};
  given[1].shape = {depth, 256};
  const auto body = [](auto in) {
    return side_by_side(matmul(in[0], in[1], {.transpose_a = true}), sum(in[0], {0}));
  };
  const auto got = on_device(given, body);
  if (!got) return;
  const auto expected = on_device(given, body, {.companions = false});
  for (std::size_t i = got->size() - 254; i < got->size(); ++i) {
    CAPTURE(i);
    CHECK((*got)[i] == doctest::Approx((*expected)[i]).epsilon(1e-4));
  }
}

TEST_CASE("fused: the weights' gradient of a convolution gives that of the bias too") {
  using Sizes = std::array<std::int64_t, 3>;
  for (const auto& [channels, filters, groups] : {Sizes{4, 1, 1},
                                                  {4, 6, 1},
                                                  {4, 6, 2},
                                                  {4, 32, 1},
                                                  {4, 32, 2},
                                                  {4, 4, 4},
                                                  {3, 3, 3},
                                                  {32, 40, 2}})
    for (const std::int64_t images : {1, 30}) {
      CAPTURE(filters);
      CAPTURE(groups);
      CAPTURE(images);
      const Shape image{images, 14, 13, channels}, kernel{filters, 3, 3, channels / groups};
      Given x = spread(image.elements(), -0.01, 0.01), w = spread(kernel.elements(), -1, 1);
      x.shape = image;
      w.shape = kernel;
      const Given bias = spread(filters, -1, 1);
      Given dy = spread(images * 14 * 13 * filters, 0, 0.01);
      dy.shape = {images, 14, 13, filters};
      const auto convolution = static_cast<std::int32_t>(groups);
      check_companion(
          {x, w, bias, dy},
          [&](auto in) {
            const Tensor y = conv2d(in[0], in[1], {.pad = 1, .groups = convolution}) + in[2];
            const auto with_respect_to = std::vector{in[1], in[2]};
            const auto d = grad(sum(y * in[3]), with_respect_to);
            return side_by_side(d[0], d[1]);
          },
          false);
    }
}

TEST_CASE("fused: the gradient of a cross-entropy gives the losses too, bit for bit") {
  const std::pair<std::int64_t, double> cases[] = {{1, 0},    {10, 0},   {68, 0},   {130, 0},
                                                   {10, 0.1}, {68, 0.1}, {130, 0.1}};
  for (const auto& [classes, smoothing] : cases) {
    CAPTURE(classes);
    CAPTURE(smoothing);
    Given x = spread(37 * classes, -6, 6);
    x.shape = {37, classes};
    Given target{{37}, {}, DType::u32};
    for (std::int64_t i = 0; i < 37; ++i)
      target.values.push_back(static_cast<double>(i == 5 ? classes + 1 : i % classes));
    check_companion(
        {x, target},
        [smoothing = smoothing](auto in) {
          const Tensor losses =
              cross_entropy(in[0], in[1], {.reduce = LossReduce::none, .smoothing = smoothing});
          const auto with_respect_to = std::vector{in[0]};
          return side_by_side(grad(sum(losses), with_respect_to)[0], losses);
        },
        true);
  }
}

// whole numbers below `below`
Given counted(const Shape& shape, DType dtype, std::int64_t below) {
  Given given{shape, {}, dtype};
  for (std::int64_t i = 0; i < shape.elements(); ++i)
    given.values.push_back(static_cast<double>(i * 37 % below));
  return given;
}

TEST_CASE("fused: a chain reads rows where a batch is taken from, missing ones too") {
  const Given order{{11}, {3, 9, 0, 12, 7, 1, 40, 5, 5, 2, 8}, DType::u32};  // 40: no row
  for (const DType dtype : {DType::u8, DType::u32, DType::f32})
    for (const double batches : {0, 1, 2}) {  // of the third, rows 8 to 11: one is missing
      Given clock{{64}, Values(64, 0.0), DType::u32};
      clock.values[2] = batches;
      for (const std::int64_t width : {4, 7, 28}) {
        CAPTURE(batches);
        CAPTURE(width);
        const std::vector<Given> inputs{counted({13, width}, dtype, 251), order, clock};
        const Body body = [](auto in) {
          return cast(take_batch(in[0], in[1], in[2], 4, 4), DType::f32) / 255.0 + 0.5;
        };
        const auto got = on_device(inputs, body);
        if (!got) return;
        check_both(inputs, by_reference(inputs, body), body);
        check_same_bits(*got, *on_device(inputs, body, unfused));
        CHECK(dispatches_of(inputs, body, {}) == (width % 4 == 0 ? 1 : 2));
      }
    }
}

TEST_CASE("fused: a chain reads the rows of an embedding, but not if another reads them too") {
  const Given table = signed_values({70, 8}), more = signed_values({6, 5, 8});
  const Given indices = counted({6, 5}, DType::u32, 71);  // 70 is no row
  const Body sum_of = [](auto in) { return gather_rows(in[0], in[1]) * 2.0 + in[2]; };
  check_fused({table, indices, more}, sum_of);
  check_fused({table, indices, more},
              [](auto in) { return gather_rows_or_zeros(in[0], in[1], 3) * 2.0 + in[2]; });
  const Body twice = [](auto in) {
    const Tensor rows = gather_rows(in[0], in[1]);
    return side_by_side(softmax(rows, 2), rows + in[2]);
  };
  check_fused({table, indices, more}, twice);
  if (!on_device(std::vector{table, indices, more}, sum_of)) return;
  CHECK(dispatches_of({table, indices, more}, sum_of, {}) == 1);
}

TEST_CASE("fused: a row of -inf gives softmax zeros, and NaN a row of NaN") {
  const Given x{{3, 2}, {-inf, -inf, nan, 0, 0, 0}};
  const Values expected{0, 0, nan, nan, 1, 1};
  const Body body = [](auto in) { return softmax(in[0] * 3.0, 1) * 2.0; };
  check_both({x}, expected, body);
  check_fused({x}, body);
}

}  // namespace lemnos::test
