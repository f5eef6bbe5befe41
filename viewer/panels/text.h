// SPDX-License-Identifier: Apache-2.0
// What a language model writes after a prompt, as it learns.
#pragma once

#include <cstdint>
#include <optional>

#include "viewer/panel.h"
#include "viewer/runs/writing.h"

namespace lemnos::viewer {

class TextPanel : public Panel {
 public:
  std::string_view title() const override { return "Text"; }
  void draw() override;
  Table table() const override;
  nlohmann::ordered_json json() const override;

  // What was written at a step; a text of the same step replaces it. The newest 100 are kept.
  void add(std::uint64_t step, const Writing& asked, std::string text);

  bool possible = false;          // whether the model writes
  Writing settings;               // as the user has them: asked again at every look
  std::optional<Writing> wanted;  // set by the user: now

 private:
  struct Written {
    std::uint64_t step = 0;
    Writing asked;
    std::string text;
  };
  void draw_settings();
  std::vector<Written> written_;  // the newest last
};

}  // namespace lemnos::viewer
