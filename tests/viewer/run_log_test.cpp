// SPDX-License-Identifier: Apache-2.0
#include "viewer/runs/run_log.h"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <string>

#include "runtime/base/os.h"

namespace lemnos::viewer {
namespace {
namespace fs = std::filesystem;

// A run folder that is gone at the end.
class Folder {
 public:
  explicit Folder(const std::string& name)
      : path_(fs::temp_directory_path() / fmt::format("lemnos-{}-{}", name, ::getpid())) {
    fs::remove_all(path_);
    fs::create_directories(path_);
  }
  ~Folder() { fs::remove_all(path_); }
  const fs::path& path() const { return path_; }
  void append(std::string_view text) const { os::append_text(path_ / "metrics.jsonl", text); }
  void replace(std::string_view text) const { os::write_file(path_ / "metrics.jsonl", text); }

 private:
  fs::path path_;
};

std::string train(std::uint64_t step, double loss) {
  return fmt::format(
      R"({{"kind":"train","step":{},"epoch":{},"time":{},"loss":{},"ms":3.5,"grad_norm":0.25}})"
      "\n",
      step, static_cast<double>(step) / 10, static_cast<double>(step) / 2, loss);
}

void read_all(RunLog& log) {
  while (log.follow()) {
  }
}

TEST_CASE("run log: lines as a run writes them become series, events and where it stands") {
  const Folder folder("lines");
  folder.replace(
      R"({"kind":"event","step":0,"epoch":0,"time":0,"event":"resume","detail":"from \"a\""})"
      "\n" +
      train(1, 2.5) + train(2, 2.25) +
      R"({"kind":"train","step":3,"epoch":0.3,"time":1.5,"loss":null,"ms":1e1,"grad_norm":-1E-3})"
      "\n"
      R"({"kind":"eval","step":3,"epoch":0.3,"time":1.5,"split":"test","accuracy":0.75})"
      "\n");
  RunLog log = RunLog::of_folder(folder.path() / "");
  read_all(log);
  CHECK(log.problem() == fmt::format("cannot read {}: No such file or directory",
                                     (folder.path() / "config.json").string()));
  CHECK(log.name() == folder.path().filename());
  const Series& loss = *log.find("train/loss");
  REQUIRE(loss.size() == 3);
  CHECK(loss.y(1) == 2.25);
  CHECK(std::isnan(loss.y(2)));
  CHECK(loss.x(XKind::seconds, 2) == 1.5);
  CHECK(log.find("train/ms")->y(2) == 10);
  CHECK(log.find("train/grad_norm")->y(2) == -0.001);
  CHECK(log.find("test/accuracy")->y(0) == 0.75);
  CHECK(log.find("test/loss") == nullptr);
  REQUIRE(log.events().size() == 1);
  CHECK(log.events()[0].detail == "from \"a\"");
  CHECK(log.last().step == 3);
  CHECK(log.broken_lines() == 0);
  CHECK_FALSE(log.complete());
}

TEST_CASE("run log: what JsonlObserver writes and what observers are told give the same log") {
  const Folder folder("observer");
  RunLog told("told");
  {
    const auto writer = jsonl_observer(folder.path() / "metrics.jsonl");
    for (std::uint64_t step = 1; step <= 100; ++step) {
      const Moment moment{step, 0.01 * static_cast<double>(step), 1.0 / 3};
      const std::vector<NamedValue> scalars = {{"kl \"nats\"", 1e-300}, {"größe", step % 7 / 3.0}};
      const StepInfo info{moment, 100, step == 50 ? NAN : 1.0 / static_cast<double>(step), scalars,
                          0.1};
      writer->on_step(info);
      told.on_step(info);
      if (step % 10 != 0) continue;
      const std::vector<NamedValue> metrics = {{"accuracy", step / 300.0}, {"loss", 7}};
      writer->on_eval(moment, "test", metrics);
      told.on_eval(moment, "test", metrics);
      writer->on_event(moment, "checkpoint", "at \n this");
      told.on_event(moment, "checkpoint", "at \n this");
    }
  }
  RunLog read = RunLog::of_folder(folder.path());
  read_all(read);
  CHECK(read.broken_lines() == 0);
  REQUIRE(read.series().size() == told.series().size());
  REQUIRE(read.series().size() == 6);
  for (const auto& [key, series] : told.series()) {
    CAPTURE(key);
    REQUIRE(read.find(key) != nullptr);
    REQUIRE(read.find(key)->size() == series.size());
    for (std::size_t i = 0; i < series.size(); ++i) {
      CHECK((std::isnan(series.y(i)) ? std::isnan(read.find(key)->y(i))
                                     : read.find(key)->y(i) == series.y(i)));
      CHECK(read.find(key)->x(XKind::epoch, i) == series.x(XKind::epoch, i));
    }
  }
  REQUIRE(read.events().size() == 10);
  CHECK(read.events()[3].detail == told.events()[3].detail);
}

