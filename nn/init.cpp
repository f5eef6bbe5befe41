// SPDX-License-Identifier: Apache-2.0
#include "nn/init.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <vector>

#include "ops/random/counter.h"
#include "runtime/base/error.h"
#include "runtime/base/philox.h"
#include "runtime/tensor/storage.h"

namespace lemnos {
namespace {

std::atomic<std::uint64_t> seed_value = 0;
std::atomic<std::uint32_t> next_parameter = 0;

Tensor parameter_of(const Shape& shape, std::span<const float> values) {
  auto state = std::make_shared<State>();
  state->name = "parameter";
  state->shape = shape;
  state->storage = std::make_shared<Storage>("parameter", DType::f32, shape.elements());
  if (!values.empty()) state->set_values(values);
  return Tensor(std::move(state));
}

// values(words) gives the numbers of a block of four elements.
template <class Make>
Tensor random_parameter(const Shape& shape, Make values) {
  const std::uint32_t stream = next_parameter.fetch_add(1);
  std::vector<float> made(static_cast<std::size_t>(shape.elements()));
  for (std::size_t first = 0; first < made.size(); first += 4) {
    const std::array<float, 4> four =
        values(philox_block(seed_value, stream, 0, static_cast<std::uint32_t>(first / 4)));
    std::copy_n(four.begin(), std::min<std::size_t>(4, made.size() - first),
                made.begin() + static_cast<std::ptrdiff_t>(first));
  }
  return parameter_of(shape, made);
}

double inverse_root(double numerator, std::int64_t fan) {
  if (fan < 1) fail_usage("initial values need a fan of at least 1, not {}", fan);
  return std::sqrt(numerator / static_cast<double>(fan));
}

}  // namespace

void seed(std::uint64_t value) {
  seed_value = value;
  next_parameter = 0;
}
std::uint64_t current_seed() { return seed_value; }

namespace nn::init {

Tensor zeros(const Shape& shape) {
  next_parameter.fetch_add(1);
  return parameter_of(shape, {});
}

Tensor constant(const Shape& shape, double value) {
  next_parameter.fetch_add(1);
  return parameter_of(shape, std::vector<float>(static_cast<std::size_t>(shape.elements()),
                                                static_cast<float>(value)));
}

Tensor uniform(const Shape& shape, double bound) {
  const auto scale = static_cast<float>(bound);
  return random_parameter(shape, [scale](const PhiloxWords& bits) {
    const auto one = [&](std::size_t i) { return (2 * unit_float(bits[i]) - 1) * scale; };
    return std::array{one(0), one(1), one(2), one(3)};
  });
}

Tensor normal(const Shape& shape, double deviation) {
  return random_parameter(shape, [deviation](const PhiloxWords& bits) {
    const auto [a, b] = normal_pair(bits[0], bits[1]);
    const auto [c, d] = normal_pair(bits[2], bits[3]);
    const auto scaled = [&](double x) { return static_cast<float>(x * deviation); };
    return std::array{scaled(a), scaled(b), scaled(c), scaled(d)};
  });
}

Tensor kaiming_uniform(const Shape& shape, std::int64_t fan_in) {
  return uniform(shape, inverse_root(6, fan_in));
}
Tensor kaiming_normal(const Shape& shape, std::int64_t fan_in) {
  return normal(shape, inverse_root(2, fan_in));
}
Tensor xavier_uniform(const Shape& shape, std::int64_t fan_in, std::int64_t fan_out) {
  return uniform(shape, inverse_root(6, fan_in + fan_out));
}
Tensor xavier_normal(const Shape& shape, std::int64_t fan_in, std::int64_t fan_out) {
  return normal(shape, inverse_root(2, fan_in + fan_out));
}

Tensor layer_default(const Shape& shape, std::int64_t fan_in) {
  return uniform(shape, inverse_root(1, fan_in));
}

}  // namespace nn::init
}  // namespace lemnos
