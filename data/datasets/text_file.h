// SPDX-License-Identifier: Apache-2.0
// One file of text, as every data set of texts reads it; for data/datasets/ itself.
#pragma once

#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>

namespace lemnos::data {

// The whole file. Unless any bytes are allowed, it must be UTF-8 without zero bytes, and a
// byte-order mark is taken off. Fails on a file without text.
std::string read_text_file(const std::filesystem::path& path, bool any_bytes);

bool is_blank(std::string_view text);  // nothing but spaces, tabs and line breaks

// Calls visit(line, number from 1) for every line, which comes without its '\n'.
template <class Visit>
void each_line(std::string_view text, const Visit& visit) {
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    visit(line, number);
  }
}

}  // namespace lemnos::data
