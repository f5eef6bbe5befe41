// SPDX-License-Identifier: Apache-2.0
#include "runtime/gpu/pipeline_store.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <array>
#include <cstring>

#include "runtime/base/error.h"
#include "runtime/base/log.h"
#include "runtime/base/os.h"
#include "runtime/gpu/calls.h"
#include "runtime/gpu/device.h"

namespace lemnos::gpu {
namespace fs = std::filesystem;
namespace {

constexpr std::uint64_t most_file_bytes = std::uint64_t{1} << 30;

struct Header {
  std::array<char, 8> magic = {'L', 'M', 'N', 'P', 'I', 'P', 'E', '1'};
  std::uint64_t bytes = 0;
  std::uint64_t checksum = 0;
};

std::uint64_t checksum_of(std::span<const std::byte> bytes) {
  return XXH3_64bits(bytes.data(), bytes.size());
}

// The saved bytes; empty when there are none or they are damaged.
std::vector<std::byte> load(const fs::path& file) {
  std::error_code error;
  if (!fs::exists(file, error)) return {};
  try {
    const auto contents = os::read_file(file, most_file_bytes);
    const auto data = unpack_pipeline_cache(contents);
    return {data.begin(), data.end()};
  } catch (const Error& damage) {
    log::warn("the pipeline cache {} is ignored: {}", file.string(), damage.what());
    return {};
  }
}

}  // namespace

std::vector<std::byte> pack_pipeline_cache(std::span<const std::byte> data) {
  Header header;
  header.bytes = data.size();
  header.checksum = checksum_of(data);
  std::vector<std::byte> file(sizeof(header) + data.size());
  std::memcpy(file.data(), &header, sizeof(header));
  std::copy(data.begin(), data.end(), file.begin() + sizeof(header));
  return file;
}

std::span<const std::byte> unpack_pipeline_cache(std::span<const std::byte> file) {
  Header header;
  check(file.size() >= sizeof(header), "it is damaged: {} bytes are too few", file.size());
  std::memcpy(&header, file.data(), sizeof(header));
  check(header.magic == Header{}.magic, "it is damaged: not a pipeline cache of this version");
  const auto data = file.subspan(sizeof(header));
  check(header.bytes == data.size(), "it is damaged: {} bytes where {} were written", data.size(),
        header.bytes);
  check(header.checksum == checksum_of(data), "it is damaged: the checksum differs");
  return data;
}

std::optional<fs::path> pipeline_cache_file(Device& device) {
  const auto folder = os::cache_folder();
  if (!folder) return std::nullopt;
  VkPhysicalDeviceProperties properties{};
  device.calls().vkGetPhysicalDeviceProperties(device.physical(), &properties);
  std::string cache_uuid;
  for (const std::uint8_t byte : properties.pipelineCacheUUID)
    cache_uuid += fmt::format("{:02x}", byte);
  return *folder / fmt::format("pipelines-{}-{:08x}-{}.bin", device.caps().uuid,
                               properties.driverVersion, cache_uuid);
}

PipelineStore::PipelineStore(Device& device) : device_(device), file_(pipeline_cache_file(device)) {
  make_cache(file_ ? load(*file_) : std::vector<std::byte>{});
}

void PipelineStore::make_cache(std::span<const std::byte> saved) {
  auto info = structure<VkPipelineCacheCreateInfo>(VK_STRUCTURE_TYPE_PIPELINE_CACHE_CREATE_INFO);
  info.initialDataSize = saved.size();
  info.pInitialData = saved.data();
  const VkResult result =
      device_.calls().vkCreatePipelineCache(device_.handle(), &info, nullptr, &cache_);
  if (result == VK_SUCCESS) {
    saved_checksum_ = checksum_of(saved);
    return;
  }
  if (saved.empty()) check_result(result, "vkCreatePipelineCache");
  log::warn("the pipeline cache {} is ignored: the driver refuses it", file_->string());
  make_cache({});
}

PipelineStore::~PipelineStore() {
  try {
    if (file_ && !pipelines_.empty()) save();
  } catch (const std::exception& error) {
    log::warn("compiled kernels are not kept: {}", error.what());
  }
  pipelines_.clear();
  device_.calls().vkDestroyPipelineCache(device_.handle(), cache_, nullptr);
}

void PipelineStore::save() const {
  const Calls& calls = device_.calls();
  std::size_t bytes = 0;
  check_result(calls.vkGetPipelineCacheData(device_.handle(), cache_, &bytes, nullptr),
               "vkGetPipelineCacheData");
  std::vector<std::byte> data(bytes);
  check_result(calls.vkGetPipelineCacheData(device_.handle(), cache_, &bytes, data.data()),
               "vkGetPipelineCacheData");
  data.resize(bytes);
  if (checksum_of(data) != saved_checksum_) os::write_file(*file_, pack_pipeline_cache(data));
}

const Pipeline& PipelineStore::get(const Shader& shader,
                                   std::span<const std::uint32_t> specialization) {
  const XXH128_hash_t hash = XXH3_128bits(shader.words.data(), shader.words.size_bytes());
  Key key{
      hash.low64, hash.high64, shader.words.size(), {specialization.begin(), specialization.end()}};
  Entry* entry = nullptr;
  {
    const std::lock_guard lock(mutex_);
    entry = &pipelines_[std::move(key)];
  }
  const std::lock_guard lock(entry->mutex);
  if (entry->pipeline == nullptr) {
    entry->pipeline = std::make_unique<Pipeline>(device_, shader, specialization, cache_);
    device_.count_pipeline();
  }
  return *entry->pipeline;
}

}  // namespace lemnos::gpu