TEST_CASE("run log: each kind of broken line is counted, said, and costs no other line") {
  const Folder folder("broken");
  folder.append(train(1, 2) + "\n" + "{\"kind\":\"train\",\"step\":2,\"lo\n" + "nonsense\n" +
                "[1,2]\n" + "{\"step\":4,\"loss\":1}\n" + "{\"kind\":\"train\",\"loss\":1}\n" +
                "{\"kind\":\"train\",\"step\":1.5,\"loss\":1}\n" +
                "{\"kind\":\"train\",\"step\":-1,\"loss\":1}\n" +
                "{\"kind\":\"train\",\"step\":1e99,\"loss\":1}\n" +
                "{\"kind\":\"future\",\"step\":5,\"loss\":1}\n" +
                "{\"kind\":\"eval\",\"step\":5,\"loss\":1}\n" +
                "{\"kind\":\"train\",\"step\":6,\"\xff\xfe\":1}\n" + std::string("\0\1\2\n", 4) +
                "{\"kind\":\"train\",\"step\":7,\"loss\":+1}\n" + std::string(3 << 20, 'x') + "\n" +
                train(8, 1));
  RunLog log = RunLog::of_folder(folder.path());
  read_all(log);
  CHECK(log.find("train/loss")->size() == 2);
  CHECK(log.last().step == 8);
  CHECK(log.broken_lines() == 14);
  CHECK(log.series().size() == 3);
  CHECK(log.problem().find("14 of 17 lines") != std::string::npos);
  CHECK(log.problem().find(R"(the first is line 3: {"kind":"train","step":2,"lo)") !=
        std::string::npos);
}

TEST_CASE("run log: odd but valid JSON is read too: spaces, order, escapes, other types") {
  const Folder folder("odd");
  folder.append(
      R"(  { "loss" : 1.5, "step" : 4 , "kind" : "tr\u0061in", "list" : [1], "yes" : true })"
      "\r\n");
  RunLog log = RunLog::of_folder(folder.path());
  read_all(log);
  CHECK(log.broken_lines() == 0);
  REQUIRE(log.find("train/loss") != nullptr);
  CHECK(log.find("train/loss")->y(0) == 1.5);
  CHECK(log.series().size() == 1);
}

TEST_CASE("run log: followed while it grows, in pieces of any size, nothing is lost or doubled") {
  for (const std::size_t piece : {1u, 7u, 64u, 1000u}) {
    const Folder folder("grows");
    RunLog log = RunLog::of_folder(folder.path());
    CHECK_FALSE(log.follow());
    CHECK(log.problem().find("a run writes it with its first step") != std::string::npos);
    std::string text;
    for (std::uint64_t step = 1; step <= 20; ++step) text += train(step, 1.0 / step);
    for (std::size_t at = 0; at < text.size(); at += piece) {
      folder.append(std::string_view(text).substr(at, piece));
      while (log.follow(piece == 64 ? 5 : 1 << 20)) {
      }
    }
    CHECK(log.broken_lines() == 0);
    REQUIRE(log.find("train/loss")->size() == 20);
    CHECK(log.find("train/loss")->y(19) == 1.0 / 20);
  }
}

