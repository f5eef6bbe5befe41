// SPDX-License-Identifier: Apache-2.0
// What the sweeps cannot say of random numbers: which bits they come from, and what dropout is.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "ops/ops.h"
#include "ops/step/step.h"
#include "runtime/autodiff/backward.h"
#include "runtime/base/philox.h"
#include "runtime/doctor/session.h"
#include "runtime/exec/program.h"
#include "runtime/exec/reference.h"
#include "runtime/graph/trace.h"
#include "tests/skip.h"

namespace lemnos::test {
namespace {

constexpr std::uint64_t seed_words = 0x123456789abcdef0;

// Results of the reference, at step 1.
template <class Body>
std::vector<Values> evaluated(Body body, bool training = true) {
  Trace trace(training, make_clock(seed_words));
  for (const Tensor& result : body()) trace.graph().outputs.push_back(trace.resolve(result));
  return evaluate(trace.graph(), {});
}

double mean_of(const Values& values, double power) {
  double total = 0;
  for (const double x : values) total += std::pow(x, power);
  return total / static_cast<double>(values.size());
}

}  // namespace

TEST_CASE("random: element i of stream s is Philox's word i of stream s at the clock's step") {
  const auto values = evaluated([] {
    return std::vector{uniform({3, 5}), uniform({7}), bernoulli({9}, 0.25), uniform({1})};
  });
  for (std::size_t stream = 0; stream < values.size(); ++stream)
    for (std::size_t i = 0; i < values[stream].size(); ++i) {
      const auto u = unit_float(philox_word(seed_words, static_cast<std::uint32_t>(stream), 1, i));
      CHECK(values[stream][i] == (stream == 2 ? (u < 0.25f ? 1.0 : 0.0) : u));
    }
}

TEST_CASE("random: moments are those of the distributions") {
  const auto values = evaluated([] {
    return std::vector{uniform({100000}), normal({100000}), bernoulli({100000}, 0.3)};
  });
  CHECK(std::abs(mean_of(values[0], 1) - 0.5) < 0.004);
  CHECK(std::abs(mean_of(values[0], 2) - 1.0 / 3) < 0.004);
  CHECK(std::abs(mean_of(values[1], 1)) < 0.013);
  CHECK(std::abs(mean_of(values[1], 2) - 1) < 0.018);
  CHECK(std::abs(mean_of(values[1], 3)) < 0.05);
  CHECK(std::abs(mean_of(values[1], 4) - 3) < 0.13);
  CHECK(std::abs(mean_of(values[2], 1) - 0.3) < 0.006);
}

TEST_CASE("bernoulli: probabilities 0 and 1 are certain, and others than 0 to 1 are an error") {
  const auto values = evaluated([] {
    return std::vector{bernoulli({1000}, 0), bernoulli({1000}, 1)};
  });
  CHECK(mean_of(values[0], 1) == 0);
  CHECK(mean_of(values[1], 1) == 1);
  Trace trace;
  CHECK_THROWS_WITH_AS(bernoulli({2}, 1.5), doctest::Contains("probability is 1.5"), Error);
  CHECK_THROWS_WITH_AS(bernoulli({2}, std::nan("")), doctest::Contains("random_test.cpp"), Error);
}

TEST_CASE("dropout: drops with p, keeps the mean, and its gradient sees the same mask") {
  const auto values = evaluated([] {
    const Tensor x = fill({20000}, 3.0);
    const Tensor y = dropout(x, 0.25);
    return std::vector{y, grad(sum(y), std::vector{x})[0]};
  });
  CHECK(std::abs(mean_of(values[0], 1) - 3) < 0.06);
  CHECK(std::ranges::count(values[0], 0.0) > 4700);
  for (std::size_t i = 0; i < values[0].size(); ++i)
    CHECK(values[0][i] == doctest::Approx(3 * values[1][i]).epsilon(1e-14));
}

TEST_CASE("dropout: is the identity when not training, and with p of 0") {
  Trace evaluation(false);
  const Tensor x = fill({4}, 1);
  CHECK(dropout(x, 0.5).node() == x.node());
  Trace training;
  const Tensor y = fill({4}, 1);
  CHECK(dropout(y, 0).node() == y.node());
  CHECK_THROWS_WITH_AS(dropout(y, 1), doctest::Contains("dropout: the probability is 1"), Error);
}

TEST_CASE("random: a device makes the same numbers, others in every step, and zeros in padding") {
  if (!have_device()) return;
  const auto gpu = device();
  const auto clock = make_clock(seed_words);
  Trace trace(true, clock);
  const Tensor results[] = {uniform({70003}), normal({70003}), bernoulli({70003}, 0.3)};
  for (const Tensor& result : results) trace.graph().outputs.push_back(result.node());
  const auto ring = std::make_shared<Storage>("ring", DType::u32, ring_slots * ring_width(1));
  const Tensor one = fill({1}, 0.75);
  trace.assign(ring, advance(trace.read(ring), trace.clock(), record(pack_op, {one})));
  Program program("random", trace.graph(), gpu);
  for (int step = 0; step < 2; ++step) {
    const auto expected = evaluate(trace.graph(), {});  // reads the clock
    program.submit();
    for (std::uint32_t i = 0; i < 3; ++i) {
      const std::vector<float> got = program.output(i);
      const double allowed = i == 1 ? 1e-5 : 0;
      double worst = 0;
      for (std::size_t k = 0; k < got.size(); ++k)
        worst = std::max(worst, std::abs(got[k] - expected[i][k]));
      CHECK(worst <= allowed);
    }
  }
}

TEST_CASE("advance: counts 64-bit steps and keeps the record of each in its slot") {
  if (!have_device()) return;
  const auto gpu = device();
  const auto clock = make_clock(7);
  const std::uint32_t high_step[] = {0xfffffffe, 4, 10};
  clock->write(0, std::as_bytes(std::span(high_step)));
  const auto ring = std::make_shared<Storage>("ring", DType::u32, ring_slots * ring_width(2));
  Trace trace(true, clock);
  const Operand scalars[] = {fill({}, 0.5), fill({1}, -3.0)};
  trace.assign(ring, advance(trace.read(ring), trace.clock(), record(pack_op, scalars)));
  Program program("advance", trace.graph(), gpu);
  program.submit(3);
  program.wait();

  std::array<std::uint32_t, 6> words{};
  clock->read(0, std::as_writable_bytes(std::span(words)));
  CHECK(words == std::array<std::uint32_t, 6>{1, 5, 13, 0, 7, 0});
  const Values records = values_of(*ring);
  const auto slot = [&](std::size_t i) {
    return Values(records.begin() + static_cast<std::ptrdiff_t>(4 * i),
                  records.begin() + static_cast<std::ptrdiff_t>(4 * i + 4));
  };
  CHECK(slot(1022) == Values{4294967294.0, 4, 0x3f000000, 0xc0400000});
  CHECK(slot(1023) == Values{4294967295.0, 4, 0x3f000000, 0xc0400000});
  CHECK(slot(0) == Values{0, 5, 0x3f000000, 0xc0400000});
  CHECK(slot(1) == Values{0, 0, 0, 0});
}

TEST_CASE("advance: a ring of the wrong size is an error") {
  Trace trace;
  const auto ring = std::make_shared<Storage>("ring", DType::u32, 1000);
  const Tensor scalars = record(pack_op, {fill({1}, 0)});
  CHECK_THROWS_WITH_AS(advance(trace.read(ring), trace.clock(), scalars),
                       doctest::Contains("advance: a ring of shape [1000]"), Error);
}

}  // namespace lemnos::test
