// SPDX-License-Identifier: Apache-2.0
#include "data/datasets/text_file.h"

#include "data/text/utf8.h"
#include "runtime/base/error.h"
#include "runtime/base/os.h"

namespace lemnos::data {

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

std::string read_text_file(const std::filesystem::path& path, bool any_bytes) {
  constexpr std::uint64_t max_bytes = std::uint64_t{1} << 32;
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  std::string text = os::read_text(path, max_bytes);
  const std::string name = path.string();
  if (!any_bytes) {
    require_utf8(text, name);
    const std::size_t zero = text.find('\0');
    if (zero != std::string::npos)
      fail("{}: byte {} is zero: this is not a text file; bytes as tokens take anything", name,
           zero);
    if (text.starts_with(byte_order_mark)) text.erase(0, byte_order_mark.size());
  }
  if (is_blank(text)) fail("{}: there is no text in this file", name);
  return text;
}

}  // namespace lemnos::data