TEST_CASE("run log: lines that a resume has cut are forgotten, though the file is longer again") {
  const Folder folder("resume");
  std::string text;
  for (std::uint64_t step = 1; step <= 10; ++step) text += train(step, 1);
  folder.replace(text);
  RunLog log = RunLog::of_folder(folder.path());
  read_all(log);
  const Series* loss = log.find("train/loss");
  const auto identity = loss->identity();
  CHECK(loss->size() == 10);

  text = train(1, 1) + train(2, 1);
  folder.replace(text);
  read_all(log);
  CHECK(log.find("train/loss") == loss);  // panels may go on holding it
  CHECK(loss->size() == 2);
  CHECK(loss->identity() != identity);
  CHECK(log.last().step == 2);

  for (std::uint64_t step = 3; step <= 30; ++step) text += train(step, 5);
  folder.replace(train(1, 9) + text.substr(train(1, 1).size()));  // longer, but another one
  read_all(log);
  CHECK(loss->size() == 30);
  CHECK(loss->y(0) == 9);
  CHECK(log.broken_lines() == 0);
}

TEST_CASE("run log: a folder that is deleted is said, what was read stays, and it may come back") {
  const Folder folder("deleted");
  folder.append(train(1, 1));
  RunLog log = RunLog::of_folder(folder.path());
  read_all(log);
  fs::remove_all(folder.path());
  CHECK_FALSE(log.follow());
  CHECK(log.problem().find("what was read before stays") != std::string::npos);
  CHECK(log.find("train/loss")->size() == 1);
  fs::create_directories(folder.path());
  folder.append(train(1, 4) + train(2, 4));
  read_all(log);
  CHECK(log.problem().find("stays") == std::string::npos);
  CHECK(log.find("train/loss")->size() == 2);
  CHECK(log.find("train/loss")->y(0) == 4);
}

TEST_CASE("run log: a folder in the place of the file is a clear problem, not a crash") {
  const Folder folder("folder");
  fs::create_directories(folder.path() / "metrics.jsonl");
  RunLog log = RunLog::of_folder(folder.path());
  CHECK_FALSE(log.follow());
  CHECK(log.problem().find("it is not a file") != std::string::npos);
}

TEST_CASE("run log: complete when it has come as far as its config asks") {
  const Folder folder("complete");
  os::write_file(folder.path() / "config.json", R"({"model":"mlp","epochs":1,"steps":0})");
  folder.append(train(9, 1));
  RunLog log = RunLog::of_folder(folder.path());
  read_all(log);
  CHECK(log.problem().empty());
  CHECK(log.config().at("model") == "mlp");
  CHECK_FALSE(log.complete());
  folder.append(train(10, 1));
  read_all(log);
  CHECK(log.complete());
}

TEST_CASE("run log: a step that comes again drops what came after it") {
  RunLog log("run");
  for (std::uint64_t step = 1; step <= 10; ++step) log.on_step({.moment = {step}, .loss = 1});
  log.on_event({10}, "checkpoint", "");
  log.on_event({4}, "rollback", "to step 4");
  log.on_step({.moment = {5}, .loss = 2});
  CHECK(log.find("train/loss")->size() == 5);
  CHECK(log.find("train/loss")->y(4) == 2);
  REQUIRE(log.events().size() == 1);
  CHECK(log.events()[0].name == "rollback");
}

TEST_CASE("run log: a file of a hundred thousand lines, and how fast it is read") {
  const Folder folder("speed");
  std::string text;
  constexpr std::size_t lines = 100'000;
  for (std::uint64_t step = 1; step <= lines; ++step) text += train(step, 1.0 / step);
  folder.replace(text);
  RunLog log = RunLog::of_folder(folder.path());
  const double start = os::seconds();
  read_all(log);
  const double took = os::seconds() - start;
  CHECK(log.find("train/loss")->size() == lines);
  MESSAGE(fmt::format("{:.0f} lines/s, {:.0f} MB/s", static_cast<double>(lines) / took,
                      static_cast<double>(text.size()) / took / 1e6));
}

}  // namespace
}  // namespace lemnos::viewer
