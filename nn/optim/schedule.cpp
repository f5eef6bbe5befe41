// SPDX-License-Identifier: Apache-2.0
#include "nn/optim/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "ops/pointwise/pointwise.h"
#include "runtime/base/error.h"

namespace lemnos::optim {
namespace {

constexpr double first_factor = 1.0 / 25, last_factor = first_factor / 1e4, rising = 0.3;
constexpr std::int64_t most_updates = 1 << 24;

void check_updates(const char* what, std::int64_t updates, std::int64_t least) {
  if (updates < least || updates >= most_updates)
    fail_usage("schedule: {} must be {} to {} updates, not {}", what, least, most_updates - 1,
               updates);
}

// Between two values along half a cosine, low at share 0: (1 - cos(pi x)) / 2 is sin(pi x / 2)^2,
// which is exact to the last bits where it is small, too.
Tensor annealed(double low, double high, const Tensor& share) {
  return low + (high - low) * square(sin((std::numbers::pi / 2) * share));
}

// floor(n / size) of whole numbers: the division may be off by some bits, the remainder is exact.
Tensor whole_parts(const Tensor& n, double size) {
  const Tensor parts = floor(n / size);
  const Tensor rest = n - parts * size;
  return parts + greater_equal(rest, size) - less(rest, 0);
}

Tensor cycle(double total, const Tensor& done) {
  const double top = rising * total - 1, end = total - 1;
  const Tensor down = annealed(last_factor, 1, maximum((end - done) / (end - top), 0.0));
  if (top <= 0) return down;
  return select(less_equal(done, top), annealed(first_factor, 1, done / top), down);
}

}  // namespace

Schedule constant(Warmup options) {
  check_updates("the warm-up", options.warmup, 0);
  return {.kind = Schedule::Kind::constant, .warmup = options.warmup};
}

Schedule step_decay(std::int64_t every, double gamma, Warmup options) {
  check_updates("a step", every, 1);
  check_updates("the warm-up", options.warmup, 0);
  if (!(gamma > 0 && gamma <= 1))
    fail_usage("schedule: the factor of a step must be above 0 and at most 1, not {}", gamma);
  return {Schedule::Kind::step, options.warmup, every, gamma};
}

Schedule cosine(std::int64_t total, CosineOptions options) {
  check_updates("the whole", total, 1);
  check_updates("the warm-up", options.warmup, 0);
  if (!(options.floor >= 0 && options.floor <= 1))
    fail_usage("schedule: the floor must be 0 to 1, not {}", options.floor);
  if (options.warmup >= total)
    fail_usage("schedule: a warm-up of {} updates leaves none of {}", options.warmup, total);
  return {Schedule::Kind::cosine, options.warmup, total, options.floor};
}

Schedule one_cycle(std::int64_t total) {
  check_updates("the whole", total, 2);
  return {.kind = Schedule::Kind::one_cycle, .updates = total};
}

Tensor factor_at(const Schedule& s, const Tensor& t) {
  const auto warmup = static_cast<double>(s.warmup), updates = static_cast<double>(s.updates);
  const Tensor done = maximum(t - (1.0 + warmup), 0.0);  // updates before this one, warm-up apart
  Tensor factor = fill(Shape{}, 1);
  if (s.kind == Schedule::Kind::step) factor = exp(whole_parts(done, updates) * std::log(s.factor));
  if (s.kind == Schedule::Kind::cosine)
    factor = annealed(s.factor, 1, maximum((updates - warmup - done) / (updates - warmup), 0.0));
  if (s.kind == Schedule::Kind::one_cycle) factor = cycle(updates, done);
  return s.warmup == 0 ? factor : select(less_equal(t, warmup), maximum(t, 1.0) / warmup, factor);
}

}  // namespace lemnos::optim
