// SPDX-License-Identifier: Apache-2.0
// transpose(x, permutation): axis i of the result is axis permutation[i] of x.
#include <numeric>

#include "ops/shape/shape.h"
#include "ops/shape/strided_copy.h"
#include "runtime/graph/trace.h"

namespace lemnos {

extern const OpDef transpose_op;

namespace {

struct TransposeAttrs {
  std::int32_t rank = 0;
  std::array<std::int32_t, Shape::max_rank> permutation{};
  std::span<const std::int32_t> axes() const {
    return {permutation.data(), static_cast<std::size_t>(rank)};
  }
};

TransposeAttrs attrs_of(std::span<const int> permutation) {
  TransposeAttrs attrs{.rank = static_cast<std::int32_t>(permutation.size())};
  std::copy(permutation.begin(), permutation.end(), attrs.permutation.begin());
  return attrs;
}

TensorType shape(const Problem& problem) {
  if (problem.inputs.size() != 1) problem.fail("takes one operand, not {}", problem.inputs.size());
  const auto attrs = problem.attrs.as<TransposeAttrs>();
  std::vector<std::int64_t> sizes;
  unsigned seen = 0;
  for (const int axis : attrs.axes()) {
    if (axis < 0 || axis >= problem.in(0).rank() || (seen >> axis & 1) != 0) break;
    seen |= 1u << axis;
    sizes.push_back(problem.in(0)[axis]);
  }
  if (sizes.size() != attrs.axes().size() || attrs.rank != problem.in(0).rank())
    problem.fail("[{}] is not a permutation of the axes of {}", fmt::join(attrs.axes(), ", "),
                 problem.in(0));
  return {Shape(sizes), problem.inputs[0].dtype};
}

Layout layout(const Problem& problem) {
  const Walk from = row_major(problem.inputs[0]);
  Layout made;
  made.rank = problem.out().rank();
  made.walks = {from, row_major(problem.result)};
  std::size_t i = 0;
  const auto attrs = problem.attrs.as<TransposeAttrs>();  // axes() points into it
  for (const int axis : attrs.axes()) {
    made.sizes[i] = problem.in(0)[axis];
    made.walks[0].strides[i++] = from.strides[static_cast<std::size_t>(axis)];
  }
  return made;
}

std::vector<Tensor> gradient(const Adjoint& d) {
  const auto attrs = d.attrs.as<TransposeAttrs>();
  std::vector<int> inverse(attrs.axes().size());
  for (std::size_t i = 0; i < inverse.size(); ++i)
    inverse[static_cast<std::size_t>(attrs.axes()[i])] = static_cast<int>(i);
  return {transpose(d.dresult, inverse)};
}

std::vector<Sample> samples() {
  const auto sample = [](const Shape& x, std::initializer_list<int> permutation,
                         DType dtype = DType::f32) {
    return Sample{.inputs = {{.shape = x, .dtype = dtype, .low = 0, .high = 9}},
                  .attrs = attrs_of(std::span(permutation.begin(), permutation.size()))};
  };
  return {sample({1}, {0}),
          sample({7, 11}, {1, 0}),
          sample({3, 4, 5}, {0, 2, 1}),
          sample({2, 3, 1, 2, 4, 3}, {5, 0, 3, 2, 4, 1}),
          sample({}, {}),
          sample({2, 3, 5, 8}, {0, 2, 1, 3}),  // whole vectors move
          sample({5, 7}, {1, 0}, DType::i32),
          sample({5, 7, 3}, {1, 0, 2}, DType::u8)};
}

}  // namespace

constinit const OpDef transpose_op{.name = "transpose",
                                   .shape = shape,
                                   .gradient = gradient,
                                   .lower = lower_copy<layout>,
                                   .fits = fits_copy<layout>,
                                   .reference = reference_copy<layout>,
                                   .samples = samples,
                                   .scale = Scale::exact};

Tensor transpose(const Operand& x, std::span<const int> permutation) {
  if (permutation.size() > Shape::max_rank)
    fail_at(x.at(), "transpose: {} axes given for {}", permutation.size(), x.shape());
  TransposeAttrs attrs = attrs_of(permutation);
  for (std::int32_t& axis : attrs.permutation)
    if (axis < 0) axis += x.shape().rank();
  return record(transpose_op, {x}, attrs);
}

Tensor transpose(const Operand& x, std::initializer_list<int> permutation) {
  return transpose(x, std::span(permutation.begin(), permutation.size()));
}

Tensor transpose(const Operand& x) {
  const int rank = x.shape().rank();
  if (rank < 2) fail_at(x.at(), "transpose: {} has no two axes to swap", x.shape());
  std::vector<int> permutation(static_cast<std::size_t>(rank));
  std::iota(permutation.begin(), permutation.end(), 0);
  std::swap(permutation[permutation.size() - 1], permutation[permutation.size() - 2]);
  return transpose(x, permutation);
}

}  // namespace lemnos
