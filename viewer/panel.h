// SPDX-License-Identifier: Apache-2.0
// A panel draws plain data into the space it is given. It knows no GPU and no thread, so that it is
// tested without a window, and what it shows can be taken away as a picture, a table or JSON.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace lemnos::viewer {

struct Table {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;

  std::string csv() const;  // RFC 4180, with "\n" at the ends of lines
};

// A derived class has the data it shows in members, set by whoever has them, beside what the user
// has chosen in it.
class Panel {
 public:
  virtual ~Panel() = default;
  virtual std::string_view title() const = 0;  // "Loss"; files that are taken away are named by it
  // Into the current ImGui child, which has the panel's frame and title already: all of
  // ImGui::GetContentRegionAvail(), at sizes in px(), and at any size from px(200) on. Says what to
  // do where there is nothing to show yet.
  virtual void draw() = 0;
  virtual Table table() const = 0;
  virtual nlohmann::ordered_json json() const = 0;
};

}  // namespace lemnos::viewer
