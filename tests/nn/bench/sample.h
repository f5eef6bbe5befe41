// SPDX-License-Identifier: Apache-2.0
// Results as a benchmark could have found them, without one.
#pragma once

#include <cmath>
#include <numbers>
#include <string>
#include <vector>

#include "nn/bench/ceilings/names.h"
#include "nn/bench/result.h"
#include "runtime/base/philox.h"

namespace lemnos::bench {

// n times around a middle: normal, with this standard deviation as a share of it; neighbours are
// correlated as those of one run are, by a first-order autoregression.
inline std::vector<double> drawn_times(double middle, double deviation, std::uint64_t seed,
                                       std::size_t n = 30, double correlation = 0.5) {
  std::vector<double> times;
  double state = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const double u = (philox_word(seed, 7, 0, 2 * i) + 0.5) * 0x1p-32;
    const double v = (philox_word(seed, 7, 0, 2 * i + 1) + 0.5) * 0x1p-32;
    const double normal = std::sqrt(-2 * std::log(u)) * std::cos(2 * std::numbers::pi * v);
    state =
        i == 0 ? normal : correlation * state + std::sqrt(1 - correlation * correlation) * normal;
    times.push_back(middle * (1 + deviation * state));
  }
  return times;
}

inline Row sample_row(std::string name, double ms, double deviation = 0.01,
                      std::uint64_t seed = 1) {
  Row row{.name = std::move(name), .device = "Test GPU"};
  row.gpu_ms = drawn_times(ms, deviation, seed);
  row.wall_ms = drawn_times(ms * 1.1, deviation, seed + 1'000'000);
  return row;
}

inline Row with_work(Row row, double flops, double bytes, double roofline_ms) {
  row.flops = flops;
  row.bytes = bytes;
  row.roofline_ms = roofline_ms;
  row.checked = true;
  row.error = 0.125;
  return row;
}

// Every part, precision and verdict once.
inline Result sample_result(std::string device = "Test GPU", double slower = 1) {
  Result result;
  result.header = {.version = "0.1.0",
                   .commit = "abc1234",
                   .device = device,
                   .uuid = "00112233445566778899aabbccddeeff",
                   .driver = "testdrv",
                   .driver_version = "1.2.3",
                   .api = "1.3.204",
                   .type = "discrete GPU",
                   .vendor_id = 0x10de,
                   .device_id = 0x2330,
                   .min_subgroup = 32,
                   .subgroup = 32,
                   .max_subgroup = 32,
                   .cooperative = {"16x16x16 f16 -> f32"},
                   .memory_bytes = std::uint64_t{8} << 30,
                   .host_cpu = "Test CPU",
                   .host_threads = 2,
                   .time = "2026-11-30T12:00:00Z"};
  const auto add = [&](Row row, Part part, Use use = Use::run, const char* precision = "f32") {
    row.device = device;
    row.part = part;
    row.use = use;
    row.precision = precision;
    result.rows.push_back(std::move(row));
  };
  const double s = slower;
  add(with_work(sample_row(ceiling::arithmetic("f32"), 2 * s), 4e10, 0, 0), Part::ceiling);
  add(with_work(sample_row(ceiling::arithmetic("f16"), 2 * s), 8e10, 0, 0), Part::ceiling, Use::run,
      "f16");
  add(with_work(sample_row(std::string(ceiling::copy), 1 * s), 0, 5e8, 0), Part::ceiling);
  add(sample_row(std::string(ceiling::submission), 0.01 * s), Part::ceiling);
  add(with_work(sample_row("matmul nn 1024x1024x1024 f32", 0.2 * s), 2.147e9, 1.26e7, 0.107 * s),
      Part::kernel);
  add(with_work(sample_row("matmul nn 1024x1024x1024 f16", 0.1 * s), 2.147e9, 6.3e6, 0.054 * s),
      Part::kernel, Use::run, "f16");
  add(with_work(sample_row("softmax 4096x1024 f32", 0.08 * s), 2e7, 3.36e7, 0.067 * s),
      Part::kernel);
  add(with_work(sample_row("softmax backward 4096x1024 f32", 0.13 * s), 3e7, 5e7, 0.1 * s),
      Part::kernel, Use::train);
  Row wrong = with_work(sample_row("conv 3x3 8x32x32x64 f32", 0.5 * s), 6e8, 4e6, 0.03 * s);
  wrong.pass = false;
  wrong.error = 31.5;
  add(wrong, Part::kernel);
  Row model = with_work(sample_row("mlp training f32", 1.5 * s), 2e9, 1e8, 0);
  model.stable = false;
  model.extras = {{"first step", 812, "ms"},
                  {"peak memory", 3.1e8, "bytes"},
                  {"energy", 0, "J", "not readable"}};
  add(model, Part::model, Use::train);
  Row large{.name = "resnet50 training f32", .note = "does not fit: needs 9.1 GiB of 7.8"};
  add(large, Part::model, Use::train);
  return result;
}

}  // namespace lemnos::bench
