// SPDX-License-Identifier: Apache-2.0
// What is in a folder.
#pragma once

#include <filesystem>
#include <vector>

namespace lemnos::data {

// Links are followed; what cannot be looked at is neither.
bool is_folder(const std::filesystem::path& path);
bool is_file(const std::filesystem::path& path);

// What is not hidden, sorted by name. Fails naming the folder where it cannot be read.
std::vector<std::filesystem::path> entries(const std::filesystem::path& folder);

}  // namespace lemnos::data
