// SPDX-License-Identifier: Apache-2.0
// What the window asks of a run that trains, and what comes of it.
#include "viewer/runs/live.h"

#include <doctest/doctest.h>

#include <thread>

#include "runtime/base/os.h"
#include "runtime/doctor/session.h"
#include "tests/nn/train/fixture.h"
#include "tests/skip.h"
#include "tests/stories/same_bits.h"

namespace lemnos::viewer {
namespace {

using lemnos::test::have_device;
using lemnos::test::TemporaryFolder;
using State = Session::State;

StartRequest request(const char* model, const std::filesystem::path& out,
                     std::vector<Setting> settings) {
  StartRequest request;
  request.config.model = model;
  request.config.data = "tiny_images";
  request.config.steps = 12;
  request.config.batch = 32;
  request.settings = std::move(settings);
  request.out = out;
  return request;
}

// A run, and all that came of it.
struct Watched {
  Mailbox mailbox;
  std::vector<Findings> found;
  std::vector<ShownImages> images;
  std::vector<PicturePtr> decoded;
  data::Array values;
  std::shared_ptr<const MemoryView> memory;
  std::shared_ptr<const GraphView> graph;
  std::shared_ptr<const StepProfile> profile;
  std::vector<std::string> failures;
  Live live;

  Watched(StartRequest request, bool through_host = false)
      : live(
            std::move(request), mailbox, answers(), [] {}, through_host) {}

  Live::Answers answers() {
    return {.found =
                [this](Findings all, std::vector<ShownImages> shown) {
                  found.push_back(std::move(all));
                  for (ShownImages& each : shown) images.push_back(std::move(each));
                },
            .decoded = [this](PicturePtr picture) { decoded.push_back(std::move(picture)); },
            .values = [this](const PicturePtr&, data::Array all) { values = std::move(all); },
            .planned =
                [this](auto blocks, auto nodes) {
                  memory = std::move(blocks);
                  graph = std::move(nodes);
                },
            .profiled = [this](auto all) { profile = std::move(all); },
            .failed = [this](std::string what) { failures.push_back(std::move(what)); }};
  }

  // Within more time than it can need.
  template <class Condition>
  bool comes(Condition condition) {
    const double begun = os::seconds();
    while (os::seconds() - begun < 60) {
      mailbox.open();
      live.check_calls();
      if (condition()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return false;
  }
  bool becomes(State state) {
    return comes([&] { return live.session().status().state == state; });
  }
};

StartRequest small_vae(const std::filesystem::path& out) {
  return request("conv_vae", out, {{"filters", "4"}, {"hidden", "8"}, {"latent", "3"}});
}

}  // namespace

TEST_CASE("live: images of a model stay on the device, and their values come when asked for") {
  if (!have_device()) return;
  const TemporaryFolder folder;
  Watched run(small_vae(folder / "run"));
  REQUIRE(run.comes([&] { return run.images.size() >= 2; }));
  CHECK(run.images[0].name == "samples");
  const PicturePtr samples = run.images[0].picture;
  CHECK(samples->count == 64);
  CHECK(samples->pixels.empty());
  REQUIRE(samples->device != nullptr);
  run.live.read_values(samples);
  REQUIRE(run.comes([&] { return !run.values.empty(); }));
  CHECK(run.values.shape == Shape{64, 8, 8, 1});
  CHECK(run.values.as<float>()[5] > 0);
  REQUIRE(run.comes([&] { return run.graph != nullptr; }));
  CHECK(!run.memory->blocks.empty());
  REQUIRE(run.becomes(State::ended));
  CHECK(run.failures.empty());
}

TEST_CASE("live: a code becomes an image, also after the end of the run") {
  if (!have_device()) return;
  const TemporaryFolder folder;
  Watched run(small_vae(folder / "run"));
  REQUIRE(run.becomes(State::ended));
  run.live.decode({0, 0, 0});
  REQUIRE(run.comes([&] { return !run.decoded.empty(); }));
  const float first = run.decoded.back()->at(0, 3, 3, 0);
  const std::size_t before = run.decoded.size();
  run.live.decode({2, -2, 2});
  REQUIRE(run.comes([&] { return run.decoded.size() > before; }));
  CHECK(run.decoded.back()->at(0, 3, 3, 0) != first);
  run.live.want({.latent = true});
  const auto has_codes = [&] {
    return std::ranges::any_of(run.found, [](const Findings& each) {
      return each.latent && each.latent->labels.size() == 100;
    });
  };
  CHECK(run.comes(has_codes));
  CHECK(run.failures.empty());
}

TEST_CASE("live: a classifier is looked at from all sides, without a change of its training") {
  if (!have_device()) return;
  const TemporaryFolder folder;
  const auto train = [&](const char* name, bool watched) {
    Watched run(request("mlp", folder / name, {{"hidden", "16"}}));
    if (watched) run.live.want({.layers = true, .predictions = true, .row = true, .row_number = 7});
    REQUIRE(run.becomes(State::ended));
    if (watched) {
      const auto any = [&](auto member) {
        return run.comes([&] {
          return std::ranges::any_of(
              run.found, [&](const Findings& each) { return (each.*member).has_value(); });
        });
      };
      CHECK(any(&Findings::layers));
      CHECK(any(&Findings::predictions));
      CHECK(any(&Findings::row));
      CHECK(run.failures.empty());
    }
  };
  train("watched", true);
  train("alone", false);
  CHECK(lemnos::test::differences(folder / "watched/checkpoint.safetensors",
                                  folder / "alone/checkpoint.safetensors")
            .empty());
}

TEST_CASE("live: a step is profiled when asked, and what cannot be done is said") {
  if (!have_device()) return;
  const TemporaryFolder folder;
  StartRequest paused = request("mlp", folder / "run", {{"hidden", "16"}});
  paused.paused = true;
  Watched run(paused);
  REQUIRE(run.becomes(State::paused));
  if (device()->caps().timestamp_period > 0) {
    run.live.profile();
    REQUIRE(run.comes([&] { return run.profile != nullptr; }));
    CHECK(!run.profile->dispatches.empty());
    CHECK(run.live.session().status().moment.step == 1);
  }
  run.live.roll_back("checkpoint-99.safetensors");
  REQUIRE(run.comes([&] { return !run.failures.empty(); }));
  CHECK(run.failures[0].find("checkpoint-99") != std::string::npos);
}

TEST_CASE("live: for a window on another device, images come through the host") {
  if (!have_device()) return;
  const TemporaryFolder folder;
  Watched run(small_vae(folder / "run"), true);
  REQUIRE(run.comes([&] { return !run.images.empty(); }));
  CHECK(run.images[0].picture->device == nullptr);
  CHECK(run.images[0].picture->at(0, 2, 2, 0) > 0);
}

}  // namespace lemnos::viewer
