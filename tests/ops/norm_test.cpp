// SPDX-License-Identifier: Apache-2.0
#include "ops/norm/norm.h"

#include <doctest/doctest.h>

#include <cmath>

#include "ops/pointwise/pointwise.h"
#include "ops/reduce/reduce.h"
#include "ops/shape/shape.h"
#include "runtime/autodiff/backward.h"
#include "runtime/graph/op_def.h"
#include "tests/ops/on_both.h"

namespace lemnos::test {

TEST_CASE("layer_norm: a large mean does not drown a small deviation") {
  Values row, expected;
  for (int i = 0; i < 1024; ++i) {
    row.push_back(65536 + (i % 2));  // mean 65536.5, deviation 0.5
    expected.push_back(i % 2 ? 1 : -1);
  }
  check_both({{{1024}, row}}, expected,
             [](auto x) { return layer_norm(x[0], fill({1024}, 1), fill({1024}, 0), 0); });
}

TEST_CASE("layer_norm: equal numbers give the bias, not NaN") {
  check_both({{{2, 3}, {7, 7, 7, 0, 0, 0}}}, {5, 5, 5, 5, 5, 5},
             [](auto x) { return layer_norm(x[0], fill({3}, 2), fill({3}, 5)); });
}

TEST_CASE("layer_norm: tensors larger than one binding, forward and backward") {
  // Every row is {1, 2, ... 16}: their normal values sum to 0, and their squares to 16.
  const std::int64_t rows = (1 << 21) + 4099;
  Values row;
  for (int i = 1; i <= 16; ++i) row.push_back(i);
  const std::vector<Given> given{{{16}, row}, {{16}, row}};
  const auto got = on_device(given, [&](auto in) {
    const Tensor x = broadcast_to(in[0], {rows, 16});
    const Tensor weight = 1.0 * in[1], bias = fill({16}, 3);
    const Tensor y = layer_norm(x, weight, bias, 0);
    const Tensor loss = mean(y) * 16.0;
    const auto gradients = grad(loss, std::array{x, weight, bias});
    return concat({reshape(mean(y, 0), {16}), gradients[1], gradients[2],
                   reshape(max(abs(gradients[0])), {1})},
                  0);
  });
  if (!got) return;
  const double deviation = std::sqrt(85.0 / 4);
  double largest = 0;
  for (int i = 0; i < 16; ++i) {
    const auto at = static_cast<std::size_t>(i);
    const double normal = (i + 1 - 8.5) / deviation;
    CHECK((*got)[at] == doctest::Approx(normal * (i + 1) + 3).epsilon(1e-5));
    CHECK((*got)[16 + at] == doctest::Approx(normal).epsilon(1e-5));
    CHECK((*got)[32 + at] == doctest::Approx(1).epsilon(1e-5));
    // dx = f (w - mean(w) - n mean(w n)) / rows vanishes, w being deviation n + mean(w).
    largest = std::max(largest, std::abs((*got)[48]));
  }
  CHECK(largest * static_cast<double>(rows) < 1e-4);
}

TEST_CASE("layer_norm: a weight of another size and a negative epsilon are errors") {
  CHECK(error_of({{{2, 3}, {}}}, [](auto x) {
          return layer_norm(x[0], fill({2}, 1), fill({3}, 0));
        }).find("layer_norm: rows of x [2, 3] want a weight of shape [3], not [2]") == 0);
  CHECK(error_of({{{2, 3}, {}}}, [](auto x) {
          return layer_norm(x[0], fill({3}, 1), fill({3}, 0), -1);
        }).find("layer_norm: epsilon is -1; it must not be negative") == 0);
}

TEST_CASE("batch_norm: a large mean does not drown a small deviation") {
  Values x, expected;
  for (int i = 0; i < 1024; ++i) {
    x.insert(x.end(), {65536.0 + i % 2, -3.0 * (i % 2)});
    expected.insert(expected.end(), {i % 2 ? 1.0 : -1.0, i % 2 ? -1.0 : 1.0});
  }
  check_both({{{32, 32, 2}, x}}, expected,
             [](auto in) { return batch_norm(in[0], fill({2}, 1), fill({2}, 0), 0).y; });
}

TEST_CASE("channel norms: sizes that do not fit are errors that name them") {
  const std::vector<Given> given{{{2, 3, 4}, Values(24)}};
  const auto norm = [](auto call) { return [call](auto in) { return call(in[0]); }; };
  const auto says = [&](const std::string& error, std::initializer_list<const char*> parts) {
    for (const char* part : parts) CHECK_MESSAGE(error.find(part) != std::string::npos, error);
  };
  says(error_of(given,
                norm([](const Tensor& x) { return batch_norm(x, fill({3}, 1), fill({4}, 0)).y; })),
       {"batch_norm", "weight of shape [4]", "[3]"});
  says(error_of(given,
                norm([](const Tensor& x) { return group_norm(x, fill({4}, 1), fill({4}, 0), 3); })),
       {"group_norm", "4 channels", "3 groups"});
  says(error_of(given, norm([](const Tensor& x) {
                  return instance_norm(x, fill({4}, 1), fill({4}, 0), -1);
                })),
       {"instance_norm", "epsilon is -1"});
  says(error_of({{{}, Values(1)}},
                norm([](const Tensor& x) { return instance_norm(x, fill({1}, 1), fill({1}, 0)); })),
       {"instance_norm", "[N, ..., C]"});
  says(error_of(given, norm([](const Tensor& x) {
                  const Tensor zeros = fill({4}, 0);
                  return batch_norm(x, zeros, zeros, fill({1}, 0), zeros);
                })),
       {"batch_norm", "mean of shape [4]", "[1]"});
  says(error_of({{{4}, Values(4)}},
                norm([](const Tensor& x) { return batch_norm(x, fill({4}, 1), fill({4}, 0)).y; })),
       {"batch_norm", "[N, ..., C]", "[4]"});
}

}  // namespace lemnos::test
