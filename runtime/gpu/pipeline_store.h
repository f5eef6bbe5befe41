// SPDX-License-Identifier: Apache-2.0
// Every pipeline of a device, and the driver's compiled code kept on disk. Private to runtime/gpu.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "runtime/gpu/pipeline.h"
#include "runtime/gpu/vk.h"

namespace lemnos::gpu {

// The file: the driver's bytes behind a header of our own with their length and checksum, because
// drivers have been known to crash on damaged ones. Its name holds the device's UUID, the driver's
// version and the pipeline cache's UUID, so another driver never sees it. Replaced atomically when
// the device closes, if anything was compiled.
class PipelineStore {
 public:
  explicit PipelineStore(Device& device);
  ~PipelineStore();
  PipelineStore(const PipelineStore&) = delete;
  PipelineStore& operator=(const PipelineStore&) = delete;

  // Thread safe; different pipelines compile at the same time.
  const Pipeline& get(const Shader& shader, std::span<const std::uint32_t> specialization);

 private:
  struct Key {
    std::uint64_t hash_low, hash_high;  // of the words
    std::size_t words;
    std::vector<std::uint32_t> specialization;
    auto operator<=>(const Key&) const = default;
  };
  struct Entry {
    std::mutex mutex;  // held while compiling
    std::unique_ptr<Pipeline> pipeline;
  };

  void make_cache(std::span<const std::byte> saved);
  void save() const;

  Device& device_;
  std::optional<std::filesystem::path> file_;  // nullopt: no cache folder
  std::uint64_t saved_checksum_ = 0;
  VkPipelineCache cache_ = VK_NULL_HANDLE;
  std::mutex mutex_;
  std::map<Key, Entry> pipelines_;
};

// The file's contents around the driver's bytes.
std::vector<std::byte> pack_pipeline_cache(std::span<const std::byte> data);
// The driver's bytes inside the file's; fails on a damaged file, saying how.
std::span<const std::byte> unpack_pipeline_cache(std::span<const std::byte> file);

// Where the device's pipelines are kept; nullopt without a cache folder.
std::optional<std::filesystem::path> pipeline_cache_file(Device& device);

}  // namespace lemnos::gpu
