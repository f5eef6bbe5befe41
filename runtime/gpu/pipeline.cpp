// SPDX-License-Identifier: Apache-2.0
#include "runtime/gpu/pipeline.h"

#include <algorithm>
#include <vector>

#include "runtime/base/error.h"
#include "runtime/gpu/calls.h"
#include "runtime/gpu/device.h"

namespace lemnos::gpu {
namespace {

VkDescriptorType descriptor_type(BindingKind kind) {
  switch (kind) {
    case BindingKind::uniform_texel_buffer:
      return VK_DESCRIPTOR_TYPE_UNIFORM_TEXEL_BUFFER;
    case BindingKind::uniform_buffer:
      return VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER;
    case BindingKind::storage_buffer:
      break;
  }
  return VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
}

void check_group_size(const std::string& name, const std::array<std::uint32_t, 3>& size,
                      const Caps& caps) {
  std::uint64_t invocations = 1;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    check(size[axis] > 0 && size[axis] <= caps.max_group_size[axis],
          "shader {}: a workgroup of {}x{}x{} does not fit: {} allows 1 to {} on axis {}", name,
          size[0], size[1], size[2], caps.name, caps.max_group_size[axis], axis);
    invocations *= size[axis];
  }
  check(invocations <= caps.max_group_invocations,
        "shader {}: a workgroup of {} invocations does not fit: {} allows {}", name, invocations,
        caps.name, caps.max_group_invocations);
}

void check_fits(const std::string& name, const Reflection& reflection, const Caps& caps) {
  check(reflection.push_bytes <= caps.max_push_bytes,
        "shader {}: {} bytes of push constants; {} allows {}", name, reflection.push_bytes,
        caps.name, caps.max_push_bytes);
  const auto storage_buffers =
      std::count_if(reflection.bindings.begin(), reflection.bindings.end(),
                    [](const auto& info) { return info.kind == BindingKind::storage_buffer; });
  check(storage_buffers <= std::int64_t{caps.max_storage_buffers_per_stage},
        "shader {}: {} storage buffers; {} allows {}", name, storage_buffers, caps.name,
        caps.max_storage_buffers_per_stage);
}

}  // namespace

Pipeline::Pipeline(Device& device, const Shader& shader,
                   std::span<const std::uint32_t> specialization, VkPipelineCache cache)
    : device_(device),
      name_(shader.name),
      reflection_(reflect(shader)),
      group_size_(reflection_.group_size(specialization)) {
  check_fits(name_, reflection_, device.caps());
  check_group_size(name_, group_size_, device.caps());
  try {
    make_layouts();
    make_pipeline(shader, specialization, cache);
  } catch (...) {
    release();
    throw;
  }
}

Pipeline::~Pipeline() { release(); }

void Pipeline::release() noexcept {
  const Calls& calls = device_.calls();
  calls.vkDestroyPipeline(device_.handle(), pipeline_, nullptr);
  calls.vkDestroyPipelineLayout(device_.handle(), layout_, nullptr);
  calls.vkDestroyDescriptorSetLayout(device_.handle(), set_layout_, nullptr);
}

void Pipeline::make_layouts() {
  std::vector<VkDescriptorSetLayoutBinding> bindings;
  for (const BindingInfo& info : reflection_.bindings)
    bindings.push_back(
        {info.binding, descriptor_type(info.kind), 1, VK_SHADER_STAGE_COMPUTE_BIT, nullptr});
  auto set_info = structure<VkDescriptorSetLayoutCreateInfo>(
      VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO);
  set_info.bindingCount = static_cast<std::uint32_t>(bindings.size());
  set_info.pBindings = bindings.data();
  check_result(device_.calls().vkCreateDescriptorSetLayout(device_.handle(), &set_info, nullptr,
                                                           &set_layout_),
               "vkCreateDescriptorSetLayout", name_);

  const VkPushConstantRange push{VK_SHADER_STAGE_COMPUTE_BIT, 0, reflection_.push_bytes};
  auto info = structure<VkPipelineLayoutCreateInfo>(VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO);
  info.setLayoutCount = 1;
  info.pSetLayouts = &set_layout_;
  info.pushConstantRangeCount = reflection_.push_bytes > 0 ? 1 : 0;
  info.pPushConstantRanges = &push;
  check_result(device_.calls().vkCreatePipelineLayout(device_.handle(), &info, nullptr, &layout_),
               "vkCreatePipelineLayout", name_);
}

void Pipeline::make_pipeline(const Shader& shader, std::span<const std::uint32_t> specialization,
                             VkPipelineCache cache) {
  auto module = structure<VkShaderModuleCreateInfo>(VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO);
  module.codeSize = shader.words.size_bytes();
  module.pCode = shader.words.data();
  VkShaderModule code = VK_NULL_HANDLE;
  check_result(device_.calls().vkCreateShaderModule(device_.handle(), &module, nullptr, &code),
               "vkCreateShaderModule", name_);

  std::vector<VkSpecializationMapEntry> entries;
  for (const SpecConstant& constant : reflection_.constants)
    if (constant.id < specialization.size()) entries.push_back({constant.id, constant.id * 4, 4});
  const VkSpecializationInfo values{static_cast<std::uint32_t>(entries.size()), entries.data(),
                                    specialization.size_bytes(), specialization.data()};

  // Kernels are written for one subgroup size; a driver that may choose among several is told
  // which.
  auto pinned = structure<VkPipelineShaderStageRequiredSubgroupSizeCreateInfo>(
      VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_REQUIRED_SUBGROUP_SIZE_CREATE_INFO);
  const Caps& caps = device_.caps();
  pinned.requiredSubgroupSize = caps.subgroup_size;
  const bool pin = caps.subgroup_size_control && caps.min_subgroup_size != caps.max_subgroup_size;

  auto info =
      structure<VkComputePipelineCreateInfo>(VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO);
  info.stage = structure<VkPipelineShaderStageCreateInfo>(
      VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO);
  info.stage.pNext = pin ? &pinned : nullptr;
  if (reflection_.cooperative)
    info.stage.flags = VK_PIPELINE_SHADER_STAGE_CREATE_REQUIRE_FULL_SUBGROUPS_BIT;
  info.stage.stage = VK_SHADER_STAGE_COMPUTE_BIT;
  info.stage.module = code;
  info.stage.pName = reflection_.entry_point.c_str();
  info.stage.pSpecializationInfo = entries.empty() ? nullptr : &values;
  info.layout = layout_;
  const VkResult result = device_.calls().vkCreateComputePipelines(device_.handle(), cache, 1,
                                                                   &info, nullptr, &pipeline_);
  device_.calls().vkDestroyShaderModule(device_.handle(), code, nullptr);
  check_result(result, "vkCreateComputePipelines", name_);
  device_.set_name(VK_OBJECT_TYPE_PIPELINE, pipeline_, name_);
}

}  // namespace lemnos::gpu
