// SPDX-License-Identifier: Apache-2.0
// How far long work has come, on standard error.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace lemnos {

// A bar and what is said of it, on one line of a terminal, over what is there; the cursor stays
// behind it. share: from 0 to 1.
void draw_bar(double share, std::string_view text);
void clear_bar();

std::string duration_text(double seconds);  // "12s", "3m05s", "2h10m"

// Work that is usually short, reading files say: nothing is shown for a second. Then a terminal has
// a bar, until the work is done; elsewhere there is a line every 10 seconds. Silent where log::info
// is.
class Progress {
 public:
  Progress(std::string what, std::uint64_t total);  // "reading photos", 50000: files or bytes, say
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void advance(std::uint64_t by = 1);

 private:
  std::string what_;
  std::uint64_t total_, done_ = 0;
  double next_;  // time to show it
  bool bar_ = false;
};

}  // namespace lemnos
