// SPDX-License-Identifier: Apache-2.0
#include "data/datasets/folder.h"

#include <algorithm>

#include "runtime/base/error.h"

namespace lemnos::data {

namespace fs = std::filesystem;

bool is_folder(const fs::path& path) {
  std::error_code unreadable;
  return fs::is_directory(path, unreadable);
}

bool is_file(const fs::path& path) {
  std::error_code unreadable;
  return fs::is_regular_file(path, unreadable);
}

std::vector<fs::path> entries(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> paths;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
    if (!at->path().filename().string().starts_with('.')) paths.push_back(at->path());
  if (error) fail("{}: the folder cannot be read: {}", folder.string(), error.message());
  std::ranges::sort(paths);
  return paths;
}

}  // namespace lemnos::data
