// SPDX-License-Identifier: Apache-2.0
// A driver that is wrong about one kernel: its code is changed on the way to the driver. One at a
// time.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/base/error.h"
#include "runtime/gpu/calls.h"
#include "runtime/gpu/device.h"
#include "shaders/kernels.h"

namespace lemnos::test {

// Instructions of SPIR-V that the tests change (section 3.49 of its specification), and where an
// operand of a group operation stands.
enum Instruction : std::uint16_t {
  add_floats = 129,
  subtract_floats = 131,
  unsigned_less = 176,
  unsigned_less_equal = 178,
  sum_of_group = 350,  // words: opcode, type, result, scope, operation, value
};
constexpr std::size_t group_operation = 4;
constexpr std::uint32_t reduce = 0, inclusive_scan = 1;

using Words = std::vector<std::uint32_t>;

// Calls body with the words of each instruction of that kind; how many there were.
inline int for_each_instruction(Words& words, Instruction kind,
                                const std::function<void(std::span<std::uint32_t>)>& body) {
  int count = 0;
  for (std::size_t at = 5; at < words.size(); at += words[at] >> 16) {
    if ((words[at] & 0xffff) != kind) continue;
    ++count;
    body(std::span(words).subspan(at, words[at] >> 16));
  }
  return count;
}

inline void turn_into(std::span<std::uint32_t> instruction, Instruction kind) {
  instruction[0] = (instruction[0] & 0xffff0000) | kind;
}

class BrokenDriver {
 public:
  BrokenDriver(std::string_view kernel, const std::function<void(Words&)>& change) {
    for (const Kernel each : every_kernel())
      if (shader(each).name == kernel)
        right_.assign(shader(each).words.begin(), shader(each).words.end());
    check(!right_.empty(), "there is no kernel {}", kernel);
    wrong_ = right_;
    change(wrong_);
    check(wrong_ != right_, "{} was not changed", kernel);
  }

  std::shared_ptr<gpu::Device> open() const {
    auto device = gpu::Device::open();
    create_ = device->calls().vkCreateShaderModule;
    device->calls().vkCreateShaderModule = [](VkDevice handle, const VkShaderModuleCreateInfo* info,
                                              const VkAllocationCallbacks* allocator,
                                              VkShaderModule* module) {
      VkShaderModuleCreateInfo changed = *info;
      if (std::ranges::equal(std::span(info->pCode, info->codeSize / 4), right_))
        changed.pCode = wrong_.data();
      return create_(handle, &changed, allocator, module);
    };
    return device;
  }

 private:
  inline static Words right_, wrong_;
  inline static PFN_vkCreateShaderModule create_ = nullptr;
};

// Its driver refuses to compile the first kernel of the process that it is given.
inline std::shared_ptr<gpu::Device> open_with_one_refusal() {
  static PFN_vkCreateComputePipelines create;
  static bool refused = false;
  auto device = gpu::Device::open();
  create = device->calls().vkCreateComputePipelines;
  device->calls().vkCreateComputePipelines =
      [](VkDevice handle, VkPipelineCache cache, std::uint32_t count,
         const VkComputePipelineCreateInfo* info, const VkAllocationCallbacks* allocator,
         VkPipeline* pipeline) {
        if (std::exchange(refused, true))
          return create(handle, cache, count, info, allocator, pipeline);
        return VK_ERROR_INITIALIZATION_FAILED;
      };
  return device;
}

}  // namespace lemnos::test
