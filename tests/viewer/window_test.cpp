// SPDX-License-Identifier: Apache-2.0
#include "viewer/window.h"

#include <doctest/doctest.h>

#include <set>
#include <thread>

#include "runtime/gpu/calls.h"
#include "tests/runtime/gpu/fixture.h"
#include "tests/skip.h"
#include "tests/viewer/display.h"

namespace lemnos::viewer {
namespace {

void draw_something() {
  ImGui::SetNextWindowPos({px(10), px(10)});
  ImGui::SetNextWindowSize({px(220), px(120)});
  ImGui::Begin("window", nullptr, ImGuiWindowFlags_NoDecoration);
  {
    const UseFont title(fonts().title);
    ImGui::TextUnformatted("Loss → 0.25 ± 0.01");
  }
  {
    const UseFont numbers(fonts().numbers);
    ImGui::TextUnformatted("1.375e-04");
  }
  static float value = 0.5f;
  ImGui::SliderFloat("##slider", &value, 0, 1);
  ImGui::Button("Pause");
  ImGui::End();
}

std::size_t colors_in(const data::Array& image) {
  std::set<std::uint32_t> colors;
  const auto bytes = image.as<std::uint8_t>();
  for (std::size_t i = 0; i + 2 < bytes.size(); i += 3)
    colors.insert(bytes[i] | bytes[i + 1] << 8 | bytes[i + 2] << 16);
  return colors.size();
}

TEST_CASE("window: offscreen, text and widgets are drawn at any scale, in both looks") {
  const test::OpenDevice device;
  if (!device) return;
  Window window(device->shared_from_this(), {.offscreen = true, .width = 240, .height = 140});
  REQUIRE(window.frame(draw_something));
  const data::Array once = window.capture();
  CHECK(once.shape == Shape{140, 240, 3});
  CHECK(colors_in(once) > 20);
  CHECK(once.as<std::uint8_t>()[0] == 0x0f);  // the dark background

  window.restyle(Look::light, 2);
  window.frame(draw_something);
  CHECK(theme().scale == 2);
  CHECK(fonts().text->FontSize == 34);
  CHECK(window.capture().as<std::uint8_t>()[0] == 0xee);
  for (int i = 0; i < 5; ++i) window.frame(draw_something);  // frames in flight come round
  CHECK_FALSE(window.closed());
  CHECK(window.wait_for_events(60));  // does not wait
  window.close();
  CHECK(window.closed());
}

TEST_CASE("window: a part of the last frame is captured, without what lies outside") {
  const test::OpenDevice device;
  if (!device) return;
  Window window(device->shared_from_this(),
                {.offscreen = true, .width = 100, .height = 60, .scale = 2});
  CHECK_THROWS(window.capture());  // nothing has been drawn
  window.frame([] {
    ImGui::GetForegroundDrawList()->AddRectFilled({150, 90}, {200, 120}, 0xff0000ff);
  });
  const data::Array part = window.capture({.x = 149, .y = 89, .width = 500, .height = 500});
  REQUIRE(part.shape == Shape{31, 51, 3});
  const auto bytes = part.as<std::uint8_t>();
  CHECK(bytes[0] != 255);             // beside it
  CHECK(bytes[(51 + 1) * 3] == 255);  // red inside
  CHECK(bytes[(51 + 1) * 3 + 1] == 0);
  CHECK_THROWS(window.capture({.x = 200}));
}

TEST_CASE("window: one at a time, and another after it") {
  const test::OpenDevice device;
  if (!device) return;
  for (int i = 0; i < 2; ++i) {
    Window window(device->shared_from_this(), {.offscreen = true, .width = 64, .height = 64});
    window.frame(draw_something);
    CHECK_THROWS(Window(device->shared_from_this(), {.offscreen = true}));
  }
}

TEST_CASE("window: a lost device is an error of that kind, and the window closes") {
  const test::OpenDevice device;
  if (!device) return;
  Window window(device->shared_from_this(), {.offscreen = true, .width = 64, .height = 64});
  window.frame(draw_something);
  const auto real = device->calls().vkQueueSubmit;
  device->calls().vkQueueSubmit = [](VkQueue, std::uint32_t, const VkSubmitInfo*, VkFence) {
    return VK_ERROR_DEVICE_LOST;
  };
  ErrorKind kind{};
  test::error_of([&] { window.frame(draw_something); }, &kind);
  CHECK(kind == ErrorKind::device_lost);
  device->calls().vkQueueSubmit = real;
}

TEST_CASE("window: without a display it is said what is missing and what works without one") {
  ::unsetenv("DISPLAY");
  ::unsetenv("WAYLAND_DISPLAY");
  const std::string message = test::error_of([] { Window::connect(); });
  CHECK(message ==
        "no display: DISPLAY and WAYLAND_DISPLAY are not set\n"
        "  help: --screenshot FILE draws without one");
  ::setenv("DISPLAY", ":4711", 1);
  CHECK(test::contains(test::error_of([] { Window::connect(); }), ":4711"));
  ::unsetenv("DISPLAY");
}

TEST_CASE("window: a device opened for computing alone says that it cannot show a window") {
  const test::Display display;
  if (!display) return;
  const test::OpenDevice device;
  if (!device) return;
  if (device->can_present()) return;  // an earlier case asked for windows
  const std::string message =
      test::error_of([&] { Window(device->shared_from_this(), {.title = "lemnos-none"}); });
  CHECK(test::contains(message, "opened without what a window needs"));
}

TEST_CASE("window: resized fifty times, minimised, restored and closed by its user") {
  const test::Display display;
  if (!display) return;
  Window::connect();
  const test::OpenDevice device;
  if (!device) return;
  Window window(device->shared_from_this(),
                {.title = "lemnos-test", .width = 640, .height = 480, .scale = 1});
  const auto frames = [&](int count) {
    int drawn = 0;
    for (int i = 0; i < count; ++i) {
      window.wait_for_events(0);
      drawn += window.frame(draw_something) ? 1 : 0;
    }
    return drawn;
  };
  const auto until = [&](auto reached) {
    for (int i = 0; i < 500 && !reached(); ++i) {
      window.wait_for_events(0.01);
      window.frame(draw_something);
    }
    return reached();
  };
  CHECK(frames(3) == 3);
  const std::string tool = "xdotool search --name '^lemnos-test$' ";
  REQUIRE(until([&] { return display.run(tool); }));
  for (int i = 0; i < 50; ++i) {
    REQUIRE(display.run(tool + "windowsize " + std::to_string(500 + i * 13 % 400) + " " +
                        std::to_string(400 + i * 29 % 300)));
    frames(2);
  }
  CHECK(until([&] { return window.width() == 500 + 49 * 13 % 400; }));
  frames(1);
  CHECK(window.capture().shape == Shape{window.height(), window.width(), 3});
  CHECK(colors_in(window.capture()) > 20);

  REQUIRE(display.run(tool + "windowminimize"));
  CHECK(until([&] { return window.minimised(); }));
  CHECK_FALSE(window.frame(draw_something));
  REQUIRE(display.run(tool + "windowmap windowactivate"));
  CHECK(until([&] { return !window.minimised(); }));
  CHECK(frames(2) == 2);

  std::thread other([&] { window.wake(); });
  CHECK(window.wait_for_events(60));  // wakes at once
  other.join();
  // A window manager takes its time to give a restored window the focus.
  for (int i = 0; i < 20 && !window.closed(); ++i) {
    REQUIRE(display.run(tool + "windowactivate --sync key --clearmodifiers alt+F4"));
    for (int frame = 0; frame < 25 && !window.closed(); ++frame) {
      window.wait_for_events(0.01);
      window.frame(draw_something);
    }
  }
  CHECK(window.closed());
}

}  // namespace
}  // namespace lemnos::viewer
