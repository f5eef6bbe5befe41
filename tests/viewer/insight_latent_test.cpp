// SPDX-License-Identifier: Apache-2.0
#include "tests/viewer/insight_fixture.h"
#include "viewer/panels/latent.h"

namespace lemnos::viewer::test {
namespace {

// Codes on a cross of three numbers each, in `classes` classes.
LatentLook some_codes(std::uint32_t classes) {
  LatentLook look;
  std::vector<float> codes;
  for (int i = 0; i < 40; ++i) {
    const float t = static_cast<float>(i % 20 - 10) / 5;
    for (const float x : {i < 20 ? 2 * t : 0, i < 20 ? 0 : t, 0.01f * t}) codes.push_back(x);
    if (classes > 0) look.labels.push_back(static_cast<std::uint32_t>(i) % classes);
  }
  look.codes = data::Array::of<float>({40, 3}, codes);
  look.axes = principal_axes(codes, 3);
  return look;
}

}  // namespace

TEST_CASE("latent panel: empty, without codes, and with 0, 2, 10 and 100 classes at all sizes") {
  LatentPanel empty;
  CHECK(draw_everywhere(empty) > 0);
  LatentPanel generator;
  LatentLook look;
  look.axes = principal_axes({}, 3);
  generator.show(look, nullptr);
  CHECK(draw_everywhere(generator) > 50);
  CHECK(generator.wanted_z == std::vector<float>{0, 0, 0});
  for (const std::uint32_t classes : {0, 2, 10, 100}) {
    LatentPanel panel;
    panel.show(some_codes(classes), nullptr);
    panel.ends = {3, 8};
    panel.show_decoded(picture_of(data::Array::zeros(DType::f32, {1, 8, 8, 1})));
    CHECK(draw_everywhere(panel) > 200);
    CHECK(panel.table().rows.size() == 40);
    CHECK(panel.json()["places"].size() == 40);
  }
}

TEST_CASE("latent panel: moving on an axis asks for the code that is there") {
  LatentPanel panel;
  const LatentLook look = some_codes(2);
  panel.show(look, nullptr);
  panel.wanted_z.reset();
  panel.move_to(0, 1);
  REQUIRE(panel.wanted_z);
  for (std::size_t i = 0; i < 3; ++i)
    CHECK((*panel.wanted_z)[i] ==
          doctest::Approx(look.axes.mean[i] + look.axes.scales[0] * look.axes.axes[0][i]));
  panel.move_to(2, 99);
  CHECK(panel.coordinates()[2] == panel.scatter().reach);
}

TEST_CASE("latent panel: from A to B the code goes from the one image's to the other's") {
  LatentPanel panel;
  const LatentLook look = some_codes(2);
  panel.show(look, nullptr);
  const auto codes = look.codes.as<float>();
  panel.go_between(0.5);  // there is no A yet
  panel.ends = {2, 25};
  for (const double part : {0.0, 1.0}) {
    panel.go_between(part);
    const auto end = codes.subspan((part == 0 ? 2 : 25) * 3, 3);
    CHECK(std::ranges::equal(*panel.wanted_z, end));
  }
  panel.go_between(0.5);
  CHECK((*panel.wanted_z)[0] == doctest::Approx((codes[6] + codes[75]) / 2));
}

TEST_CASE(
    "latent panel: points are found where they are drawn, clicks choose, drags and keys move") {
  LatentPanel panel;
  panel.show(some_codes(2), nullptr);
  Ui ui({1000, 700});
  const auto draw = [&] { panel.draw(); };
  for (int i = 0; i < 2; ++i) ui.frame(draw);
  for (const std::size_t code : {0, 7, 21}) {
    const ImVec2 at = panel.place_of(code);
    CHECK(panel.code_at(at) == code);
    CHECK(panel.code_at({at.x + 2, at.y - 1}) == code);
  }
  const auto& [corner, size, reach] = panel.scatter();
  const ImVec2 free{corner.x + size.x * 0.9f, corner.y + size.y * 0.1f};
  CHECK(!panel.code_at(free));
  click(ui, panel, panel.place_of(7));
  CHECK(panel.ends[0] == std::size_t{7});
  click(ui, panel, free);
  CHECK(panel.coordinates()[0] == doctest::Approx(0.8 * reach).epsilon(0.01));
  CHECK(panel.coordinates()[1] == doctest::Approx(0.8 * reach).epsilon(0.01));
  const double before = panel.coordinates()[0];
  panel.wanted_z.reset();
  press(ui, panel, ImGuiKey_LeftArrow);
  CHECK(panel.coordinates()[0] < before);
  CHECK(panel.wanted_z.has_value());
  ImGui::GetIO().KeyShift = true;
  click(ui, panel, panel.place_of(21));
  CHECK(panel.ends[1] == std::size_t{21});
}

TEST_CASE("latent panel: of points that lie close together the nearest is found") {
  LatentPanel panel;
  const LatentLook look = some_codes(2);
  panel.show(look, nullptr);
  Ui ui({500, 220});
  for (int i = 0; i < 2; ++i) ui.frame([&] { panel.draw(); });
  for (std::size_t code = 0; code < look.labels.size(); ++code) {
    const auto found = panel.code_at(panel.place_of(code));
    REQUIRE(found.has_value());
    CHECK(panel.place_of(*found).x == panel.place_of(code).x);
    CHECK(panel.place_of(*found).y == panel.place_of(code).y);
  }
}

}  // namespace lemnos::viewer::test
