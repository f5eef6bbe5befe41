// SPDX-License-Identifier: Apache-2.0
#include "data/formats/jsonl.h"

#include <nlohmann/json.hpp>

#include "runtime/base/error.h"
#include "runtime/base/log.h"
#include "runtime/base/os.h"

namespace lemnos::data {
namespace {

using nlohmann::json;

constexpr std::uint64_t max_file_bytes = std::uint64_t{1} << 32;
constexpr int deepest = 64;

json parse_line(std::string_view line, std::string_view name, std::size_t number) {
  // Refuse depth while parsing: copying or destroying a deeply nested value recurses.
  const auto within_depth = [&](int depth, json::parse_event_t, json&) {
    if (depth > deepest) fail("{}: line {} is nested more than {} deep", name, number, deepest);
    return true;
  };
  json value;
  try {
    value = json::parse(line, within_depth);
  } catch (const json::exception&) {
    value = nullptr;
  }
  if (!value.is_object()) fail("{}: line {} is not a JSON object", name, number);
  return value;
}

// Calls visit(line, number) for each whole line; returns false when the last lacks its newline.
template <class Visit>
bool each_line(std::string_view text, const Visit& visit) {
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return false;
    visit(text.substr(0, end), number);
    text.remove_prefix(end + 1);
  }
  return true;
}

}  // namespace

void append_jsonl(const std::filesystem::path& path, const json& object) {
  check(object.is_object(), "{}: a line of a JSON lines file must be an object", path.string());
  os::append_text(path, object.dump(-1, ' ', false, json::error_handler_t::replace) + "\n");
}

std::vector<json> parse_jsonl(std::string_view text, std::string_view name) {
  std::vector<json> objects;
  const bool whole = each_line(text, [&](std::string_view line, std::size_t number) {
    objects.push_back(parse_line(line, name, number));
  });
  if (!whole) log::warn("{}: the last line is torn and was left out", name);
  return objects;
}

std::vector<json> read_jsonl(const std::filesystem::path& path) {
  return parse_jsonl(os::read_text(path, max_file_bytes), path.string());
}

std::size_t cut_jsonl(const std::filesystem::path& path,
                      const std::function<bool(const json&)>& keep) {
  std::error_code unreadable;
  if (!std::filesystem::exists(path, unreadable) && !unreadable) return 0;
  const std::string text = os::read_text(path, max_file_bytes);
  std::string kept;
  std::size_t cut = 0;
  const bool whole = each_line(text, [&](std::string_view line, std::size_t number) {
    if (keep(parse_line(line, path.string(), number))) {
      kept.append(line) += '\n';
    } else {
      ++cut;
    }
  });
  if (!whole) ++cut;
  if (cut > 0) os::write_file(path, kept);
  return cut;
}

}  // namespace lemnos::data
