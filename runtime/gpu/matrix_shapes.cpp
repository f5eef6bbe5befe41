// SPDX-License-Identifier: Apache-2.0
#include "runtime/gpu/matrix_shapes.h"

#include <fmt/format.h>

#include <array>

namespace lemnos::gpu {
namespace {

std::string type_name(std::int32_t type) {
  constexpr std::array<const char*, 11> names = {"f16", "f32", "f64", "i8",  "i16", "i32",
                                                 "i64", "u8",  "u16", "u32", "u64"};
  if (type >= 0 && type < static_cast<std::int32_t>(names.size()))
    return names[static_cast<std::size_t>(type)];
  return type == 1000141000 ? "bf16" : fmt::format("type {}", type);
}

std::string scope_name(std::int32_t scope) {
  switch (scope) {
    case 1:
      return "device";
    case 2:
      return "workgroup";
    case 3:
      return "subgroup";
    default:
      return fmt::format("scope {}", scope);
  }
}

}  // namespace

std::vector<MatrixShape> matrix_shapes(const Calls& calls, VkPhysicalDevice device) {
  const auto get = reinterpret_cast<GetMatrixProperties>(
      calls.vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR);
  std::uint32_t count = 0;
  if (get == nullptr || get(device, &count, nullptr) != VK_SUCCESS) return {};
  std::vector<MatrixProperties> all(count);
  if (get(device, &count, all.data()) < 0) return {};
  all.resize(count);
  std::vector<MatrixShape> shapes;
  for (const MatrixProperties& each : all)
    shapes.push_back({each.m, each.n, each.k, type_name(each.a), type_name(each.b),
                      type_name(each.result), scope_name(each.scope)});
  return shapes;
}

}  // namespace lemnos::gpu
