// SPDX-License-Identifier: Apache-2.0
// Draws panels without a window: ImGui makes its draw lists, and nothing renders them.
#pragma once

#include <imgui/imgui.h>

#include <functional>

#include "viewer/theme.h"

namespace lemnos::viewer::test {

// An ImGui context with a font and a display of this size, for as long as it lives.
class Ui {
 public:
  explicit Ui(ImVec2 size = {1280, 800}) {
    ImGui::CreateContext();
    ImGuiIO& io = ImGui::GetIO();
    io.IniFilename = nullptr;
    io.DisplaySize = size;
    io.DeltaTime = 1.0f / 60;
    // As ImGui's GLFW backend numbers them.
    io.KeyMap[ImGuiKey_Enter] = 257;
    io.KeyMap[ImGuiKey_RightArrow] = 262;
    io.KeyMap[ImGuiKey_LeftArrow] = 263;
    io.KeyMap[ImGuiKey_DownArrow] = 264;
    io.KeyMap[ImGuiKey_UpArrow] = 265;
    io.KeyMap[ImGuiKey_PageUp] = 266;
    io.KeyMap[ImGuiKey_PageDown] = 267;
    io.KeyMap[ImGuiKey_Home] = 268;
    io.KeyMap[ImGuiKey_End] = 269;
    unsigned char* pixels = nullptr;
    int width = 0, height = 0;
    io.Fonts->GetTexDataAsRGBA32(&pixels, &width, &height);
    use_theme(Look::dark, 1);
  }
  ~Ui() { ImGui::DestroyContext(); }
  Ui(const Ui&) = delete;
  Ui& operator=(const Ui&) = delete;

  // One frame: `draw` fills a window that covers the display. Returns the vertices drawn.
  int frame(const std::function<void()>& draw) {
    ImGui::NewFrame();
    ImGui::SetNextWindowPos({0, 0});
    ImGui::SetNextWindowSize(ImGui::GetIO().DisplaySize);
    ImGui::Begin("test", nullptr, ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove);
    draw();
    ImGui::End();
    ImGui::Render();
    return ImGui::GetDrawData()->TotalVtxCount;
  }
  // The pointer and its left button, and a key by ImGui's number, from the next frame on.
  void mouse(ImVec2 at, bool down = false) {
    ImGui::GetIO().MousePos = at;
    ImGui::GetIO().MouseDown[0] = down;
  }
  void wheel(float turns) { ImGui::GetIO().MouseWheel = turns; }
  void key(int number, bool down) { ImGui::GetIO().KeysDown[number] = down; }
};

// Two frames in a context of its own: windows are laid out in the first. Returns the vertices.
inline int draw_once(ImVec2 size, const std::function<void()>& draw) {
  Ui ui(size);
  ui.frame(draw);
  return ui.frame(draw);
}

}  // namespace lemnos::viewer::test
