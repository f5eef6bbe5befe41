// SPDX-License-Identifier: Apache-2.0
// The folder of a run: config.json, device.json, metrics.jsonl, samples/, checkpoint.safetensors.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string_view>

namespace lemnos {

class RunFolder {
 public:
  // A new one. Empty: runs/MODEL-N, the next N that is free. A folder that holds anything is wrong
  // usage: a run is never overwritten.
  static RunFolder create(const std::filesystem::path& path, std::string_view model);
  // Wrong usage: one that holds anything.
  static void require_new(const std::filesystem::path& path);
  // One that is there, or the checkpoint in it that is named: "runs/mlp/checkpoint-40.safetensors".
  // Fails unless it holds a config.json.
  static RunFolder open(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path checkpoint() const { return path_ / checkpoint_; }
  std::filesystem::path metrics() const { return path_ / "metrics.jsonl"; }
  std::filesystem::path samples() const { return path_ / "samples"; }
  std::filesystem::path config() const { return path_ / "config.json"; }
  std::filesystem::path device() const { return path_ / "device.json"; }

 private:
  explicit RunFolder(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_, checkpoint_ = "checkpoint.safetensors";
};

// A JSON object in a file; errors name the file.
nlohmann::json read_json(const std::filesystem::path& path);
void write_json(const std::filesystem::path& path, const nlohmann::ordered_json& object);

}  // namespace lemnos
