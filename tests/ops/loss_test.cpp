// SPDX-License-Identifier: Apache-2.0
#include "ops/loss/loss.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "ops/reduce/reduce.h"
#include "runtime/autodiff/backward.h"
#include "tests/ops/on_both.h"

namespace lemnos::test {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double inf = std::numeric_limits<double>::infinity();

}  // namespace

TEST_CASE("losses: a target whose shape would broadcast is an error that names both shapes") {
  const Given prediction{{100, 1}, Values(100)}, target{{100}, Values(100)};
  const auto targets_are_probabilities = [](const Operand& x, const Operand& t, LossOptions) {
    return cross_entropy(x, t);
  };
  for (const auto& loss :
       std::initializer_list<Tensor (*)(const Operand&, const Operand&, LossOptions)>{
           mse, bce_with_logits, kl_to_unit_normal, kl_div, targets_are_probabilities}) {
    const std::string error =
        error_of({prediction, target}, [&](auto x) { return loss(x[0], x[1], {}); });
    CHECK(error.find("[100]") != std::string::npos);
    CHECK(error.find("[100, 1]") != std::string::npos);
    CHECK(error.find("help:") != std::string::npos);
  }
}

TEST_CASE("losses: mean, sum, per sample and none") {
  const Given x{{2, 2}, {1, 2, 3, 4}}, zero{{2, 2}, Values(4)};
  const auto with = [](LossReduce reduce) {
    return [reduce](auto t) { return mse(t[0], t[1], {.reduce = reduce}); };
  };
  check_both({x, zero}, {7.5}, with(LossReduce::mean));
  check_both({x, zero}, {30}, with(LossReduce::sum));
  check_both({x, zero}, {15}, with(per_sample));
  check_both({x, zero}, {1, 4, 9, 16}, with(LossReduce::none));
}

TEST_CASE("bce_with_logits: large logits neither overflow nor lose the loss") {
  const Given x{{4}, {100, -100, 1000, -30}}, target{{4}, {1, 1, 0, 0}};
  check_both({x, target}, {0, 100, 1000, 0},
             [](auto t) { return bce_with_logits(t[0], t[1], {.reduce = LossReduce::none}); });
}

TEST_CASE("cross_entropy: an index that is no class gives a NaN loss and gradient, and no crash") {
  const Given x{{3, 2}, {0, 0, 1, 2, 3, 4}}, classes{{3}, {0, 2, -1}, DType::i32};
  check_both({x, classes}, {std::log(2), nan, nan},
             [](auto t) { return cross_entropy(t[0], t[1], {.reduce = LossReduce::none}); });
  check_both({x, classes}, {-.5, .5, nan, nan, nan, nan}, [](auto t) {
    return grad(cross_entropy(t[0], t[1], {.reduce = LossReduce::sum}), t.first(1))[0];
  });
}

TEST_CASE("cross_entropy: one-hot targets and class indices agree") {
  const Given x{{2, 3}, {1, 2, 4, -1, 0, 3}}, classes{{2}, {2, 0}, DType::u32};
  const Given hot{{2, 3}, {0, 0, 1, 1, 0, 0}};
  const Body loss = [](auto t) { return cross_entropy(t[0], t[1]); };
  check_both({x, hot}, by_reference(std::vector{x, classes}, loss), loss);
  const Body gradient = [](auto t) { return grad(cross_entropy(t[0], t[1]), t.first(1))[0]; };
  check_both({x, hot}, by_reference(std::vector{x, classes}, gradient), gradient);
}

TEST_CASE("cross_entropy: smoothed class indices are probabilities, and smoothed again") {
  const Given x{{2, 3}, {1, 2, 4, -1, 0, 3}}, classes{{2}, {2, 0}, DType::u32};
  const Given spread{{2, 3}, {.1, .1, .8, .8, .1, .1}}, hot{{2, 3}, {0, 0, 1, 1, 0, 0}};
  const auto loss = [](double smoothing) -> Body {
    return [=](auto t) { return cross_entropy(t[0], t[1], {.smoothing = smoothing}); };
  };
  const auto gradient = [](double smoothing) -> Body {
    return [=](auto t) {
      return grad(cross_entropy(t[0], t[1], {.smoothing = smoothing}), t.first(1))[0];
    };
  };
  const Values expected = by_reference(std::vector{x, spread}, loss(0));
  check_both({x, classes}, expected, loss(0.3));
  check_both({x, hot}, expected, loss(0.3));
  check_both({x, classes}, by_reference(std::vector{x, spread}, gradient(0)), gradient(0.3));
  for (const double wrong : {-0.1, 1.0, nan})
    CHECK(error_of({x, classes}, loss(wrong)).find("below 1") != std::string::npos);
}

TEST_CASE("cross_entropy: a masked class costs nothing, a masked target everything") {
  const Given x{{2, 2}, {-inf, 3, -inf, 3}}, classes{{2}, {1, 0}, DType::u32};
  check_both({x, classes}, {0, inf},
             [](auto t) { return cross_entropy(t[0], t[1], {.reduce = LossReduce::none}); });
}

TEST_CASE("kl_div: zero between equal distributions, else log of the ratio") {
  const Given p{{1, 2}, {0, 0}}, q{{1, 2}, {std::log(3.0), 0}};
  check_both({p, p}, {0}, [](auto t) { return kl_div(t[0], t[1]); });
  const double expected = 0.5 * std::log(0.5 / 0.75) + 0.5 * std::log(0.5 / 0.25);
  const auto got = by_reference(std::vector{p, q}, [](auto t) { return kl_div(t[0], t[1]); });
  CHECK(std::abs(got[0] - expected) < 1e-12);
}

TEST_CASE("cross_entropy: f32 targets of the classes' shape are an error that says to cast") {
  const std::string error = error_of({{{4, 3}, Values(12)}, {{4}, Values(4)}},
                                     [](auto t) { return cross_entropy(t[0], t[1]); });
  CHECK(error.find("cast(target, DType::u32)") != std::string::npos);
}

}  // namespace lemnos::test
