// SPDX-License-Identifier: Apache-2.0
// Tensor: a value recorded in a trace, or a state that outlives it (a parameter).
//
// Tensors are symbolic: shape and type are known at once, values exist only on the device while a
// compiled function runs. Copying one copies a handle.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <source_location>

#include "runtime/tensor/dtype.h"
#include "runtime/tensor/shape.h"

namespace lemnos {

struct State;
using NodeId = std::uint32_t;

class Tensor {
 public:
  Tensor() = default;                                                 // no tensor
  explicit Tensor(std::shared_ptr<State> state);                      // a parameter or other state
  Tensor(std::uint64_t trace, NodeId node, Shape shape, DType dtype)  // made by record()
      : shape_(shape), dtype_(dtype), trace_(trace), node_(node) {}

  explicit operator bool() const { return state_ != nullptr || trace_ != 0; }
  const Shape& shape() const { return shape_; }
  DType dtype() const { return dtype_; }
  int rank() const { return shape_.rank(); }
  std::int64_t size(int axis) const { return shape_[axis]; }
  std::int64_t elements() const { return shape_.elements(); }

  const std::shared_ptr<State>& state() const { return state_; }  // nullptr for a recorded value
  std::uint64_t trace() const { return trace_; }                  // serial number of its trace
  NodeId node() const { return node_; }

 private:
  Shape shape_;
  DType dtype_ = DType::f32;
  std::shared_ptr<State> state_;
  std::uint64_t trace_ = 0;
  NodeId node_ = 0;
};

// What an op takes: a tensor or a number, with the line of the program that wrote it, so that an
// error about shapes can name that line.
class Operand {
 public:
  Operand(Tensor tensor, std::source_location at = std::source_location::current())
      : tensor_(std::move(tensor)), at_(at) {}
  Operand(double number, std::source_location at = std::source_location::current())
      : number_(number), at_(at) {}

  const std::optional<double>& number() const { return number_; }
  const std::source_location& at() const { return at_; }
  Tensor tensor() const;  // a number becomes a recorded scalar
  Shape shape() const { return tensor_.shape(); }

 private:
  Tensor tensor_;
  std::optional<double> number_;
  std::source_location at_;
};

}  // namespace lemnos
