// SPDX-License-Identifier: Apache-2.0
// JSON lines: one JSON object a line, appended as a run goes on.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string_view>
#include <vector>

namespace lemnos::data {

// Adds one line; it has reached the kernel on return. NaN and infinities are written as null.
void append_jsonl(const std::filesystem::path& path, const nlohmann::json& object);

// All objects in order. A last line without its newline is what a crash left: it is dropped with a
// warning. Any other line that is not a JSON object is an error naming the line.
std::vector<nlohmann::json> parse_jsonl(std::string_view text, std::string_view name);
std::vector<nlohmann::json> read_jsonl(const std::filesystem::path& path);

// Rewrites the file, atomically, with the lines whose object satisfies `keep`, unchanged byte for
// byte; returns how many went (a torn last line counts). A missing file has no lines to cut.
std::size_t cut_jsonl(const std::filesystem::path& path,
                      const std::function<bool(const nlohmann::json&)>& keep);

}  // namespace lemnos::data
