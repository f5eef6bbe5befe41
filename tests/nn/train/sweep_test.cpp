// SPDX-License-Identifier: Apache-2.0
// What a sweep varies, and how its trials are ranked.
#include "nn/train/sweep.h"

#include <cmath>
#include <set>

#include "runtime/base/os.h"
#include "tests/nn/train/fixture.h"

using namespace lemnos;
using namespace lemnos::test;

namespace {

std::string grid_error(const std::string& text) {
  return error_text([&] { (void)Axis::parse("--grid", text); });
}
std::string random_error(const std::string& text) {
  return error_text([&] { (void)Axis::parse("--random", text); });
}

double number(const std::string& text) { return std::stod(text); }

std::string text_of(const std::vector<Setting>& settings) {
  std::string text;
  for (const Setting& setting : settings) text += setting.name + "=" + setting.value + " ";
  return text;
}

SweepRun ended(std::size_t trial, std::int64_t fold, double accuracy) {
  return {
      .trial = trial, .fold = fold, .metrics = {{"accuracy", accuracy}, {"loss", 1 - accuracy}}};
}

}  // namespace

TEST_CASE("sweep: an axis is a flag with values, or with a range that is drawn from") {
  const Axis lr = Axis::parse("--grid", "lr=1e-3,1e-2");
  CHECK(lr.flag == "lr");
  CHECK(lr.values == std::vector<std::string>{"1e-3", "1e-2"});
  CHECK(Axis::parse("--grid", "weight_decay=0.1").flag == "weight-decay");
  CHECK(Axis::parse("--grid", "hidden=64,32;8").values == std::vector<std::string>{"64,32", "8"});
  const Axis log = Axis::parse("--random", "lr=1e-5..1e-1:log");
  REQUIRE(log.range);
  CHECK(log.range->log);
  CHECK(!log.range->whole);
  CHECK(log.values == std::vector<std::string>{"1e-5", "1e-1"});
  CHECK(Axis::parse("--random", "layers=2..6").range->whole);
  CHECK(!Axis::parse("--random", "dropout=0.0..1").range->whole);
  CHECK(!Axis::parse("--random", "optimizer=adam,sgd").range);
  CHECK(!Axis::parse("--grid", "lr=1..2").range);  // a value, which the flag will refuse
}

TEST_CASE("sweep: text that is no axis is refused with its option") {
  for (const char* text : {"", "lr", "=3", "lr="})
    CHECK_MESSAGE(says(grid_error(text), "--grid"), text);
  CHECK(says(grid_error("lr=1,,2"), "a value is missing"));
  CHECK(says(grid_error("lr=1,2,1"), "twice"));
  CHECK(says(random_error("lr=2..1"), "goes from a number up to another"));
  CHECK(says(random_error("lr=a..b"), "goes from a number up to another"));
  CHECK(says(random_error("lr=nan..1"), "goes from a number up to another"));
  CHECK(says(random_error("lr=0..1:log"), "above 0"));
  CHECK(says(random_error("lr=1..2:lin"), "only :log"));
}

TEST_CASE("sweep: the trials of a grid are its points, the last axis changing fastest") {
  const SweepPlan plan{.grid = {"lr=1,2", "hidden=a,b,c"}};
  std::vector<std::string> all;
  for (const auto& settings : plan.trials()) all.push_back(text_of(settings));
  CHECK(all == std::vector<std::string>{"lr=1 hidden=a ", "lr=1 hidden=b ", "lr=1 hidden=c ",
                                        "lr=2 hidden=a ", "lr=2 hidden=b ", "lr=2 hidden=c "});
  CHECK(SweepPlan{.folds = 3}.trials().size() == 1);
}

TEST_CASE("sweep: draws keep to their range, and those of a logarithm to its decades") {
  const SweepPlan plan{
      .random = {"lr=1e-4..1e-1:log", "x=-2.0..2", "n=3..5", "m=1..1000:log", "o=a,b"},
      .draws = 3000,
      .seed = 7};
  int decade = 0, below = 0, tens = 0;
  std::set<std::string> whole, chosen;
  for (const auto& settings : plan.trials()) {
    const double lr = number(settings[0].value), x = number(settings[1].value);
    CHECK((lr >= 1e-4 && lr <= 1e-1));
    CHECK((x >= -2 && x <= 2));
    if (lr < 1e-3) ++decade;
    if (x < -1) ++below;
    whole.insert(settings[2].value);
    const double m = number(settings[3].value);
    CHECK((m >= 1 && m <= 1000 && m == std::floor(m)));
    if (m < 10) ++tens;
    chosen.insert(settings[4].value);
  }
  CHECK(std::abs(decade - 1000) < 130);  // a third; 5 standard deviations
  CHECK(std::abs(below - 750) < 120);    // a quarter
  CHECK(std::abs(tens - 1000) < 130);
  CHECK(whole == std::set<std::string>{"3", "4", "5"});
  CHECK(chosen == std::set<std::string>{"a", "b"});
}

