// SPDX-License-Identifier: Apache-2.0
// A compute pipeline: a shader with its specialisation constants. Made and kept by
// Device::pipeline.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>

#include "runtime/gpu/shader.h"

struct VkPipeline_T;
struct VkPipelineLayout_T;
struct VkDescriptorSetLayout_T;
struct VkPipelineCache_T;

namespace lemnos::gpu {

class Device;

class Pipeline {
 public:
  // Compiles. Fails, naming the shader, when it needs more than the device has (push constants,
  // workgroup size, storage buffers) or when the driver refuses it.
  Pipeline(Device& device, const Shader& shader, std::span<const std::uint32_t> specialization,
           VkPipelineCache_T* cache);
  ~Pipeline();
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  const std::string& name() const { return name_; }
  const Reflection& reflection() const { return reflection_; }
  std::array<std::uint32_t, 3> group_size() const { return group_size_; }

  VkPipeline_T* handle() const { return pipeline_; }
  VkPipelineLayout_T* layout() const { return layout_; }
  VkDescriptorSetLayout_T* set_layout() const { return set_layout_; }

 private:
  void make_layouts();
  void make_pipeline(const Shader& shader, std::span<const std::uint32_t> specialization,
                     VkPipelineCache_T* cache);
  void release() noexcept;

  Device& device_;
  std::string name_;
  Reflection reflection_;
  std::array<std::uint32_t, 3> group_size_;
  VkDescriptorSetLayout_T* set_layout_ = nullptr;
  VkPipelineLayout_T* layout_ = nullptr;
  VkPipeline_T* pipeline_ = nullptr;
};

}  // namespace lemnos::gpu
