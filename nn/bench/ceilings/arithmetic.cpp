// SPDX-License-Identifier: Apache-2.0
#include "nn/bench/ceilings/arithmetic.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include "runtime/base/error.h"
#include "runtime/base/philox.h"
#include "runtime/gpu/queue.h"
#include "runtime/tensor/half.h"
#include "shaders/kernels.h"

namespace lemnos::bench {
namespace {

void judge(Row& row, double error, const gpu::Caps& caps) {
  row.checked = true;
  row.error = std::isfinite(error) ? error : INFINITY;
  row.pass = row.error <= 1;
  if (!row.pass) row.note = fmt::format("{} computes the probe wrongly", caps.name);
}

bool offered(Row& row, bool by_driver, Kernel kernel) {
  if (!by_driver) row.note = "not offered by this driver";
  if (by_driver && shader(kernel).words.empty())
    row.note = "not built: the GLSL compiler of this build lacks the extension";
  return row.note.empty();
}

// ---- chains of shaders/probe/arithmetic.comp ----------------------------------------------------

constexpr std::uint32_t group = 64;
constexpr int chains = 12, rounds = 16;

struct Chains {
  Kernel kernel;
  int lanes = 1;  // values in one
  float scale = 0, shift = 0;
  void (*check)(Row&, const gpu::Caps&, std::span<const float> sums, const Chains&,
                std::uint32_t turns);
};

// n steps take x to rest + (x - rest) scale^n.
void check_floats(Row& row, const gpu::Caps& caps, std::span<const float> sums, const Chains& probe,
                  std::uint32_t turns) {
  const double rest = probe.shift / (1 - probe.scale);
  const double share = std::pow(probe.scale, double{rounds} * turns);
  double worst = 0;
  for (std::size_t i = 0; i < sums.size(); ++i) {
    const double first = chains * static_cast<double>(i % group) + 66 * probe.shift;
    const double expected = probe.lanes * (chains * rest + (first - chains * rest) * share);
    worst = std::max(worst, std::abs(sums[i] - expected) / expected);
  }
  judge(row, worst / (probe.kernel == Kernel::probe_f16 ? 0.1 : 1e-3), caps);
}

// As the shader does it, of one invocation: the others differ in where they begin. Its number is
// the sum of so many copies of what the chains hold.
template <class Value, class Step>
void check_integers(Row& row, const gpu::Caps& caps, std::span<const float> sums,
                    const Chains& probe, int copies, std::uint32_t turns, const Step& step) {
  constexpr std::uint32_t at = 37;
  std::uint32_t sum = 0;
  for (std::uint32_t chain = 0; chain < chains; ++chain) {
    auto value = static_cast<Value>(at + chain * static_cast<std::uint32_t>(probe.shift));
    for (std::uint64_t i = 0; i < std::uint64_t{rounds} * turns; ++i) value = step(value);
    sum += static_cast<std::uint32_t>(value);
  }
  const auto wanted = static_cast<float>(copies * int{static_cast<Value>(sum)});
  judge(row, std::abs(sums[at] - wanted), caps);
}

void check_bytes(Row& row, const gpu::Caps& caps, std::span<const float> sums, const Chains& probe,
                 std::uint32_t turns) {
  const int scale = static_cast<int>(probe.scale), shift = static_cast<int>(probe.shift);
  check_integers<std::int8_t>(row, caps, sums, probe, 4, turns, [&](std::int8_t x) {
    return static_cast<std::int8_t>(x * scale + shift);
  });
}

void check_dots(Row& row, const gpu::Caps& caps, std::span<const float> sums, const Chains& probe,
                std::uint32_t turns) {
  const auto byte = [](int word, int i) {
    return int{static_cast<std::int8_t>(static_cast<std::uint32_t>(word) >> 8 * i)};
  };
  const int scale = static_cast<int>(probe.scale), shift = static_cast<int>(probe.shift);
  check_integers<int>(row, caps, sums, probe, 1, turns, [&](int x) {
    int sum = shift;
    for (int i = 0; i < 4; ++i) sum += byte(x, i) * byte(scale, i);
    return sum;
  });
}

void measure_chains(Row& row, Timer& timer, const Chains& probe) {
  gpu::Device& device = *timer.device();
  const std::uint32_t groups = is_cpu(device.caps()) ? 256 : 16384;
  const std::uint64_t invocations = std::uint64_t{groups} * group;
  const gpu::Buffer sums = device.allocate(invocations * 4, gpu::Memory::device, "sums");
  const gpu::Pipeline& pipeline = device.pipeline(shader(probe.kernel));
  const auto record = [&](std::uint32_t turns) {
    auto recording = std::make_unique<gpu::Recording>(device, row.name);
    const gpu::BufferRange range{&sums, 0, sums.size()};
    const kernels::ProbeParams params{.turns = turns, .scale = probe.scale, .shift = probe.shift};
    recording->dispatch(pipeline, std::span(&range, 1), bytes_of(params), {groups, 1, 1});
    recording->end();
    return recording;
  };
  const std::uint32_t turns = time_turns(row, timer, record);
  row.flops = static_cast<double>(invocations) * turns * chains * rounds * 2 * probe.lanes;
  std::vector<float> values(invocations);
  device.read(sums, 0, std::as_writable_bytes(std::span(values)));
  probe.check(row, device.caps(), values, probe, turns);
}

// ---- shaders/probe/cooperative.comp -------------------------------------------------------------

constexpr int sums_of_subgroup = 4;

struct Matrices {
  Kernel kernel;
  std::string_view type, sum;  // as drivers name them
  bool integers = false;
  std::uint32_t in_a_word = 2;

