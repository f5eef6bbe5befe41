// SPDX-License-Identifier: Apache-2.0
// What the sweeps cannot say of attention: what masks mean, how large problems are cut, and which
// kernels 16-bit operands get.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "ops/attention/tile.h"
#include "ops/ops.h"
#include "runtime/autodiff/backward.h"
#include "runtime/base/error.h"
#include "runtime/doctor/session.h"
#include "runtime/exec/ladder.h"
#include "runtime/tensor/half.h"
#include "tests/a_gpu.h"
#include "tests/golden/golden.h"
#include "tests/ops/on_both.h"
#include "tests/skip.h"

namespace lemnos {
extern const OpDef attention_op, attention_grad_op;
}

namespace lemnos::test {
namespace {

const Given one_query{{1, 1, 1, 1}, {1}};

Tensor causal(std::span<const Tensor> in) {
  return attention(in[0], in[1], in[2], {.causal = true, .scale = 1});
}

// Numbers that f16 holds.
Given halves(std::uint32_t stream, const Shape& shape, float size) {
  Given given{shape, {}};
  for (const float value : golden_values(stream, shape.elements(), size))
    given.values.push_back(f16_value(f16_bits(value)));
  return given;
}

gpu::Caps a_gpu_with_bfloat16() {
  gpu::Caps caps = a_gpu();
  caps.bfloat16_matrix = true;
  caps.matrix_shapes.push_back({16, 16, 16, "bf16", "bf16", "f32", "subgroup"});
  return caps;
}

// Kernels of attention and of its gradient, of heads of so many features, on such a device.
std::vector<std::string> kernels_of(std::int64_t depth, DType type, const gpu::Caps& caps,
                                    DType dout = DType::f32) {
  const Shape shape{2, 4, 100, depth}, rows{2, 4, 100};
  Problem problem{.op = &attention_op,
                  .inputs = {{shape, type}, {shape, type}, {shape, type}},
                  .attrs = AttentionAttrs{},
                  .result = {},
                  .at = {}};
  std::vector<std::string> names;
  for (const OpDef* op : {&attention_op, &attention_grad_op}) {
    problem.op = op;
    problem.result = op->shape(problem);
    REQUIRE(op->fits(problem, caps) == nullptr);
    for (const Dispatch& dispatch : op->lower(problem, caps).dispatches)
      if (dispatch.shader->name.starts_with("attention")) names.emplace_back(dispatch.shader->name);
    problem.inputs.insert(problem.inputs.end(), {{shape, dout}, {rows}, {rows}});
  }
  return names;
}

// The dispatches of the recorded attention on such a device.
Lowering lowered(const Graph& graph, const gpu::Caps& caps) {
  for (const Node& node : graph.nodes)
    if (node.op->name == "attention") {
      const Problem problem = problem_of(graph, node);
      REQUIRE(node.op->fits(problem, caps) == nullptr);
      return node.op->lower(problem, caps);
    }
  FAIL("nothing recorded");
  return {};
}

}  // namespace

TEST_CASE(
    "attention: the last causal query is aligned with the last key, and one without keys gives 0") {
  // With equal scores an output is the mean of the values seen.
  const Given keys{{1, 1, 2, 1}, {0, 0}}, values{{1, 1, 2, 1}, {2, 4}};
  check_both({{{1, 1, 3, 1}, {1, 1, 1}}, keys, values}, {0, 2, 3}, causal);
  check_both({one_query, keys, values}, {3}, causal);
}

TEST_CASE("attention: keys at or beyond a batch's length do not count, however large") {
  const Given q{{3, 1, 1, 1}, {1, 1, 1}}, k{{3, 1, 2, 1}, {0, 50, 0, 0, 0, 50}},
      v{{3, 1, 2, 1}, {2, 4, 6, 8, 1e30, 1e30}}, lengths{{3}, {1, 9, 0}, DType::i32};
  check_both({q, k, v, lengths}, {2, 7, 0}, [](std::span<const Tensor> in) {
    return attention(in[0], in[1], in[2], {.lengths = in[3], .scale = 1});
  });
}

TEST_CASE("attention: a query without keys has no gradient, and gives none") {
  const Given q{{1, 1, 2, 1}, {3, 3}}, k{{1, 1, 1, 1}, {5}}, v{{1, 1, 1, 1}, {7}};
  for (const int i : {0, 1, 2}) {
    const Values expected = i == 0 ? Values{0, 0} : Values{i == 1 ? 0. : 1.};
    check_both({q, k, v}, expected, [i](std::span<const Tensor> in) {
      const std::vector<Tensor> inputs(in.begin(), in.end());
      return grad(sum(causal(in)), inputs)[static_cast<std::size_t>(i)];
    });
  }
}

TEST_CASE("attention: dropout takes the probabilities that bernoulli takes") {
  // Equal scores, and values of which each key has a feature of its own.
  constexpr std::int64_t queries = 5, keys = 7;
  const Given q{{1, 2, queries, keys}, Values(2 * queries * keys, 0)},
      k{{1, 1, keys, keys}, Values(keys * keys, 0)};
  Given v{{1, 1, keys, keys}, Values(keys * keys, 0)};
  for (std::size_t i = 0; i < v.values.size(); i += keys + 1) v.values[i] = 1;
  const Values mask = by_reference({}, [](std::span<const Tensor>) {
    return bernoulli({1, 2, queries, keys}, 0.75) * (1 / (0.75 * keys));
  });
  check_both({q, k, v}, mask, [](std::span<const Tensor> in) {
    return attention(in[0], in[1], in[2], {.dropout = 0.25});
  });
}

TEST_CASE("attention_probabilities: softmax of the scaled scores, zero where nothing is seen") {
  // Two query heads to a key head; 7 keys of 3 features, so that three times 3 values are looked
  // at.
  constexpr std::int64_t batch = 2, heads = 4, groups = 2, queries = 5, keys = 7, depth = 3;
  const auto drawn = [](std::uint32_t stream, std::int64_t count) {
    const auto values = golden_values(stream, count, 2);
    return Values(values.begin(), values.end());
  };
  const Given q{{batch, heads, queries, depth}, drawn(1, batch * heads * queries * depth)},
      k{{batch, groups, keys, depth}, drawn(2, batch * groups * keys * depth)},
      lengths{{batch}, {7, 4}, DType::i32};
  Values expected;
  for (std::int64_t row = 0; row < batch * heads * queries; ++row) {
    const std::int64_t head = row / queries, last = row % queries + keys - queries;
    const std::int64_t seen = std::min<std::int64_t>(head / heads == 0 ? 7 : 4, last + 1);
    Values weights(keys, 0);
    double total = 0;
    for (std::int64_t j = 0; j < seen; ++j) {
      double score = 0;
      for (std::int64_t d = 0; d < depth; ++d)
        score +=
            q.values[static_cast<std::size_t>(row * depth + d)] *
            k.values[static_cast<std::size_t>((head / (heads / groups) * keys + j) * depth + d)];
      total += weights[static_cast<std::size_t>(j)] = std::exp(score * 0.5);
    }
    for (const double weight : weights) expected.push_back(weight / total);
  }
  const auto body = [](std::span<const Tensor> in) {
    return attention_probabilities(in[0], in[1], {.causal = true, .lengths = in[2], .scale = 0.5});
  };
  check_both({q, k, lengths}, expected, body);
  if (const auto got = on_device(std::vector{q, k, lengths}, body))
    for (std::size_t i = 0; i < expected.size(); ++i)
      if (expected[i] == 0) CHECK((*got)[i] == 0);
}

TEST_CASE("attention: operands that do not fit are errors with their shapes") {
  const auto message = [](Shape q, Shape k, Shape v, AttentionOptions options = {}) {
    return error_of({{q, {}}, {k, {}}, {v, {}}}, [&](std::span<const Tensor> in) {
      return attention(in[0], in[1], in[2], options);
    });
  };
  const Shape good{2, 4, 3, 8};
  CHECK(message({2, 4, 3}, good, good).starts_with("attention: takes q as [B, H, T, D]"));
  CHECK(message(good, {2, 3, 3, 8}, {2, 3, 3, 8})
            .starts_with("attention: 4 query heads are no multiple of 3 key heads"));
  CHECK(
      message(good, good, {2, 4, 5, 8})
          .starts_with("attention: k and v have different shapes: [2, 4, 3, 8] and [2, 4, 5, 8]"));
  CHECK(message({1, 1, 1, 257}, {1, 1, 1, 257}, {1, 1, 1, 257})
            .starts_with("attention: 257 features a head; 256 is the most"));
  CHECK(message(good, good, good, {.dropout = 1}).starts_with("attention: dropout is 1, not"));
}

TEST_CASE("attention: a second derivative is refused, not taken for zero") {
  const std::string message = error_of({one_query, one_query, one_query}, [](auto in) {
    const std::vector<Tensor> inputs(in.begin(), in.end());
    const Tensor first = grad(sum(causal(in)), inputs)[0];
    return grad(sum(first), inputs)[0];
  });
  CHECK(message.starts_with("attention: it has no second derivatives"));
}

TEST_CASE("attention: what a binding cannot hold is cut, or keeps its scores in shared memory") {
  Trace trace;
  const auto input = [&](Shape shape) { return trace.input("x", {shape, DType::f32}); };
  attention(input({6, 4, 128, 16}), input({6, 2, 300, 16}), input({6, 2, 300, 16}));
  gpu::Caps caps;
  caps.type = gpu::DeviceType::cpu;
  caps.register_tiling_preferred = caps.subgroup_arithmetic = true;
  caps.subgroup_shuffle = caps.subgroup_ballot = true;
  caps.subgroup_size = 8;
  const std::size_t whole = lowered(trace.graph(), caps).dispatches.size();
  CHECK(whole == 3);
  for (const std::uint64_t range : {std::uint64_t{1} << 20, std::uint64_t{1} << 17}) {
    caps.max_storage_buffer_range = range;
    const Lowering cut = lowered(trace.graph(), caps);
    const bool stored = cut.scratch_bytes.size() == 1;
    CHECK(stored == (range == std::uint64_t{1} << 20));
    CHECK(cut.dispatches.size() > 1);
    for (const Dispatch& dispatch : cut.dispatches)
      for (const Binding& binding : dispatch.bindings) {
        CHECK(binding.bytes <= range);
        CHECK(binding.offset % 256 == 0);
      }
  }
}

TEST_CASE("attention: 16-bit operands of whole pieces go through matrices, others as f32") {
  const std::vector<std::string> floats{"attention_tile", "attention_grad_queries",
                                        "attention_grad_keys"};
  const auto matrices = [&](const std::string& type) {
    std::vector<std::string> names{"attention_matrices", "attention_grad_queries_matrices",
                                   "attention_grad_keys_matrices"};
    for (std::string& name : names) name += type;
    return names;
  };
  // This build's GLSL compiler may know no cooperative matrices.
  const bool f16 = !shader(Kernel::attention_matrices_f16).words.empty();
  const bool bf16 = !shader(Kernel::attention_matrices_bf16).words.empty();
  gpu::Caps caps = a_gpu_with_bfloat16();
  for (const std::int64_t depth : {8, 64, 72, 128}) {
    CHECK(kernels_of(depth, DType::f16, caps) == (f16 ? matrices("_f16") : floats));
    CHECK(kernels_of(depth, DType::f16, caps, DType::f16) == (f16 ? matrices("_f16") : floats));
    CHECK(kernels_of(depth, DType::bf16, caps) == (bf16 ? matrices("_bf16") : floats));
    CHECK(kernels_of(depth, DType::f32, caps) == floats);
  }
  CHECK(kernels_of(12, DType::f16, caps) == floats);
  // Two results of 256 features are more than registers hold.
  CHECK(kernels_of(256, DType::f16, caps)[2] == "attention_grad_keys");
  CHECK(kernels_of(64, DType::f16, gpu::minimum(caps)) == floats);
  caps.shared_bytes = 16 << 10;
  CHECK(kernels_of(64, DType::f16, caps) == floats);
  caps = a_gpu_with_bfloat16();
  caps.matrix_shapes.front().result = "f16";
  CHECK(kernels_of(64, DType::f16, caps) == floats);
}

TEST_CASE("attention: f16 by GPUs' kernels is the reference's, up to the rounding of weights") {
  if (!have_device()) return;
  struct Sizes {
    std::int64_t heads, groups, queries, keys, depth;
    bool causal;
  };
  constexpr std::uint32_t gpu_rung = 2;
  for (const Sizes s :
       {Sizes{2, 2, 45, 61, 64, true}, {4, 2, 33, 20, 32, false}, {2, 1, 37, 70, 128, true}}) {
    CAPTURE(s.depth);
    const Shape q{2, s.heads, s.queries, s.depth}, k{2, s.groups, s.keys, s.depth};
    const std::vector<Given> inputs{halves(1, q, 1), halves(2, k, 1), halves(3, k, 1),
                                    halves(4, q, 1)};
    // What comes out, and the gradients of its sum weighted with the last input.
    for (const int which : {0, 1, 2, 3}) {
      CAPTURE(which);
      const auto body = [&](std::span<const Tensor> in) {
        const Tensor y = attention(in[0], in[1], in[2], {.causal = s.causal});
        const std::vector<Tensor> of{in[0], in[1], in[2]};
        return which == 0 ? y : grad(sum(y * in[3]), of)[static_cast<std::size_t>(which - 1)];
      };
      const ExecOptions options{.precision = DType::f16, .rung = gpu_rung};
      const Values expected = by_reference(inputs, body);
      const auto got = on_device(inputs, body, options);
      REQUIRE(got->size() == expected.size());
      double largest = 0, worst = 0;
      for (std::size_t i = 0; i < expected.size(); ++i) {
        largest = std::max(largest, std::abs(expected[i]));
        worst = std::max(worst, std::abs((*got)[i] - expected[i]));
      }
      CHECK(worst <= 0x1p-10 * largest);
    }
  }
  // That these were matrices where the device has them.
  const gpu::Caps caps = ladder()[gpu_rung].mask(device()->caps());
  const bool has = matrix_shape(DType::f16, caps) != nullptr &&
                   !shader(Kernel::attention_matrices_f16).words.empty();
  for (const std::string& name : kernels_of(64, DType::f16, caps))
    CHECK(name.ends_with("_f16") == has);
}

}  // namespace lemnos::test
