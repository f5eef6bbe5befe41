// SPDX-License-Identifier: Apache-2.0
#include "viewer/runs/inbox.h"

#include <doctest/doctest.h>

#include <thread>

using namespace lemnos;
using namespace lemnos::viewer;

namespace {

void tell(Observer& observer, std::uint64_t step, double loss) {
  const std::vector<NamedValue> scalars{{"kl", loss / 2}};
  observer.on_step({{step, 0.5, 1.0}, 10, loss, scalars, 2.5});
}

}  // namespace

TEST_CASE(
    "inbox: what is put is taken once, in order, and it wakes when there is something again") {
  int woken = 0;
  Inbox inbox([&] { ++woken; });
  const auto observer = inbox.observer();
  Mail mail;
  inbox.take(mail);
  CHECK(mail.empty());
  tell(*observer, 1, 4);
  tell(*observer, 2, 3);
  const std::vector<NamedValue> metrics{{"accuracy", 0.5}};
  observer->on_eval({2, 1, 1}, "test", metrics);
  observer->on_event({2, 1, 1}, "checkpoint", "checkpoint.safetensors");
  CHECK(woken == 1);
  inbox.take(mail);
  CHECK(mail.steps.names == std::vector<std::string>{"loss", "ms", "kl"});
  REQUIRE(mail.steps.moments.size() == 2);
  CHECK(mail.steps.value(1, 0) == 3);
  CHECK(mail.steps.value(1, 2) == 1.5);
  CHECK(mail.evaluations.front().metrics.front().value == 0.5);
  CHECK(mail.events.front().name == "checkpoint");
  CHECK(mail.last_step == 10);
  inbox.take(mail);
  CHECK(mail.empty());
  tell(*observer, 3, 2);
  CHECK(woken == 2);
  inbox.take(mail);
  CHECK(mail.steps.value(0, 2) == 1);
}

TEST_CASE("inbox: a run that goes back takes what was not looked at with it") {
  Inbox inbox;
  const auto observer = inbox.observer();
  for (std::uint64_t step = 1; step <= 5; ++step) tell(*observer, step, 1);
  observer->on_event({5, 1, 1}, "edit", "");
  observer->on_rollback({2, 1, 1});
  observer->on_event({2, 1, 1}, "rollback", "");
  tell(*observer, 3, 7);
  Mail mail;
  inbox.take(mail);
  CHECK(mail.cut_to == 2);
  REQUIRE(mail.steps.moments.size() == 3);
  CHECK(mail.steps.moments.back().step == 3);
  CHECK(mail.steps.value(2, 0) == 7);
  REQUIRE(mail.events.size() == 1);
  CHECK(mail.events.front().name == "rollback");
}

TEST_CASE(
    "inbox: the newest samples stay where nobody looks, and nothing is lost between threads") {
  Inbox inbox;
  const auto observer = inbox.observer();
  for (std::uint64_t step = 0; step < 70; ++step)
    observer->on_samples({step, 0, 0}, data::Array::zeros(DType::f32, Shape{1, 2, 2, 1}));
  Mail mail;
  inbox.take(mail);
  REQUIRE(mail.samples.size() == Inbox::most_samples);
  CHECK(mail.samples.front().moment.step == 6);

  constexpr std::uint64_t count = 20000;
  std::jthread training([&] {
    for (std::uint64_t step = 1; step <= count; ++step) tell(*observer, step, 1);
  });
  std::uint64_t seen = 0;
  bool in_order = true;
  while (seen < count) {
    inbox.take(mail);
    for (const Moment& moment : mail.steps.moments) in_order = in_order && moment.step == ++seen;
  }
  CHECK(in_order);
}

TEST_CASE("latest: only the newest value is taken, once") {
  int woken = 0;
  Latest<int> latest([&] { ++woken; });
  CHECK(!latest.take());
  latest.put(1);
  latest.put(2);
  CHECK(woken == 1);
  CHECK(latest.take() == 2);
  CHECK(!latest.take());
}
