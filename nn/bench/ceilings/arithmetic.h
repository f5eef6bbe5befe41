// SPDX-License-Identifier: Apache-2.0
// The ceilings of arithmetic, each with a check of what the probe computed. Private to this folder.
#pragma once

#include <memory>
#include <utility>

#include "nn/bench/result.h"
#include "nn/bench/timer.h"
#include "shaders/probe/params.h"

namespace lemnos::bench {

void measure_f32(Row& row, Timer& timer);
void measure_f16(Row& row, Timer& timer);
void measure_bf16(Row& row, Timer& timer);
void measure_int8(Row& row, Timer& timer);
void measure_dot_product(Row& row, Timer& timer);
// The fastest of the shapes that add up in f32, or in 32-bit integers.
void measure_f16_matrices(Row& row, Timer& timer);
void measure_bf16_matrices(Row& row, Timer& timer);
void measure_int8_matrices(Row& row, Timer& timer);

inline bool is_cpu(const gpu::Caps& caps) { return caps.type == gpu::DeviceType::cpu; }

inline std::span<const std::byte> bytes_of(const kernels::ProbeParams& params) {
  return std::as_bytes(std::span(&params, 1));
}

inline void put(Row& row, Timing timing) {
  row.gpu_ms = std::move(timing.gpu_ms);
  row.wall_ms = std::move(timing.wall_ms);
  row.stable = timing.stable;
}

// The turns of a loop that make a step long enough to be timed well: `record` records so many.
template <class Record>
std::uint32_t long_enough(Timer& timer, const Record& record) {
  const gpu::Caps& caps = timer.device()->caps();
  const double wanted_ms = is_cpu(caps) ? 5 : 1;
  const std::uint32_t most = caps.max_loop_turns == 0 ? 1u << 20 : caps.max_loop_turns - 1;
  for (std::uint32_t turns = 16;; turns *= 2) {
    if (turns >= most) return most;
    const std::unique_ptr<gpu::Recording> recording = record(turns);
    const gpu::Recording* const step[] = {recording.get()};
    timer.once(step);
    if (timer.once(step) >= wanted_ms) return turns;
  }
}

// Times such a step, and says how many turns it has.
template <class Record>
std::uint32_t time_turns(Row& row, Timer& timer, const Record& record) {
  const std::uint32_t turns = long_enough(timer, record);
  const std::unique_ptr<gpu::Recording> recording = record(turns);
  const gpu::Recording* const step[] = {recording.get()};
  put(row, timer.time(step));
  return turns;
}

}  // namespace lemnos::bench
