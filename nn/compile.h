// SPDX-License-Identifier: Apache-2.0
// compile(fn): a function of tensors, traced once for each set of argument shapes and replayed.
//
//   auto square_sum = compile([](Tensor x) { return sum(x * x); });
//   float s = square_sum(array).item();
#pragma once

#include <concepts>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "data/loader.h"
#include "nn/train/batched.h"
#include "runtime/exec/program.h"
#include "runtime/graph/trace.h"

namespace lemnos {

// Values on the host, given to a compiled function: anything with dtype, shape and bytes
// (data::Array), or f32 values with their shape.
struct Feed {
  TensorType type;
  std::span<const std::byte> bytes;

  template <class A>
  requires requires(const A& a) {
    { a.shape } -> std::convertible_to<Shape>;
    { a.dtype } -> std::convertible_to<DType>;
    std::span<const std::byte>(a.bytes);
  }
  Feed(const A& array) : type{array.shape, array.dtype}, bytes(array.bytes) {}
  Feed(Shape shape, std::span<const float> values)
      : type{shape, DType::f32}, bytes(std::as_bytes(values)) {}
  Feed(Shape shape, std::span<const std::uint32_t> values)
      : type{shape, DType::u32}, bytes(std::as_bytes(values)) {}
};

// What a call returned. Reading waits for the step. The next call of the same function overwrites
// it: reading it then is an error, never another call's value.
class Result {
 public:
  Result(std::shared_ptr<Program> program, std::uint32_t output);

  const Shape& shape() const { return type_.shape; }
  float item() const;                 // of a result with one element
  std::vector<float> values() const;  // row-major; integers are converted
  operator float() const { return item(); }

 private:
  std::shared_ptr<Program> program_;
  std::uint32_t output_;
  std::uint64_t submission_;
  TensorType type_;
};

struct CompileOptions {
  std::string name = "function";
  bool training = true;                      // dropout and running statistics ask
  std::shared_ptr<Storage> clock = nullptr;  // the steps it counts with; its own by default
};

// What compile() returns, without the type of the function.
class CompiledFunction {
 public:
  using Body = std::function<std::vector<Tensor>(std::span<const Tensor>)>;
  CompiledFunction(Body body, CompileOptions options);

  // Traces for these shapes if they are new, copies the feeds and queues one step.
  std::vector<Result> call(std::span<const Feed> feeds);
  // One pass over a data set: the function takes a batch of inputs (and one of targets) as they are
  // stored, and returns one number, which comes back for each batch. The data is copied to the
  // device at the first pass and must outlive this; nothing waits between batches.
  std::vector<float> run(const data::Batches& batches);

  // The program for these shapes, for its counters and plan.
  std::shared_ptr<Program> program(std::span<const Feed> feeds);

 private:
  struct Traced {
    std::vector<TensorType> types;
    std::shared_ptr<Program> program;
  };
  Body body_;
  CompileOptions options_;
  std::vector<Traced> traced_;

  struct Pass {
    const data::Array* inputs;
    std::int64_t batch;
    std::unique_ptr<BatchedFunction> function;
  };
  std::vector<Pass> passes_;
};

namespace detail {

inline std::vector<Tensor> as_tensors(Tensor one) { return {std::move(one)}; }
inline std::vector<Tensor> as_tensors(std::vector<Tensor> many) { return many; }
template <class... T>
std::vector<Tensor> as_tensors(std::tuple<T...> many) {
  return std::apply([](auto&&... each) { return std::vector<Tensor>{each...}; }, std::move(many));
}
inline std::vector<Tensor> as_tensors(std::pair<Tensor, Tensor> two) {
  return {std::move(two.first), std::move(two.second)};
}

template <class Fn, std::size_t... I>
std::vector<Tensor> call_with(const Fn& fn, std::span<const Tensor> x, std::index_sequence<I...>) {
  if constexpr (std::is_void_v<decltype(fn(x[I]...))>) {
    fn(x[I]...);
    return {};
  } else {
    return as_tensors(fn(x[I]...));
  }
}

// How many Tensors a callable takes.
template <class Fn, std::size_t N = 0>
constexpr std::size_t arity() {
  static_assert(N <= 8, "compile() takes a function of up to 8 Tensors");
  constexpr bool callable = []<std::size_t... I>(std::index_sequence<I...>) {
    return std::is_invocable_v<Fn, std::enable_if_t<(I < 9), Tensor>...>;
  }
  (std::make_index_sequence<N>());
  if constexpr (callable) {
    return N;
  } else {
    return arity<Fn, N + 1>();
  }
}

}  // namespace detail

template <class Fn>
class Compiled {
  static constexpr std::size_t arguments = detail::arity<Fn>();
  static constexpr bool returns_one = []<std::size_t... I>(std::index_sequence<I...>) {
    return std::is_same_v<std::invoke_result_t<Fn, std::enable_if_t<(I < 9), Tensor>...>, Tensor>;
  }
  (std::make_index_sequence<arguments>());

 public:
  Compiled(Fn fn, CompileOptions options)
      : function_(
            [fn = std::move(fn)](std::span<const Tensor> x) {
              return detail::call_with(fn, x, std::make_index_sequence<arguments>());
            },
            std::move(options)) {}

  // One Result when the function returns one Tensor, else a vector of them.
  template <class... F>
  requires(sizeof...(F) == arguments) auto operator()(const F&... feeds) {
    const std::vector<Feed> list{Feed(feeds)...};
    std::vector<Result> results = function_.call(list);
    if constexpr (returns_one) {
      return std::move(results[0]);
    } else {
      return results;
    }
  }

  // See CompiledFunction::run.
  std::vector<float> run(const data::Batches& batches) requires(arguments == 1 || arguments == 2) {
    return function_.run(batches);
  }

  template <class... F>
  std::shared_ptr<Program> program(const F&... feeds) {
    const std::vector<Feed> list{Feed(feeds)...};
    return function_.program(list);
  }

 private:
  CompiledFunction function_;
};

template <class Fn>
Compiled<Fn> compile(Fn fn, CompileOptions options = {}) {
  return Compiled<Fn>(std::move(fn), std::move(options));
}

}  // namespace lemnos
