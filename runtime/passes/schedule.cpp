// SPDX-License-Identifier: Apache-2.0
#include "runtime/passes/schedule.h"

#include <algorithm>
#include <map>

namespace lemnos {
namespace {

// What has been done to one buffer so far. Old accesses that a newer write covers could be dropped;
// a step's lists are short enough to keep them.
struct Past {
  Access access;
  std::uint32_t wave;
};

bool conflict(const Access& a, const Access& b) {
  return (a.write || b.write) && a.offset < b.offset + b.bytes && b.offset < a.offset + a.bytes;
}

}  // namespace

std::vector<std::uint32_t> schedule_waves(std::span<const std::vector<Access>> dispatches,
                                          std::span<const std::uint32_t> phases) {
  std::uint32_t buffers = 0;
  for (const auto& accesses : dispatches)
    for (const Access& access : accesses) buffers = std::max(buffers, access.buffer + 1);
  std::vector<std::vector<Past>> history(buffers);

  std::vector<std::uint32_t> waves;
  std::map<std::uint32_t, std::uint32_t> ends;  // of each phase so far: the wave after its last
  for (const auto& accesses : dispatches) {
    const std::uint32_t phase = phases.empty() ? 0 : phases[waves.size()];
    std::uint32_t wave = 0;
    for (const auto& [earlier, end] : ends)
      if (earlier < phase) wave = std::max(wave, end);
    for (const Access& access : accesses)
      for (const Past& past : history[access.buffer])
        if (conflict(access, past.access)) wave = std::max(wave, past.wave + 1);
    for (const Access& access : accesses) history[access.buffer].push_back({access, wave});
    waves.push_back(wave);
    ends[phase] = std::max(ends[phase], wave + 1);
  }
  return waves;
}

}  // namespace lemnos
