// SPDX-License-Identifier: Apache-2.0
#include "runtime/gpu/timestamps.h"

#include <algorithm>
#include <array>
#include <limits>

#include "runtime/base/error.h"
#include "runtime/gpu/calls.h"
#include "runtime/gpu/device.h"

namespace lemnos::gpu {

Timestamps::Timestamps(Device& device, std::uint32_t count)
    : device_(device.shared_from_this()), count_(count) {
  check(count > 0, "timestamps: at least one is needed");
  check(device.timestamp_bits() > 0 && device.caps().timestamp_period > 0,
        "{} has no timestamps on its compute queue", device.caps().name);
  auto info = structure<VkQueryPoolCreateInfo>(VK_STRUCTURE_TYPE_QUERY_POOL_CREATE_INFO);
  info.queryType = VK_QUERY_TYPE_TIMESTAMP;
  info.queryCount = count;
  check_result(device.calls().vkCreateQueryPool(device.handle(), &info, nullptr, &pool_),
               "vkCreateQueryPool");
  device.calls().vkResetQueryPool(device.handle(), pool_, 0, count);
}

Timestamps::~Timestamps() {
  device_->calls().vkDestroyQueryPool(device_->handle(), pool_, nullptr);
}

std::vector<double> Timestamps::seconds() const {
  using Query = std::array<std::uint64_t, 2>;  // ticks, and whether they were written
  std::vector<Query> queries(count_);
  const VkResult result = device_->calls().vkGetQueryPoolResults(
      device_->handle(), pool_, 0, count_, queries.size() * sizeof(Query), queries.data(),
      sizeof(Query), VK_QUERY_RESULT_64_BIT | VK_QUERY_RESULT_WITH_AVAILABILITY_BIT);
  check_result(result, "vkGetQueryPoolResults");

  // Counted from one that was written, modulo the counter's width: the counter may wrap.
  const auto written = [](const Query& query) { return query[1] != 0; };
  const auto origin = std::find_if(queries.begin(), queries.end(), written);
  const std::uint32_t unused = 64 - device_->timestamp_bits();
  const double tick = device_->caps().timestamp_period * 1e-9;
  std::vector<double> times(count_, std::numeric_limits<double>::quiet_NaN());
  double earliest = 0;
  for (std::size_t i = 0; i < queries.size(); ++i) {
    if (!written(queries[i])) continue;
    const std::uint64_t after = (queries[i][0] - (*origin)[0]) << unused;
    times[i] = static_cast<double>(static_cast<std::int64_t>(after) >> unused) * tick;
    earliest = std::min(earliest, times[i]);
  }
  for (double& time : times) time -= earliest;
  return times;
}

}  // namespace lemnos::gpu
