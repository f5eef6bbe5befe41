// SPDX-License-Identifier: Apache-2.0
#include "nn/train/run_folder.h"

#include <nlohmann/json.hpp>

#include "runtime/base/error.h"
#include "runtime/base/os.h"

namespace lemnos {
namespace {

namespace fs = std::filesystem;

// True when this call made it: two runs started at once never share a folder.
bool make_new(const fs::path& path) {
  std::error_code error;
  const bool made = fs::create_directory(path, error);
  if (error && !fs::exists(path))
    fail("cannot create the folder {}: {}", path.string(), error.message());
  return made;
}

fs::path next_free(std::string_view model) {
  os::make_folder("runs");
  for (int n = 1;; ++n) {
    fs::path path = fs::path("runs") / fmt::format("{}-{}", model, n);
    if (make_new(path)) return path;
  }
}

}  // namespace

void RunFolder::require_new(const fs::path& path) {
  std::error_code error;
  if (fs::exists(path, error) && !fs::is_empty(path, error) && !error)
    fail_usage(
        "{} is not empty, and a run is never overwritten; choose another folder, or go on with "
        "--resume {}",
        path.string(), path.string());
}

RunFolder RunFolder::create(const fs::path& path, std::string_view model) {
  if (path.empty()) return RunFolder(next_free(model));
  require_new(path);
  os::make_folder(path);
  return RunFolder(path);
}

RunFolder RunFolder::open(const fs::path& path) {
  std::error_code error;
  const bool file = fs::is_regular_file(path, error) && path.extension() == ".safetensors";
  if (!file && !fs::is_directory(path, error)) fail("there is no run folder {}", path.string());
  RunFolder folder(!file ? path : path.has_parent_path() ? path.parent_path() : fs::path("."));
  if (file) folder.checkpoint_ = path.filename();
  if (!fs::exists(folder.config(), error))
    fail("{} is no run folder: it has no config.json", folder.path().string());
  return folder;
}

nlohmann::json read_json(const fs::path& path) {
  constexpr std::uint64_t max_bytes = 1 << 20;  // bounds the depth of a hostile one as well
  auto value = nlohmann::json::parse(os::read_text(path, max_bytes), nullptr, false);
  if (!value.is_object()) fail("{} is damaged: it is not a JSON object", path.string());
  return value;
}

void write_json(const fs::path& path, const nlohmann::ordered_json& object) {
  os::write_file(path, object.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

}  // namespace lemnos
