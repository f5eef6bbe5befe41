// SPDX-License-Identifier: Apache-2.0
// rotary_table, sinusoidal_positions: angles worked out in double on the host.
#include <cmath>
#include <vector>

#include "ops/position/position.h"
#include "runtime/base/error.h"
#include "runtime/tensor/storage.h"

namespace lemnos {
namespace {

// f32 [length, width], place(row, pair, cos or sin) being where each value goes.
template <class Place>
Tensor table_of(const char* name, std::int64_t length, std::int64_t width, double base,
                Place place) {
  if (length < 1 || width < 2 || width % 2 != 0 || !(base > 0))
    fail_usage("{}: length {}, width {}, base {}: all must be positive, and the width even", name,
               length, width, base);
  const auto rows = static_cast<std::size_t>(length), columns = static_cast<std::size_t>(width);
  std::vector<float> values(rows * columns);
  for (std::size_t i = 0; i < columns / 2; ++i) {
    const double rate = std::pow(base, -2.0 * static_cast<double>(i) / static_cast<double>(width));
    for (std::size_t p = 0; p < rows; ++p) {
      const double angle = static_cast<double>(p) * rate;
      values[p * columns + place(i, false)] = static_cast<float>(std::cos(angle));
      values[p * columns + place(i, true)] = static_cast<float>(std::sin(angle));
    }
  }
  auto state = std::make_shared<State>();
  state->name = name;
  state->shape = Shape{length, width};
  state->storage = std::make_shared<Storage>(name, DType::f32, length * width);
  state->set_values(values);
  return Tensor(std::move(state));
}

}  // namespace

Tensor rotary_table(std::int64_t length, std::int64_t width, double base) {
  const auto half = static_cast<std::size_t>(width / 2);
  return table_of("rotary_table", length, width, base,
                  [half](std::size_t i, bool sine) { return i + (sine ? half : 0); });
}

Tensor sinusoidal_positions(std::int64_t length, std::int64_t width, double base) {
  return table_of("sinusoidal_positions", length, width, base,
                  [](std::size_t i, bool sine) { return 2 * i + (sine ? 0 : 1); });
}

}  // namespace lemnos
