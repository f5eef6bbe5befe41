// SPDX-License-Identifier: Apache-2.0
// The window: frames drawn with ImGui, by the device that trains, on a display or without one.
//
//   Window window(device, {.offscreen = true, .scale = 2});
//   window.frame([&] { draw everything with ImGui });
//   data::write_png("shot.png", window.capture());
#pragma once

#include <atomic>
#include <bitset>
#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "data/array.h"
#include "runtime/gpu/device.h"
#include "viewer/theme.h"

struct GLFWwindow;

namespace lemnos::viewer {

class Renderer;

struct WindowOptions {
  std::string title = "Lemnos";
  bool offscreen = false;          // no display server is needed
  int width = 1280, height = 800;  // in units: pixels at scale 1
  float scale = 0;                 // pixels in a unit; 0: the display's, 1 offscreen
  Look look = Look::dark;
};

// A part of the window, in pixels from its left upper corner; what lies outside is left out.
struct PixelRect {
  int x = 0, y = 0;
  int width = 1 << 20, height = 1 << 20;
};

// One at a time: it owns ImGui's context, which is current as long as it lives. All of it belongs
// to the thread that made it, except wake(). A lost device is an Error of kind device_lost.
class Window {
 public:
  // For windows on a display, before the first device is opened: the device can then show what it
  // draws. Fails, saying what to do, where there is no display.
  static void connect();

  Window(std::shared_ptr<gpu::Device> device, const WindowOptions& options);
  ~Window();
  Window(const Window&) = delete;
  Window& operator=(const Window&) = delete;

  // Draws one frame: `draw` makes it with ImGui, within NewFrame and Render. False where there is
  // nothing to draw on: minimised. The GPU may draw it later: what was submitted before, training
  // included, runs first; two frames wait at most.
  bool frame(const std::function<void()>& draw);

  const std::shared_ptr<gpu::Device>& device() const { return device_; }  // that draws

  // Pixels of the last frame, u8 [height, width, 3]; waits until it is drawn.
  data::Array capture(const PixelRect& part = {});

  // Sleeps until there is input, wake() was called or the time is over. True when there is a
  // reason to draw: input came or wake() was called, now or in the frames just before (ImGui takes
  // a few to settle). Offscreen it returns true at once.
  bool wait_for_events(double seconds);
  void wake();  // from any thread

  bool closed() const;  // the user wants to leave
  void close();
  bool minimised() const;
  void set_title(const std::string& title);

  // The look, and the user's own scale on top of the display's, from the next frame on.
  void restyle(Look look, float user_scale = 1);
  int width() const;  // pixels
  int height() const;

 private:
  void open(const WindowOptions& options);
  void listen();
  void apply_style();
  void shut() noexcept;
  void settle();  // something happened: draw
  void take_key(int key, int action, int modifiers);
  void press_next();
  void release();

  std::shared_ptr<gpu::Device> device_;
  GLFWwindow* window_ = nullptr;  // none: offscreen
  std::unique_ptr<Renderer> renderer_;
  Look look_ = Look::dark;
  float scale_ = 1;  // the display's, or as asked for
  bool fixed_scale_ = false;
  float user_scale_ = 1;
  float styled_scale_ = 0;  // that the fonts were made for
  bool restyle_ = true;
  int width_ = 0, height_ = 0;  // offscreen
  double last_frame_ = 0;       // seconds
  int settling_ = 3;            // frames to draw without further reason
  // ImGui 1.86 sees keys as they are when a frame begins, and none that is up again by then:
  // presses wait here for a frame of their own.
  struct Press {
    int key = 0, modifiers = 0;
  };
  std::deque<Press> presses_;
  int pressed_ = -1;       // in this frame
  std::bitset<512> down_;  // keys, as they are
  std::atomic<bool> woken_ = false;
  bool close_ = false;
};

}  // namespace lemnos::viewer
