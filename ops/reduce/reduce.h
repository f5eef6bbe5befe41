// SPDX-License-Identifier: Apache-2.0
// Reductions along axes of f32 tensors, and softmax. Errors (an axis out of range or named twice, a
// tensor that is not f32) name the op, the shape and the caller's line.
#pragma once

#include <array>
#include <initializer_list>
#include <span>

#include "runtime/tensor/tensor.h"

namespace lemnos {

// Which axes: one, several, or (default) all. Negative ones count from the end: -1 is the last.
class Axes {
 public:
  Axes() = default;
  Axes(int axis) : Axes({axis}) {}
  Axes(std::initializer_list<int> axes) : Axes(std::span(axes.begin(), axes.size())) {}
  explicit Axes(std::span<const int> axes);
  std::span<const int> list() const { return {axes_.data(), count_}; }
  bool all() const { return all_; }

 private:
  std::array<int, Shape::max_rank> axes_{};
  std::size_t count_ = 0;
  bool all_ = true;
};

struct ReduceOptions {
  bool keepdims = false;  // reduced axes stay, with size 1
};

// Sums are made in a fixed order, in f32, by short chains: errors grow with the root of the length.
Tensor sum(const Operand& x, const Axes& axes = {}, ReduceOptions options = {});
Tensor mean(const Operand& x, const Axes& axes = {}, ReduceOptions options = {});

// sum(x * x) without storing the squares: the square of a norm.
Tensor sum_squares(const Operand& x, const Axes& axes = {}, ReduceOptions options = {});

// mean(x) and mean((x - mean(x))^2), the biased variance, in one go and without cancellation.
struct Moments {
  Tensor mean, variance;
};
Moments moments(const Operand& x, const Axes& axes = {}, ReduceOptions options = {});

// Largest and smallest element; NaN if there is one. Gradient: shared evenly by all elements that
// are largest, as PyTorch's amax and amin.
Tensor max(const Operand& x, const Axes& axes = {}, ReduceOptions options = {});
Tensor min(const Operand& x, const Axes& axes = {}, ReduceOptions options = {});

// Position (u32) of the first largest or smallest element along one axis. NaN is never chosen;
// where all are NaN the position is 0. No gradient.
Tensor argmax(const Operand& x, int axis = -1, ReduceOptions options = {});
Tensor argmin(const Operand& x, int axis = -1, ReduceOptions options = {});

// exp(x - max x) / sum exp(x - max x) along one axis: positive numbers that sum to 1. A line of
// -inf gives zeros, a line with a NaN or +inf gives NaN.
Tensor softmax(const Operand& x, int axis = -1);

// The logarithm of softmax, without its overflow and cancellation. A line of -inf gives -inf.
Tensor log_softmax(const Operand& x, int axis = -1);

}  // namespace lemnos