  bool has(const gpu::MatrixShape& shape) const {
    return shape.a == type && shape.b == type && shape.result == sum && shape.scope == "subgroup";
  }
  // Of -8/8 to 7/8, or of -8 to 7: products and short sums of them are exact.
  std::uint32_t bits(int eighths) const {
    const auto value = static_cast<float>(eighths) / 8;
    return integers        ? static_cast<std::uint8_t>(eighths)
           : type == "f16" ? f16_bits(value)
                           : bf16_bits(value);
  }
};

// Two of A and two of B, in eighths.
std::vector<int> random_factors(const gpu::MatrixShape& shape) {
  std::vector<int> factors(std::size_t{2} * shape.k * (shape.m + shape.n));
  for (std::size_t i = 0; i < factors.size(); ++i) {
    const auto words = philox_block(1, 0, 1, static_cast<std::uint32_t>(i));
    factors[i] = static_cast<int>(words[0] % 16) - 8;
  }
  return factors;
}

std::vector<std::uint32_t> packed(const Matrices& probe, std::span<const int> factors) {
  std::vector<std::uint32_t> words(factors.size() / probe.in_a_word);
  for (std::size_t i = 0; i < factors.size(); ++i)
    words[i / probe.in_a_word] |= probe.bits(factors[i])
                                  << 32 / probe.in_a_word * (i % probe.in_a_word);
  return words;
}

// Each sum is n times a product; those of f32 may be rounded each time.
void check_matrices(Row& row, const gpu::Caps& caps, std::span<const std::uint32_t> sums,
                    const Matrices& probe, const gpu::MatrixShape& shape,
                    std::span<const int> factors, std::uint64_t times) {
  const auto a = factors.first(std::size_t{2} * shape.m * shape.k);
  const auto b = factors.subspan(a.size());
  double worst = 0;
  for (std::uint32_t which = 0; which < sums_of_subgroup; ++which)
    for (std::uint32_t row_at = 0; row_at < shape.m; ++row_at)
      for (std::uint32_t column = 0; column < shape.n; ++column) {
        std::int64_t product = 0, size = 0;
        for (std::uint32_t k = 0; k < shape.k; ++k) {
          const int term = a[(which / 2 * shape.m + row_at) * shape.k + k] *
                           b[(which % 2 * shape.k + k) * shape.n + column];
          product += term;
          size += std::abs(term);
        }
        const std::uint32_t got = sums[(which * shape.m + row_at) * shape.n + column];
        const auto wanted = product * static_cast<std::int64_t>(times);
        const double apart = probe.integers
                                 ? (got == static_cast<std::uint32_t>(wanted) ? 0.0 : 2.0)
                                 : std::abs(std::bit_cast<float>(got) - double(wanted) / 64) /
                                       (1e-3 * double(size) / 64 * double(times) + 1e-30);
        worst = std::max(worst, std::isfinite(apart) ? apart : INFINITY);
      }
  judge(row, worst, caps);
}

void measure_shape(Row& row, Timer& timer, const Matrices& probe, const gpu::MatrixShape& shape) {
  gpu::Device& device = *timer.device();
  const std::uint32_t groups = is_cpu(device.caps()) ? 64 : 16384;
  const std::uint64_t products = std::uint64_t{groups} * sums_of_subgroup;
  const std::vector<int> factors = random_factors(shape);
  const std::vector<std::uint32_t> words = packed(probe, factors);
  const gpu::Buffer from = device.allocate(words.size() * 4, gpu::Memory::device, "factors");
  device.write(from, 0, std::as_bytes(std::span(words)));
  const gpu::Buffer sums =
      device.allocate(products * shape.m * shape.n * 4, gpu::Memory::device, "sums");
  const std::array constants{device.caps().subgroup_size, shape.m, shape.n, shape.k,
                             probe.in_a_word};
  const gpu::Pipeline& pipeline = device.pipeline(shader(probe.kernel), constants);
  const auto record = [&](std::uint32_t turns) {
    auto recording = std::make_unique<gpu::Recording>(device, row.name);
    const std::array ranges{gpu::BufferRange{&from, 0, from.size()},
                            gpu::BufferRange{&sums, 0, sums.size()}};
    recording->dispatch(pipeline, ranges, bytes_of({.turns = turns}), {groups, 1, 1});
    recording->end();
    return recording;
  };
  const std::uint32_t turns = time_turns(row, timer, record);
  row.flops = 2.0 * static_cast<double>(products) * turns * rounds * shape.m * shape.n * shape.k;
  std::vector<std::uint32_t> values(std::size_t{sums_of_subgroup} * shape.m * shape.n);
  device.read(sums, 0, std::as_writable_bytes(std::span(values)));
  check_matrices(row, device.caps(), values, probe, shape, factors, std::uint64_t{rounds} * turns);
}

void measure_matrices(Row& row, Timer& timer, const Matrices& probe) {
  const gpu::Caps& caps = timer.device()->caps();
  const bool enabled = probe.type == "bf16" ? caps.bfloat16_matrix : caps.cooperative_matrix;
  Row best;
  for (const gpu::MatrixShape& shape : caps.matrix_shapes) {
    if (!probe.has(shape)) continue;
    if (!offered(row, enabled, probe.kernel)) return;
    Row measured = row;
    measured.note = text_of(shape);
    measure_shape(measured, timer, probe, shape);
    if (best.times().empty() || !measured.pass || (best.pass && measured.gflops() > best.gflops()))
      best = measured;
  }
  if (best.times().empty()) {
    row.note = "not offered by this driver";
    return;
  }
  row = best;
  if (!is_cpu(caps) || !row.pass) return;
  // lavapipe 26.1 seemed to have 120 GFLOP/s of f16 this way, and 41 of plain f32.
  put(row, {});
  row.flops = 0;
  row.note +=
      ": right; not timed, as a CPU driver makes them of plain arithmetic and skips repeats";
}

}  // namespace

void measure_f32(Row& row, Timer& timer) {
  measure_chains(row, timer, {Kernel::probe_f32, 1, 0.96875f, 0.0625f, check_floats});
}

void measure_f16(Row& row, Timer& timer) {
  row.precision = "f16";
  if (offered(row, timer.device()->caps().float16, Kernel::probe_f16))
    measure_chains(row, timer, {Kernel::probe_f16, 2, 0.96875f, 0.0625f, check_floats});
}

void measure_bf16(Row& row, Timer&) {
  row.precision = "bf16";
  row.note = "Vulkan has none outside cooperative matrices: bf16 is stored, and computed in f32";
}

void measure_int8(Row& row, Timer& timer) {
  row.precision = "int8";
  if (offered(row, timer.device()->caps().int8, Kernel::probe_int8))
    measure_chains(row, timer, {Kernel::probe_int8, 4, 3, 7, check_bytes});
}

void measure_dot_product(Row& row, Timer& timer) {
  row.precision = "int8";
  constexpr float one_to_four = 0x01020304;
  if (offered(row, timer.device()->caps().integer_dot_product, Kernel::probe_dot))
    measure_chains(row, timer, {Kernel::probe_dot, 4, one_to_four, 7, check_dots});
}

void measure_f16_matrices(Row& row, Timer& timer) {
  row.precision = "f16";
  measure_matrices(row, timer, {.kernel = Kernel::probe_matrix_f16, .type = "f16", .sum = "f32"});
}

void measure_bf16_matrices(Row& row, Timer& timer) {
  row.precision = "bf16";
  measure_matrices(row, timer, {.kernel = Kernel::probe_matrix_bf16, .type = "bf16", .sum = "f32"});
}

void measure_int8_matrices(Row& row, Timer& timer) {
  row.precision = "int8";
  measure_matrices(row, timer,
                   {.kernel = Kernel::probe_matrix_int8,
                    .type = "i8",
                    .sum = "i32",
                    .integers = true,
                    .in_a_word = 4});
}

}  // namespace lemnos::bench
