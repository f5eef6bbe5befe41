// SPDX-License-Identifier: Apache-2.0
#include "nn/train/mixup.h"

#include <cmath>

#include "nn/train/task.h"
#include "ops/index/index.h"
#include "ops/pointwise/pointwise.h"
#include "runtime/doctor/session.h"
#include "runtime/exec/program.h"
#include "runtime/exec/reference.h"
#include "runtime/exec/values.h"
#include "runtime/graph/trace.h"
#include "tests/nn/train/fixture.h"
#include "tests/skip.h"

using namespace lemnos;
using namespace lemnos::test;

namespace {

constexpr std::size_t count = 5;

// Its logits are its inputs, [N, C].
std::unique_ptr<Task> identity() {
  const auto same = [](const Tensor& x) { return x; };
  return classification({}, {same, same});
}

// The value of what `record` records at the first step, by the reference.
template <class Record>
Values value_of(Record record, std::vector<Values> inputs, std::uint64_t seed = 6) {
  Trace trace(true, make_clock(seed));
  trace.graph().outputs = {trace.resolve(record(trace))};
  return evaluate(trace.graph(), inputs)[0];
}

double share_of(double alpha) {
  return value_of([&](Trace&) { return beta_share(alpha); }, {})[0];
}

// share * the row's own class + (1 - share) * that of the row before; spread: label smoothing.
std::vector<Values> soft_targets(const Values& classes, double share, std::size_t C,
                                 double spread) {
  std::vector<Values> targets(count, Values(C, spread / static_cast<double>(C)));
  for (std::size_t i = 0; i < count; ++i) {
    targets[i][static_cast<std::size_t>(classes[i])] += (1 - spread) * share;
    targets[i][static_cast<std::size_t>(classes[(i + count - 1) % count])] +=
        (1 - spread) * (1 - share);
  }
  return targets;
}

// The mean of -sum(target * log softmax(logits)).
double cross_entropy_of(const std::vector<Values>& logits, const std::vector<Values>& targets) {
  double total = 0;
  for (std::size_t i = 0; i < count; ++i) {
    double sum = 0;
    for (const double logit : logits[i]) sum += std::exp(logit);
    for (std::size_t c = 0; c < logits[i].size(); ++c)
      total -= targets[i][c] * (logits[i][c] - std::log(sum)) / count;
  }
  return total;
}

}  // namespace

TEST_CASE("mixup: the share has the moments of Beta(alpha, alpha)") {
  for (const double alpha : {0.05, 0.2, 1.0}) {
    CAPTURE(alpha);
    double total = 0, squares = 0;
    const std::uint64_t draws = 800;
    for (std::uint64_t seed = 0; seed < draws; ++seed) {
      const double share = value_of([&](Trace&) { return beta_share(alpha); }, {}, seed)[0];
      CHECK((share >= 0 && share <= 1));
      total += share - 0.5;
      squares += (share - 0.5) * (share - 0.5);
    }
    const double variance = 0.25 / (2 * alpha + 1);
    CHECK(std::abs(total / draws) < 4 * std::sqrt(variance / draws));
    CHECK(std::abs(squares / draws - variance) < 0.15 * variance);
  }
}

TEST_CASE("mixup: each row is blended with the one before, and one row with itself") {
  Trace trace;
  const Tensor x = trace.input("x", {{3, 2}, DType::f32});
  const Tensor classes = trace.input("classes", {{3}, DType::u32});
  const Tensor one = trace.input("one", {{1, 2}, DType::f32});
  const Tensor share = fill(Shape{}, 0.75);
  trace.graph().outputs = {trace.resolve(blended(x, share)), trace.resolve(partners(classes)),
                           trace.resolve(blended(one, share))};
  const std::vector<Values> inputs{{4, 8, 0, 4, 8, 0}, {5, 6, 7}, {1, 2}};
  const std::vector<Values> results = evaluate(trace.graph(), inputs);
  CHECK(results[0] == Values{5, 6, 1, 5, 6, 1});
  CHECK(results[1] == Values{7, 5, 6});
  CHECK(results[2] == Values{1, 2});
}

