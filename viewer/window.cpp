// SPDX-License-Identifier: Apache-2.0
#include "viewer/window.h"

#include "viewer/window/renderer.h"
// GLFW names Vulkan's types only where they are known already.
#include <GLFW/glfw3.h>
#include <imgui/backends/imgui_impl_glfw.h>
#include <imgui/imgui.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "runtime/base/error.h"
#include "runtime/base/os.h"
#include "runtime/gpu/instance.h"
#include "runtime/gpu/presentation.h"
#include "viewer/fonts.h"

namespace lemnos::viewer {
namespace {

constexpr int frames_to_settle = 3;
constexpr double blink = 0.4;  // seconds: the cursor of a text field

bool connected = false;
std::string last_trouble;  // in GLFW's words

void remember_trouble(int, const char* text) { last_trouble = text != nullptr ? text : ""; }

std::string trouble() { return last_trouble.empty() ? "no reason given" : last_trouble; }

Window& window_of(GLFWwindow* window) {
  return *static_cast<Window*>(glfwGetWindowUserPointer(window));
}

VkSurfaceKHR make_surface(VkInstance instance, GLFWwindow* window) {
  VkSurfaceKHR surface = VK_NULL_HANDLE;
  const VkResult result = glfwCreateWindowSurface(instance, window, nullptr, &surface);
  check(result == VK_SUCCESS,
        "Vulkan cannot draw into a window on this display: {} ({})\n"
        "  help: --screenshot FILE draws without a window",
        gpu::result_text(result), trouble());
  return surface;
}

// Of the display that the window is on.
float display_scale(GLFWwindow* window) {
  float x = 1, y = 1;
  glfwGetWindowContentScale(window, &x, &y);
  return std::max(x, y);
}

}  // namespace

void Window::connect() {
  if (connected) return;
  check(os::env("DISPLAY") || os::env("WAYLAND_DISPLAY"),
        "no display: DISPLAY and WAYLAND_DISPLAY are not set\n"
        "  help: --screenshot FILE draws without one");
  glfwSetErrorCallback(remember_trouble);
  const bool started = glfwInit() == GLFW_TRUE;
  check(started, "no display: {}\n  help: --screenshot FILE draws without one", trouble());
  connected = true;
  std::uint32_t count = 0;
  const char** names = glfwGetRequiredInstanceExtensions(&count);
  // None: the loader has no way to show windows here. The window says so when it is made.
  if (names != nullptr) gpu::request_presentation({names, names + count});
}

Window::Window(std::shared_ptr<gpu::Device> device, const WindowOptions& options)
    : device_(std::move(device)), look_(options.look) {
  check(ImGui::GetCurrentContext() == nullptr, "there is a window already");
  try {
    open(options);
  } catch (...) {
    shut();
    throw;
  }
}

Window::~Window() { shut(); }

void Window::open(const WindowOptions& options) {
  IMGUI_CHECKVERSION();
  ImGui::CreateContext();
  ImGuiIO& io = ImGui::GetIO();
  io.IniFilename = nullptr;  // no files in the working folder
  io.LogFilename = nullptr;
  const auto pixels = [&](int units) {
    return std::max(1, static_cast<int>(std::lround(static_cast<float>(units) * scale_)));
  };
  if (options.offscreen) {
    scale_ = options.scale > 0 ? options.scale : 1;
    width_ = pixels(options.width);
    height_ = pixels(options.height);
    renderer_ = std::make_unique<Renderer>(device_, nullptr);
    return;
  }
  connect();
  glfwWindowHint(GLFW_CLIENT_API, GLFW_NO_API);
  glfwWindowHintString(GLFW_X11_CLASS_NAME, "lemnos-viewer");  // finds the desktop entry's icon
  glfwWindowHintString(GLFW_X11_INSTANCE_NAME, "lemnos-viewer");
  glfwWindowHint(GLFW_SCALE_TO_MONITOR, options.scale > 0 ? GLFW_FALSE : GLFW_TRUE);
  if (options.scale > 0) scale_ = options.scale;
  window_ = glfwCreateWindow(pixels(options.width), pixels(options.height), options.title.c_str(),
                             nullptr, nullptr);
  check(window_ != nullptr,
        "no window could be opened: {}\n"
        "  help: --screenshot FILE draws without one",
        trouble());
  if (options.scale <= 0) scale_ = display_scale(window_);
  if (options.scale > 0) fixed_scale_ = true;
  glfwSetWindowSizeLimits(window_, pixels(480), pixels(320), GLFW_DONT_CARE, GLFW_DONT_CARE);
  listen();
  ImGui_ImplGlfw_InitForVulkan(window_, true);
  io.ConfigFlags |= ImGuiConfigFlags_NavEnableKeyboard;
  renderer_ = std::make_unique<Renderer>(
      device_, [&](VkInstance instance) { return make_surface(instance, window_); });
}

// Anything that happens is a reason to draw. ImGui's backend, which comes after, calls these on.
void Window::listen() {
  glfwSetWindowUserPointer(window_, this);
  glfwSetKeyCallback(window_, [](auto* w, int key, int, int action, int modifiers) {
    window_of(w).take_key(key, action, modifiers);
  });
  glfwSetCharCallback(window_, [](auto* w, unsigned) { window_of(w).settle(); });
  glfwSetMouseButtonCallback(window_, [](auto* w, int, int, int) { window_of(w).settle(); });
  glfwSetCursorPosCallback(window_, [](auto* w, double, double) { window_of(w).settle(); });
  glfwSetCursorEnterCallback(window_, [](auto* w, int) { window_of(w).settle(); });
  glfwSetScrollCallback(window_, [](auto* w, double, double) { window_of(w).settle(); });
  glfwSetWindowFocusCallback(window_, [](auto* w, int) { window_of(w).settle(); });
  glfwSetWindowRefreshCallback(window_, [](auto* w) { window_of(w).settle(); });
  glfwSetWindowIconifyCallback(window_, [](auto* w, int) { window_of(w).settle(); });
  glfwSetFramebufferSizeCallback(window_, [](auto* w, int, int) { window_of(w).settle(); });
  glfwSetWindowCloseCallback(window_, [](auto* w) { window_of(w).settle(); });
  glfwSetWindowContentScaleCallback(window_, [](auto* w, float x, float y) {
    Window& window = window_of(w);
    if (!window.fixed_scale_) window.scale_ = std::max(x, y);
    window.restyle_ = true;
    window.settle();
  });
}

void Window::settle() { settling_ = frames_to_settle; }

void Window::take_key(int key, int action, int modifiers) {
  settle();
  if (key < 0) return;
  down_[static_cast<std::size_t>(key)] = action != GLFW_RELEASE;
  if (action == GLFW_PRESS) presses_.push_back({key, modifiers});
}

// One press in each frame, with the modifiers of then; a key that was down in the frame before is
// up for a frame first.
void Window::press_next() {
  if (presses_.empty()) return;
  ImGuiIO& io = ImGui::GetIO();
  const auto [key, modifiers] = presses_.front();
  pressed_ = key;
  io.KeysDown[key] = io.KeysDownDuration[key] < 0;
  if (!io.KeysDown[key]) return;
  presses_.pop_front();
  io.KeyCtrl = (modifiers & GLFW_MOD_CONTROL) != 0;
  io.KeyShift = (modifiers & GLFW_MOD_SHIFT) != 0;
  io.KeyAlt = (modifiers & GLFW_MOD_ALT) != 0;
}

// Back to how the keys are.
void Window::release() {
  if (pressed_ < 0) return;
  ImGuiIO& io = ImGui::GetIO();
  io.KeysDown[pressed_] = down_[static_cast<std::size_t>(pressed_)];
  const auto down = [&](int left, int right) { return io.KeysDown[left] || io.KeysDown[right]; };
  io.KeyCtrl = down(GLFW_KEY_LEFT_CONTROL, GLFW_KEY_RIGHT_CONTROL);
  io.KeyShift = down(GLFW_KEY_LEFT_SHIFT, GLFW_KEY_RIGHT_SHIFT);
  io.KeyAlt = down(GLFW_KEY_LEFT_ALT, GLFW_KEY_RIGHT_ALT);
  pressed_ = -1;
  settle();
}

void Window::shut() noexcept {
  renderer_.reset();
  if (window_ != nullptr) {
    if (ImGui::GetIO().BackendPlatformUserData != nullptr) ImGui_ImplGlfw_Shutdown();
    glfwDestroyWindow(window_);
    glfwTerminate();
    connected = false;
  }
  fonts() = {};
  if (ImGui::GetCurrentContext() != nullptr) ImGui::DestroyContext();
}

void Window::apply_style() {
  restyle_ = false;
  use_theme(look_, scale_ * user_scale_);
  if (theme().scale == styled_scale_) return;
  styled_scale_ = theme().scale;
  make_fonts();
  renderer_->load_fonts();
}

bool Window::frame(const std::function<void()>& draw) {
  const int w = width(), h = height();
  if (minimised()) return false;
  if (restyle_) apply_style();
  renderer_->begin();
  ImGuiIO& io = ImGui::GetIO();
  const double now = os::seconds();
  if (window_ != nullptr) {
    ImGui_ImplGlfw_NewFrame();
    // In pixels, also where the window system counts in larger points.
    const float ratio = io.DisplayFramebufferScale.x > 0 ? io.DisplayFramebufferScale.x : 1;
    if (ImGui::IsMousePosValid(&io.MousePos))
      io.MousePos = {io.MousePos.x * ratio, io.MousePos.y * ratio};
  }
  io.DisplaySize = {static_cast<float>(w), static_cast<float>(h)};
  io.DisplayFramebufferScale = {1, 1};
  io.DeltaTime =
      last_frame_ > 0 ? std::clamp(static_cast<float>(now - last_frame_), 1e-4f, 0.25f) : 1 / 60.0f;
  last_frame_ = now;
  press_next();
  ImGui::NewFrame();
  draw();
  ImGui::Render();
  release();
  const ImVec4 color = as_vector(theme().background);
  renderer_->render(*ImGui::GetDrawData(),
                    {static_cast<std::uint32_t>(w), static_cast<std::uint32_t>(h)},
                    {color.x, color.y, color.z});
  return true;
}

data::Array Window::capture(const PixelRect& part) {
  const auto size = renderer_->size();
  const int left = std::clamp(part.x, 0, static_cast<int>(size.width));
  const int top = std::clamp(part.y, 0, static_cast<int>(size.height));
  const int right = std::clamp(part.x + part.width, left, static_cast<int>(size.width));
  const int bottom = std::clamp(part.y + part.height, top, static_cast<int>(size.height));
  check(right > left && bottom > top, "nothing of the last frame lies in {} x {} at {}, {}",
        part.width, part.height, part.x, part.y);
  return renderer_->capture(
      {{left, top},
       {static_cast<std::uint32_t>(right - left), static_cast<std::uint32_t>(bottom - top)}});
}

bool Window::wait_for_events(double seconds) {
  if (window_ == nullptr) return true;
  if (ImGui::GetIO().WantTextInput) seconds = std::min(seconds, blink);
  const bool pending = (settling_ > 0 || woken_.load()) && !minimised();
  if (pending || seconds <= 0) {
    glfwPollEvents();
  } else {
    glfwWaitEventsTimeout(seconds);
  }
  const bool reason = woken_.exchange(false) || settling_ > 0 || ImGui::GetIO().WantTextInput;
  if (settling_ > 0) --settling_;
  return reason;
}

void Window::wake() {
  if (woken_.exchange(true) || window_ == nullptr) return;
  glfwPostEmptyEvent();
}

bool Window::closed() const {
  return close_ || (window_ != nullptr && glfwWindowShouldClose(window_) == GLFW_TRUE);
}

void Window::close() {
  close_ = true;
  wake();
}

bool Window::minimised() const {
  return window_ != nullptr && (glfwGetWindowAttrib(window_, GLFW_ICONIFIED) == GLFW_TRUE ||
                                width() <= 0 || height() <= 0);
}

void Window::set_title(const std::string& title) {
  if (window_ != nullptr) glfwSetWindowTitle(window_, title.c_str());
}

void Window::restyle(Look look, float user_scale) {
  look_ = look;
  user_scale_ = user_scale;
  restyle_ = true;
  settle();
}

int Window::width() const {
  int size = width_, unused = 0;
  if (window_ != nullptr) glfwGetFramebufferSize(window_, &size, &unused);
  return size;
}

int Window::height() const {
  int size = height_, unused = 0;
  if (window_ != nullptr) glfwGetFramebufferSize(window_, &unused, &size);
  return size;
}

}  // namespace lemnos::viewer
