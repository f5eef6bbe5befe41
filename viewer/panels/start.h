// SPDX-License-Identifier: Apache-2.0
// What is to be trained, and how: the fields of a form.
#pragma once

#include <string>
#include <vector>

#include "viewer/panel.h"
#include "viewer/runs/form.h"

namespace lemnos::viewer {

class StartPanel : public Panel {
 public:
  Form form;
  bool wanted = false;            // the user has pressed "Train"; whoever starts it sets it back
  bool resume_wanted = false;     // a run's folder is to go on: `folder`
  std::string folder;             // as it is being written
  std::vector<std::string> runs;  // folders that were found, the newest first

  std::string_view title() const override { return "New run"; }
  void draw() override;
  Table table() const override;
  nlohmann::ordered_json json() const override;

 private:
  void draw_model();
  void draw_group(const FormGroup& group, bool open);
  void draw_field(const FormField& field);
  void draw_resume();

  std::string folder_error_;
};

}  // namespace lemnos::viewer
