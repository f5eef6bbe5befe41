// SPDX-License-Identifier: Apache-2.0
#include "viewer/runs/session.h"

#include <doctest/doctest.h>

#include <thread>

#include "data/formats/jsonl.h"
#include "runtime/base/os.h"
#include "tests/nn/train/fixture.h"
#include "tests/skip.h"

using namespace lemnos;
using namespace lemnos::test;
using viewer::Mail;
using viewer::Session;
using viewer::StartRequest;

namespace {

// 7 steps an epoch.
StartRequest request(const std::filesystem::path& out, std::int64_t epochs = 8) {
  StartRequest request;
  request.config.model = "mlp";
  request.config.data = "spirals";
  request.config.epochs = epochs;
  request.config.batch = 64;
  request.settings = {{"hidden", "16"}};
  request.out = out;
  return request;
}

StartRequest resumed(const std::filesystem::path& folder) {
  StartRequest request;
  request.resume = folder;
  return request;
}

template <class Predicate>
bool comes(Predicate predicate) {
  const double begun = os::seconds();
  while (!predicate() && os::seconds() - begun < 60)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  return predicate();
}

bool becomes(const Session& session, Session::State state) {
  return comes([&] { return session.status().state == state; });
}

std::uint64_t saved_step(const std::filesystem::path& folder) {
  return Checkpoint::read(folder / "checkpoint.safetensors").step();
}

}  // namespace

TEST_CASE("session: a run starts, is stepped and stopped, and its folder goes on in another") {
  if (!have_device()) return;
  const TemporaryFolder folder;
  std::atomic<int> woken = 0;
  StartRequest first = request(folder / "run");
  first.paused = true;
  Session session(first, [&] { ++woken; });
  REQUIRE(becomes(session, Session::State::paused));
  CHECK(session.status().moment.step == 0);
  CHECK(session.status().run.epoch_steps == 7);
  CHECK(session.status().folder == folder / "run");
  CHECK(session.status().hyperparameters.at(0).value == doctest::Approx(1e-3));
  session.control().step(4);
  CHECK(comes([&] { return session.status().moment.step == 4; }));
  session.control().save().get();
  CHECK(session.checkpoints() == std::vector<std::string>{"checkpoint.safetensors"});
  session.control().stop();
  REQUIRE(becomes(session, Session::State::stopped));
  CHECK(!session.status().alive());
  CHECK(session.status().moment.step == 4);
  CHECK(woken > 3);
  Mail mail;
  session.inbox().take(mail);
  REQUIRE(mail.started);
  CHECK(mail.started->model == "mlp");
  CHECK(mail.steps.moments.size() == 4);
  CHECK(mail.ended);

  Session again(resumed(folder / "run"));
  REQUIRE(becomes(again, Session::State::ended));
  CHECK(saved_step(folder / "run") == 56);
  again.inbox().take(mail);
  CHECK(mail.steps.moments.front().step == 5);
  CHECK(mail.evaluations.size() == 1);
}

TEST_CASE("session: one that is closed while it trains leaves a folder that can be resumed") {
  if (!have_device()) return;
  const TemporaryFolder folder;
  {
    Session session(request(folder / "run", 100000));
    REQUIRE(comes([&] { return session.status().moment.step > 3; }));
  }
  const std::uint64_t step = saved_step(folder / "run");
  CHECK(step > 3);
  CHECK(data::read_jsonl(folder / "run/metrics.jsonl").back().at("step") == step);
  StartRequest more = resumed(folder / "run");
  more.config.steps = step + 2;
  Session again(more);
  REQUIRE(becomes(again, Session::State::ended));
  CHECK(saved_step(folder / "run") == step + 2);
}

TEST_CASE("session: what fails is said as the command line says it") {
  if (!have_device()) return;
  const TemporaryFolder folder;
  const auto failure = [](StartRequest wrong) {
    Session session(std::move(wrong));
    CHECK(becomes(session, Session::State::failed));
    CHECK_THROWS_AS(session.control().save().get(), Error);  // nobody waits for it in vain
    return session.status().message;
  };
  StartRequest wrong = request(folder / "run");
  wrong.config.data = "nowhere.csv";
  CHECK(says(failure(wrong), "nowhere.csv"));
  CHECK(!std::filesystem::exists(folder / "run"));
  wrong = request(folder / "run");
  wrong.settings = {{"hidden", "x"}};
  CHECK(says(failure(wrong), "hidden takes whole numbers"));
  CHECK(says(failure(resumed(folder / "none")), "there is no run folder"));
  os::write_file(folder / "x", "x");
  CHECK(says(failure(request(folder.path())), "is not empty"));
}

TEST_CASE("session: a folder that is deleted underneath ends it with a clear word") {
  if (!have_device()) return;
  const TemporaryFolder folder;
  StartRequest first = request(folder / "run");
  first.paused = true;
  Session session(first);
  REQUIRE(becomes(session, Session::State::paused));
  std::filesystem::remove_all(folder / "run");
  session.control().go_on();
  REQUIRE(becomes(session, Session::State::failed));
  CHECK(says(session.status().message, "is gone"));
  CHECK(says(session.status().message, (folder / "run").string()));
}
