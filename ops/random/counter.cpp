// SPDX-License-Identifier: Apache-2.0
#include "ops/random/counter.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "ops/grid.h"
#include "runtime/graph/trace.h"
#include "shaders/kernels.h"
#include "shaders/random/params.h"

namespace lemnos {
namespace {

constexpr std::int64_t group_size = 64;           // random.comp's
constexpr std::int64_t block_size = 4;            // elements of one Philox counter
constexpr std::int64_t max_elements = 4LL << 32;  // of one stream in one step

}  // namespace

TensorType random_shape(const Problem& problem) {
  if (problem.inputs.size() != 1 || problem.inputs[0].dtype != DType::u32 ||
      problem.in(0).elements() != clock_words)
    problem.fail("takes the clock, {} words of u32, and nothing else", clock_words);
  return {problem.attrs.as<RandomAttrs>().shape.shape(), DType::f32};
}

const char* random_fits(const Problem& problem, const gpu::Caps&) {
  return problem.out().elements() > max_elements ? "more than 2^34 random numbers in one tensor"
                                                 : nullptr;
}

Lowering random_lower(const Problem& problem, const gpu::Caps& caps, RandomKind kind) {
  const auto attrs = problem.attrs.as<RandomAttrs>();
  const std::int64_t elements = problem.out().elements();
  // Parts of one binding each, that begin at multiples of 256 bytes.
  const auto part = std::min(static_cast<std::int64_t>(caps.max_storage_buffer_range / 256 * 64),
                             std::int64_t{1} << 30);
  Lowering lowering;
  for (std::int64_t first = 0; first < elements; first += part) {
    const std::int64_t count = std::min(part, elements - first);
    const std::int64_t blocks = ceil_div(count, block_size);
    const std::int64_t wanted = ceil_div(blocks, group_size);
    const std::int64_t groups = std::min<std::int64_t>(wanted, caps.max_groups[0]);
    const auto offset = static_cast<std::uint64_t>(first) * 4;
    const auto bytes = static_cast<std::uint64_t>(blocks) * 16;
    lowering.dispatches.push_back(
        {.shader = &shader(Kernel::random),
         .specialization = {static_cast<std::uint32_t>(kind)},
         .bindings = {input(0), result(0, offset, bytes)},
         .push =
             kernels::RandomParams{.count = static_cast<std::uint32_t>(count),
                                   .first_block = static_cast<std::uint32_t>(first / block_size),
                                   .stream = attrs.stream,
                                   .threshold = attrs.threshold},
         .groups = {static_cast<std::uint32_t>(groups), 1, 1},
         .loop_turns = static_cast<std::uint64_t>(ceil_div(wanted, groups)) * 11});
  }
  return lowering;
}

// Clocks anywhere in 2^64 steps, with any seed. The last sample needs more than one turn of the
// loop where a device has few groups, and ends within a block.
std::vector<Sample> random_samples() {
  const SampleInput clock{
      .shape = {clock_words}, .dtype = DType::u32, .low = 0, .high = 4294967295.0, .whole = true};
  std::vector<Sample> samples;
  std::uint32_t stream = 0;
  for (const Shape& shape : {Shape{}, Shape{1}, Shape{7, 11}, Shape{4, 64}, Shape{70001}})
    samples.push_back(
        {.inputs = {clock}, .attrs = RandomAttrs{shape, stream++, 5000000}, .gradient = false});
  return samples;
}

std::array<double, 2> normal_pair(std::uint32_t radius_bits, std::uint32_t angle_bits) {
  const double u = ((radius_bits >> 8) + 1) * 0x1p-24;  // in (0, 1]
  const double radius = std::sqrt(-2 * std::log(u));
  const double angle = 2 * std::numbers::pi * ((angle_bits >> 8) * 0x1p-24);
  return {radius * std::cos(angle), radius * std::sin(angle)};
}

Tensor record_random(const OpDef& op, const Shape& shape, std::uint32_t threshold,
                     std::source_location at) {
  Trace& trace = Trace::current();
  return record(op, {Operand(trace.clock(), at)},
                RandomAttrs{shape, trace.next_stream(), threshold});
}

}  // namespace lemnos
