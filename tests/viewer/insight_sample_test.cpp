// SPDX-License-Identifier: Apache-2.0
#include "tests/viewer/insight_fixture.h"
#include "viewer/panels/attention.h"
#include "viewer/panels/boxes.h"
#include "viewer/panels/filters.h"
#include "viewer/panels/saliency.h"
#include "viewer/panels/text.h"

namespace lemnos::viewer::test {

TEST_CASE("attention panel: layers and heads, empty and full at all sizes") {
  AttentionPanel panel;
  CHECK(draw_everywhere(panel) > 0);
  CHECK(panel.table().rows.empty());
  const data::Array map = data::Array::zeros(DType::f32, {4, 6, 6});
  panel.show({map, map, map}, {"a", "b"});
  CHECK(draw_everywhere(panel) > 20);
  panel.layer = 9;  // of a model before
  panel.head = 7;
  CHECK(draw_everywhere(panel) > 20);
  CHECK(panel.layer == 2);
  CHECK(panel.head == 3);
  CHECK(panel.table().rows.size() == 4 * 36);
  CHECK(panel.json()["layers"].size() == 3);
}

TEST_CASE("sample panel: images, tokens, numbers, with and without scores at all sizes") {
  SaliencyPanel panel;
  CHECK(draw_everywhere(panel) > 0);
  Sample image{.row = 3, .rows = 10, .label = "shoe"};
  image.input = data::Array::zeros(DType::u8, {1, 8, 8, 3});
  image.saliency = data::Array::zeros(DType::f32, {8, 8, 3});
  image.scores.resize(100);
  image.scores[42] = 2;
  panel.show(image);
  CHECK(draw_everywhere(panel) > 50);
  CHECK(panel.table().rows[0][0] == "class 42");
  Sample text{.row = 0, .rows = 1, .names = {"one", "two", "three"}};
  text.saliency = data::Array::of<float>({3}, {0, -1, 2});
  panel.show(text);
  CHECK(draw_everywhere(panel) > 20);
  panel.show({.row = 0, .rows = 1, .names = {"x"}});
  CHECK(draw_everywhere(panel) > 0);
  CHECK(!panel.wanted_row);
}

TEST_CASE("filters panel: gray, coloured and deeper filters at all sizes, and none") {
  FiltersPanel panel;
  CHECK(draw_everywhere(panel) > 0);
  for (const std::int64_t channels : {1, 3, 16}) {
    panel.show(data::Array::zeros(DType::f32, {4, 3, 3, channels}));
    CHECK(draw_everywhere(panel) > 10);
    CHECK(std::ssize(panel.table().rows) == 4 * 9 * channels);
  }
  panel.show({});
  CHECK(panel.table().rows.empty());
}

TEST_CASE("text panel: what was written, the newest of a step, at all sizes") {
  TextPanel panel;
  CHECK(draw_everywhere(panel) > 0);
  panel.possible = true;
  CHECK(draw_everywhere(panel) > 20);
  panel.add(10, {.prompt = "One"}, " two");
  panel.add(20, {.prompt = "One"}, " three");
  panel.add(20, {.prompt = "One"}, " \"four\", 100 %s");
  CHECK(draw_everywhere(panel) > 20);
  REQUIRE(panel.table().rows.size() == 2);
  CHECK(panel.table().rows[1][3] == " \"four\", 100 %s");
  for (std::uint64_t step = 30; step < 300; ++step) panel.add(step, {}, "text");
  CHECK(panel.table().rows.size() == 100);
  CHECK(!panel.wanted);
}

TEST_CASE("boxes panel: images with what is found and truly there at all sizes") {
  BoxesPanel panel;
  CHECK(draw_everywhere(panel) > 0);
  BoxesLook look{.images = data::Array::zeros(DType::u8, {3, 16, 16, 3}), .rows = {0, 5, 9}};
  look.judged.resize(3);
  look.judged[1].found = {{{0.5f, 0.5f, 0.4f, 0.3f}, 11, 0.93f}};
  look.judged[1].truth = {{{0.5f, 0.5f, 0.5f, 0.3f}, 11, 1}};
  panel.show(look, {});
  CHECK(draw_everywhere(panel) > 20);
  panel.selected = 1;
  CHECK(draw_everywhere(panel) > 20);
  REQUIRE(panel.table().rows.size() == 2);
  CHECK(panel.table().rows[1][1] == "found");
  CHECK(panel.table().rows[1][0] == "5");
  CHECK(panel.json()[1]["found"][0]["class"] == "class 11");
}

}  // namespace lemnos::viewer::test