TEST_CASE(
    "sweep: draws follow from the seed, more of them begin with the same, points share them") {
  SweepPlan plan{.random = {"a=0.0..1", "b=0.0..1"}, .draws = 4, .seed = 3};
  const auto four = plan.trials();
  CHECK(four[0][0].value != four[0][1].value);
  CHECK(four[0][0].value != four[1][0].value);
  plan.draws = 9;
  const auto nine = plan.trials();
  for (std::size_t i = 0; i < 4; ++i) CHECK(text_of(nine[i]) == text_of(four[i]));
  plan.grid = {"g=x,y"};
  const auto both = plan.trials();
  REQUIRE(both.size() == 18);
  CHECK(both[11][1].value == nine[2][0].value);
  CHECK(both[11][0].value == "y");
  plan.seed = 4;
  CHECK(text_of(plan.trials()[0]) != text_of(both[0]));
}

TEST_CASE("sweep: a plan that makes no sense says so") {
  const auto error = [](const SweepPlan& plan) { return error_text([&] { (void)plan.trials(); }); };
  CHECK(says(error({}), "what is to be varied"));
  CHECK(says(error({.grid = {"lr=1"}, .draws = 3}), "goes with --random"));
  CHECK(says(error({.random = {"lr=1..2"}}), "--trials N"));
  CHECK(says(error({.grid = {"lr=1"}, .random = {"lr=1..2"}, .draws = 1}), "another axis of --lr"));
  CHECK(says(error({.folds = 1}), "--folds must be at least 2, not 1"));
  CHECK(says(error({.random = {"lr=1..2"}, .draws = 20000}), "20000 runs"));
  CHECK(says(error({.random = {"lr=1..2"}, .draws = 200, .folds = 100}), "20000 runs"));
}

TEST_CASE("sweep: a plan is the same after sweep.json, and says how a run begins") {
  const SweepPlan plan{.model = "mlp",
                       .arguments = {"--data=blobs"},
                       .grid = {"lr=1,2"},
                       .random = {"dropout=0.1..0.5"},
                       .draws = 3,
                       .folds = 4,
                       .seed = 5};
  CHECK(SweepPlan::from_json(nlohmann::json::parse(plan.to_json().dump())) == plan);
  CHECK(plan.train_arguments({{"lr", "1"}}, 2) ==
        std::vector<std::string>{"mlp", "--data=blobs", "--lr=1", "--folds=4", "--fold=2"});
}

TEST_CASE("sweep: trials are ranked by the mean over their folds, those without a figure last") {
  std::vector<SweepRun> runs{
      ended(1, 0, .5),         ended(1, 1, .7), ended(2, 0, .9),  ended(2, 1, .8), ended(3, 0, 1.0),
      {.trial = 3, .fold = 1}, ended(4, 0, .9), ended(4, 1, NAN), ended(5, 0, .6), ended(5, 1, .6)};
  runs[5].error = "boom";
  const auto trials = ranked(runs, "accuracy");
  std::vector<std::size_t> order;
  for (const SweepTrial& trial : trials) order.push_back(trial.number);
  CHECK(order == std::vector<std::size_t>{2, 1, 5, 3, 4});  // 1 and 5 are equals
  CHECK(trials[0].value == doctest::Approx(.85));
  CHECK(trials[0].spread == doctest::Approx(std::sqrt(.005)));
  CHECK(trials[0].metrics[1].value == doctest::Approx(.15));
  CHECK(trials[3].error == "boom");
  CHECK(!trials[4].has_rank());
  CHECK(ranked(runs, "loss")[0].number == 2);  // less of it is better
  CHECK(!ranked(runs, "rmse")[0].has_rank());
}

TEST_CASE("sweep.json: what is damaged is named, and nothing is lost of what is whole") {
  const TemporaryFolder folder;
  const auto path = folder / "s";
  const Sweep made = Sweep::create(path, {.model = "mlp", .grid = {"lr=1,2"}}, "loss");
  CHECK(Sweep::open(path).runs().size() == 2);
  CHECK(Sweep::open(path).metric() == "loss");
  CHECK(says(error_text([&] { Sweep::create(path, {}, "loss"); }), "is not empty"));
  const std::string whole = os::read_text(path / "sweep.json");
  const auto opened = [&](std::string text) {
    os::write_file(path / "sweep.json", text);
    return error_text([&] { Sweep::open(path); });
  };
  CHECK(opened(whole).empty());
  for (const std::size_t size : {std::size_t{0}, whole.size() / 2, whole.size() - 3})
    CHECK(says(opened(whole.substr(0, size)), "sweep.json is damaged"));
  const auto replaced = [&](std::string from, const std::string& to) {
    std::string text = whole;
    return text.replace(text.find(from), from.size(), to);
  };
  CHECK(says(opened(replaced("lr=1,2", "lr=1,3")), "not those of its plan"));
  CHECK(says(opened(replaced("lr=1,2", "lr=1,2,3")), "not those of its plan"));
  CHECK(says(opened(replaced("lr=1,2", "lr=")), "sweep.json is damaged"));
  CHECK(says(error_text([&] { Sweep::open(folder.path()); }), "no folder of a sweep"));
}
