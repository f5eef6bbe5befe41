// SPDX-License-Identifier: Apache-2.0
#include "data/datasets/synthetic.h"

#include <algorithm>
#include <cmath>

#include "data/datasets/draws.h"

namespace lemnos::data {
namespace {

// make(draws, inputs of the row) returns the row's target.
template <class In, class Target, class Make>
Split make_split(const Shape& inputs, const Shape& targets, std::uint64_t seed,
                 std::uint32_t stream, const Make& make) {
  Split split{Array::zeros(dtype_of<In>(), inputs), Array::zeros(dtype_of<Target>(), targets)};
  const auto in = split.inputs.as<In>();
  const auto out = split.targets.as<Target>();
  const std::size_t width = in.size() / out.size();
  for (std::size_t row = 0; row < out.size(); ++row) {
    Draws draws(seed, stream, row);
    out[row] = make(draws, in.subspan(row * width, width));
  }
  return split;
}

void check_rows(std::int64_t rows) {
  if (rows < 1 || rows > 10'000'000)
    fail_usage("a synthetic data set has 1 to 10,000,000 rows, not {}", rows);
}

template <class Make>
Dataset plane(const char* name, std::int64_t rows, std::uint64_t seed, const Make& make) {
  check_rows(rows);
  const auto split = [&](std::int64_t n, std::uint32_t stream) {
    return make_split<float, std::uint32_t>(Shape{n, 2}, Shape{n}, seed, stream, make);
  };
  return {name,       Task::classes,  {"0", "1"},
          {"x", "y"}, split(rows, 0), split(std::max<std::int64_t>(1, rows / 4), 1)};
}

}  // namespace

Dataset blobs(std::int64_t rows, std::uint64_t seed) {
  return plane("blobs", rows, seed, [](Draws& draws, std::span<float> point) {
    const std::uint32_t label = draws.below(2);
    const float centre = label == 0 ? -1.0f : 1.0f;
    for (float& x : point) x = centre + 0.5f * draws.normal();
    return label;
  });
}

Dataset xor_table(std::int64_t rows, std::uint64_t seed) {
  return plane("xor", rows, seed, [](Draws& draws, std::span<float> point) {
    for (float& x : point) x = draws.uniform(-1, 1);
    return static_cast<std::uint32_t>((point[0] < 0) != (point[1] < 0));
  });
}

Dataset spirals(std::int64_t rows, std::uint64_t seed) {
  return plane("spirals", rows, seed, [](Draws& draws, std::span<float> point) {
    constexpr float pi = 3.14159265f;
    const std::uint32_t label = draws.below(2);
    const float radius = draws.uniform(0.1f, 1.0f);
    const float angle = 3.0f * pi * radius + (label == 0 ? 0.0f : pi);
    point[0] = radius * std::cos(angle) + 0.02f * draws.normal();
    point[1] = radius * std::sin(angle) + 0.02f * draws.normal();
    return label;
  });
}

Dataset linear(std::int64_t rows, std::uint64_t seed) {
  check_rows(rows);
  const auto split = [&](std::int64_t n, std::uint32_t stream) {
    return make_split<float, float>(
        Shape{n, 2}, Shape{n, 1}, seed, stream, [](Draws& draws, std::span<float> point) {
          for (float& x : point) x = draws.uniform(-1, 1);
          return 2.0f * point[0] - 3.0f * point[1] + 0.5f + 0.1f * draws.normal();
        });
  };
  return {"linear",   Task::regression, {},
          {"a", "b"}, split(rows, 0),   split(std::max<std::int64_t>(1, rows / 4), 1)};
}

Dataset tiny_images(std::int64_t rows, std::uint64_t seed) {
  check_rows(rows);
  const auto bar = [](Draws& draws, std::span<std::uint8_t> image) {
    const std::uint32_t label = draws.below(4);
    const std::uint32_t at = draws.below(4) + 4 * (label % 2);
    for (std::uint32_t i = 0; i < 64; ++i) {
      const bool lit = (label < 2 ? i / 8 : i % 8) == at;
      image[i] = static_cast<std::uint8_t>((lit ? 192 : 0) + draws.below(64));
    }
    return label;
  };
  const auto split = [&](std::int64_t n, std::uint32_t stream) {
    return make_split<std::uint8_t, std::uint32_t>(Shape{n, 8, 8, 1}, Shape{n}, seed, stream, bar);
  };
  return {"tiny_images",
          Task::classes,
          {"top", "bottom", "left", "right"},
          {},
          split(rows, 0),
          split(std::max<std::int64_t>(1, rows / 4), 1)};
}

Dataset reversal(std::int64_t rows, std::uint64_t seed) {
  check_rows(rows);
  const auto split = [&](std::int64_t n, std::uint32_t stream) {
    Split made;
    for (std::int64_t row = 0; row < n; ++row) {
      Draws draws(seed, stream, static_cast<std::uint64_t>(row));
      std::string letters(4 + draws.below(9), ' ');
      for (char& letter : letters) letter = static_cast<char>('a' + draws.below(26));
      made.texts.push_back(letters);
      made.target_texts.emplace_back(letters.rbegin(), letters.rend());
    }
    return made;
  };
  return {"reversal", Task::sequence, {},
          {},         split(rows, 0), split(std::max<std::int64_t>(1, rows / 4), 1)};
}

}  // namespace lemnos::data
