// SPDX-License-Identifier: Apache-2.0
#include "viewer/panels/confusion.h"

#include "tests/viewer/insight_fixture.h"
#include "viewer/panels/mistakes.h"

namespace lemnos::viewer::test {

TEST_CASE("confusion panel: 2, 10 and 100 classes at all sizes, with names and without") {
  ConfusionPanel panel;
  CHECK(draw_everywhere(panel) > 0);
  for (const std::size_t classes : {2, 10, 100}) {
    panel.look = some_predictions(classes);
    for (const bool percent : {false, true}) {
      panel.percent = percent;
      CHECK(draw_everywhere(panel) > static_cast<int>(8 * classes));
    }
    panel.class_names = {"trouser", "a class with a name that is far too long for its place"};
    CHECK(draw_everywhere(panel) > 0);
    CHECK(panel.table().rows.size() == classes);
    CHECK(panel.table().columns.size() == classes + 4);
    panel.class_names.clear();
  }
}

TEST_CASE("confusion panel: each cell is found where it is drawn, and nothing beside them") {
  for (const std::size_t classes : {2, 10, 100}) {
    ConfusionPanel panel;
    panel.look = some_predictions(classes);
    Ui ui({900, 700});
    for (int i = 0; i < 2; ++i) ui.frame([&] { panel.draw(); });
    const ConfusionPanel::Grid grid = panel.grid();
    REQUIRE(grid.cell > 0);
    for (const auto& [truth, predicted] : {std::pair{std::size_t{0}, classes - 1},
                                           {classes - 1, std::size_t{0}},
                                           {classes / 2, std::size_t{1}}}) {
      const ImVec2 middle{grid.at.x + grid.cell * (static_cast<float>(predicted) + 0.5f),
                          grid.at.y + grid.cell * (static_cast<float>(truth) + 0.5f)};
      CHECK(grid.cell_at(middle) == std::pair{truth, predicted});
      click(ui, panel, middle);
      CHECK(panel.selected == std::pair{truth, predicted});
    }
    CHECK(!grid.cell_at({grid.at.x - 1, grid.at.y + 1}));
    CHECK(!grid.cell_at({grid.at.x + 1, grid.at.y + grid.cell * static_cast<float>(classes) + 1}));
  }
}

TEST_CASE("confusion panel: arrow keys move the chosen cell and stop at the edges") {
  ConfusionPanel panel;
  panel.look = some_predictions(3);
  Ui ui({900, 700});
  for (int i = 0; i < 2; ++i) ui.frame([&] { panel.draw(); });
  const auto [at, cell, classes] = panel.grid();
  click(ui, panel, {at.x + cell / 2, at.y + cell / 2});
  press(ui, panel, ImGuiKey_RightArrow);
  press(ui, panel, ImGuiKey_DownArrow);
  CHECK(panel.selected == std::pair<std::size_t, std::size_t>{1, 1});
  for (int i = 0; i < 4; ++i) press(ui, panel, ImGuiKey_UpArrow);
  CHECK(panel.selected == std::pair<std::size_t, std::size_t>{0, 1});
}

TEST_CASE(
    "mistakes panel: with pictures and without, empty and full, and a click asks for the row") {
  MistakesPanel panel;
  CHECK(draw_everywhere(panel) > 0);
  PredictionsLook look = some_predictions(2);
  panel.show(look, {});
  CHECK(draw_everywhere(panel) > 20);
  look.pictures = data::Array::zeros(DType::u8, {2, 8, 8, 1});
  panel.show(look, {"cat", "dog"});
  CHECK(draw_everywhere(panel) > 20);
  CHECK(panel.table().rows[0][1] == "cat");
  CHECK(panel.json()[0]["row"] == 7);
  {
    Ui ui({600, 400});
    for (int i = 0; i < 2; ++i) ui.frame([&] { panel.draw(); });
    click(ui, panel, {60, 60});
    CHECK(panel.wanted_row == 7u);
    press(ui, panel, ImGuiKey_RightArrow);
    CHECK(panel.selected == std::size_t{1});
    press(ui, panel, ImGuiKey_Enter);
    CHECK(panel.wanted_row == 3u);
  }
  look.mistakes.clear();
  panel.show(look, {});
  CHECK(!panel.selected);
  CHECK(draw_everywhere(panel) > 0);
}

}  // namespace lemnos::viewer::test
