// SPDX-License-Identifier: Apache-2.0
#include "viewer/shell.h"

#include <doctest/doctest.h>

#include "data/formats/image.h"
#include "runtime/base/os.h"
#include "tests/nn/train/fixture.h"
#include "tests/viewer/ui.h"
#include "viewer/panels/run_state.h"

namespace lemnos::viewer {
namespace {

using lemnos::test::error_text;
using lemnos::test::TemporaryFolder;

struct Plain : Panel {
  explicit Plain(std::string name) : name_(std::move(name)) {}
  std::string_view title() const override { return name_; }
  void draw() override { ++drawn; }
  Table table() const override { return {{"a"}, {{"1"}}}; }
  nlohmann::ordered_json json() const override { return {{"a", 1}}; }
  int drawn = 0;

 private:
  std::string name_;
};

struct Shown {
  Plain side{"Side"}, loss{"Loss"}, layers{"Layers"}, text{"Text"}, device{"Device"};
  bool has_text = true;
  Shell shell;

  Shown() {
    shell.side = &side;
    shell.run = {{.name = "Curves", .rows = {{{{&loss}}}}}};
    shell.inside = {
        {.name = "Layers", .rows = {{{{&layers}}}}},
        {.name = "Text", .rows = {{{{&text}}}}, .offered = [this] { return has_text; }}};
    shell.device = &device;
  }
};

// A key that is pressed in one frame and let go in the next.
void press(test::Ui& ui, Shell& shell, int key, bool control = false) {
  ImGui::GetIO().KeyCtrl = control;
  ui.key(key, true);
  ui.frame([&] { shell.draw(); });
  ui.key(key, false);
  ImGui::GetIO().KeyCtrl = false;
  ui.frame([&] { shell.draw(); });
}

}  // namespace

TEST_CASE("shell: keys change the tab, and only what is shown is drawn") {
  test::Ui ui;
  Shown shown;
  ui.frame([&] { shown.shell.draw(); });
  CHECK(shown.loss.drawn == 1);
  CHECK(shown.side.drawn == 1);
  CHECK(shown.layers.drawn == 0);
  press(ui, shown.shell, '2');
  CHECK(shown.shell.tab() == Tab::inside);
  CHECK(shown.layers.drawn > 0);
  CHECK(shown.shell.shows(shown.layers));
  CHECK(!shown.shell.shows(shown.text));
  press(ui, shown.shell, ']');
  CHECK(shown.shell.shows(shown.text));
  press(ui, shown.shell, '3');
  CHECK(shown.device.drawn > 0);
}

TEST_CASE("shell: a view that has nothing to show of this run is left out") {
  test::Ui ui;
  Shown shown;
  shown.has_text = false;
  shown.shell.show(Tab::inside);
  press(ui, shown.shell, ']');
  CHECK(shown.text.drawn == 0);
  CHECK(shown.shell.shows(shown.layers));
  CHECK(!shown.shell.show("Nothing"));
  // One that was asked for before it has something to show comes as soon as it has.
  CHECK(shown.shell.show("Text"));
  CHECK(shown.shell.shows(shown.layers));
  CHECK(shown.shell.chose(shown.text));
  CHECK(!shown.shell.chose(shown.loss));
  CHECK(!shown.shell.shows(shown.text));
  shown.has_text = true;
  CHECK(shown.shell.shows(shown.text));
}

TEST_CASE("shell: a message goes away by itself, and is drawn until then") {
  test::Ui ui;
  Shown shown;
  CHECK(!shown.shell.talks());
  const int quiet = ui.frame([&] { shown.shell.draw(); });
  shown.shell.say("saved");
  CHECK(shown.shell.talks());
  CHECK(ui.frame([&] { shown.shell.draw(); }) > quiet);
}

TEST_CASE("take away: a panel becomes a picture, a table and JSON, named by its title and step") {
  const TemporaryFolder folder;
  const Plain panel("Loss and metrics");
  const auto pixels = data::Array::of<std::uint8_t>({1, 2, 3}, {1, 2, 3, 4, 5, 6});
  const auto png = take_away(panel, Take::png, folder / "exports", 200, pixels);
  CHECK(png.filename() == "loss-and-metrics-step-000200.png");
  CHECK(data::read_png(png).bytes == pixels.bytes);
  CHECK(os::read_text(take_away(panel, Take::csv, folder / "exports", 200, {})) == "a\n1\n");
  CHECK(nlohmann::json::parse(
            os::read_text(take_away(panel, Take::json, folder / "exports", 200, {})))["a"] == 1);
  os::write_file(folder / "file", std::string_view("no folder"));
  CHECK(!error_text([&] { take_away(panel, Take::csv, folder / "file", 1, {}); }).empty());
}

TEST_CASE("run state: keys steer a run that is alive, and nothing else") {
  test::Ui ui;
  RunStatePanel panel;
  const auto press_space = [&] {
    ui.key(' ', true);
    ui.frame([&] { panel.keys(); });
    ui.key(' ', false);
    ui.frame([&] { panel.keys(); });
  };
  panel.status.state = RunStatus::State::ended;
  press_space();
  CHECK(panel.wishes.empty());
  panel.status.state = RunStatus::State::running;
  press_space();
  panel.status.state = RunStatus::State::paused;
  press_space();
  REQUIRE(panel.wishes.size() == 2);
  CHECK(panel.wishes[0].kind == RunWish::Kind::pause);
  CHECK(panel.wishes[1].kind == RunWish::Kind::go_on);
}

TEST_CASE("run state: every state is drawn, with and without events") {
  for (int state = 0; state <= static_cast<int>(RunStatus::State::follows); ++state) {
    RunStatePanel panel;
    panel.status.state = static_cast<RunStatus::State>(state);
    panel.status.message = "a message";
    panel.status.checkpoints = {"checkpoint.safetensors"};
    panel.status.loss = std::numeric_limits<double>::quiet_NaN();
    panel.events.push_back({3, "edit", "learning_rate 0.001 -> 0.0005"});
    CHECK(test::draw_once({300, 700}, [&] { panel.draw(); }) > 0);
    CHECK(panel.json()["state"] == word_of(panel.status.state));
  }
}

}  // namespace lemnos::viewer