TEST_CASE("mixup: the loss is the cross-entropy with mixed targets, which sum to 1") {
  const Values classes{0, 2, 1, 1, 2};
  const Values rows{0.5, -1, 2, 0, 0.25, -0.5, 1, 1, 1, -2, 0.75, 0, 3, -1, 0.125};
  const double share = share_of(0.7);
  CHECK((share > 0.01 && share < 0.99));
  for (const double smoothing : {0.0, 0.25}) {
    CAPTURE(smoothing);
    const auto targets = soft_targets(classes, share, 3, smoothing);
    std::vector<Values> logits(count, Values(3));
    for (std::size_t i = 0; i < count; ++i) {
      CHECK(targets[i][0] + targets[i][1] + targets[i][2] == doctest::Approx(1));
      for (std::size_t c = 0; c < 3; ++c)
        logits[i][c] =
            share * rows[3 * i + c] + (1 - share) * rows[3 * ((i + count - 1) % count) + c];
    }
    const auto task = identity();
    task->smooth_labels(smoothing);
    task->mix_up(0.7);
    const double loss = value_of(
        [&](Trace& trace) {
          const Tensor x = trace.input("rows", {{count, 3}, DType::f32});
          return task->loss(x, trace.input("classes", {{count}, DType::u32}));
        },
        {rows, classes})[0];
    CHECK(loss == doctest::Approx(cross_entropy_of(logits, targets)).epsilon(1e-9));
  }
}

TEST_CASE("mixup: one logit of two classes is mixed likewise, and no evaluation is") {
  const Values classes{0, 1, 1, 0, 1}, rows{0.5, -1, 2, 0.25, 3};
  const double share = share_of(1);
  std::vector<Values> logits(count, Values(2)), plain(count, Values(2));
  for (std::size_t i = 0; i < count; ++i) {
    logits[i][1] = share * rows[i] + (1 - share) * rows[(i + count - 1) % count];
    plain[i][1] = rows[i];
  }
  const auto task = identity();
  task->mix_up(1);
  const auto of = [&](auto ask) {
    return value_of(
        [&](Trace& trace) {
          const Tensor x = trace.input("rows", {{count, 1}, DType::f32});
          return ask(trace, x, trace.input("classes", {{count}, DType::u32}));
        },
        {rows, classes})[0];
  };
  const double loss =
      of([&](Trace&, const Tensor& x, const Tensor& y) { return task->loss(x, y); });
  CHECK(
      loss ==
      doctest::Approx(cross_entropy_of(logits, soft_targets(classes, share, 2, 0))).epsilon(1e-9));
  const double judged = of([&](Trace& trace, const Tensor& x, const Tensor& y) {
    task->evaluate(x, y);
    return trace.tensor(trace.observed()[0].value);
  });
  CHECK(judged ==
        doctest::Approx(cross_entropy_of(plain, soft_targets(classes, 1, 2, 0))).epsilon(1e-9));
}

TEST_CASE("mixup: a share on the device is what the reference draws") {
  if (!have_device()) return;
  for (const double alpha : {0.001, 0.2, 1.0}) {
    Trace trace(true, make_clock(6));
    trace.graph().outputs = {trace.resolve(beta_share(alpha))};
    Program program("share", trace.graph(), device());
    program.submit();
    CHECK(std::abs(output_of(program, 0)[0] - share_of(alpha)) < 1e-4);
  }
}

TEST_CASE("mixup: tasks without classes refuse it") {
  const auto task = variational_autoencoder({}, {});
  CHECK(says(error_text([&] { task->mix_up(0.2); }), "--mixup is for models that tell classes"));
  CHECK(error_text([&] { task->mix_up(0); }) == "");
}
