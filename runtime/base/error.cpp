// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/error.h"

#include <string_view>

namespace lemnos {

std::string where(const std::source_location& at) {
  std::string_view file = at.file_name();
  file = file.substr(file.rfind('/') + 1);  // npos + 1 == 0: no folder, the whole name
  return fmt::format("{}:{}", file, at.line());
}

}  // namespace lemnos
