// SPDX-License-Identifier: Apache-2.0
// advance(ring, clock, observed): the record of the step goes to the ring, the clock moves on.
#include <bit>

#include "ops/step/step.h"
#include "runtime/graph/trace.h"
#include "shaders/kernels.h"
#include "shaders/step/params.h"

namespace lemnos {
namespace {

constexpr std::uint64_t group_size = 64;  // advance.comp's

std::int64_t count_of(const Problem& problem) {
  return static_cast<std::int64_t>(problem.attrs.as<AdvanceAttrs>().count);
}

TensorType shape(const Problem& problem) {
  if (problem.inputs.size() != 3)
    problem.fail("takes ring, clock and observed scalars, not {} operands", problem.inputs.size());
  const std::int64_t count = count_of(problem);
  const TensorType& ring = problem.inputs[0];
  const TensorType& clock = problem.inputs[1];
  const TensorType& observed = problem.inputs[2];
  if (ring.dtype != DType::u32 || ring.shape.elements() != ring_slots * ring_width(count))
    problem.fail("the ring of {} scalars is u32 [{}], not {} {}", count,
                 ring_slots * ring_width(count), name_of(ring.dtype), ring.shape);
  if (clock.dtype != DType::u32 || clock.shape.elements() != clock_words)
    problem.fail("the clock is u32 [{}], not {} {}", clock_words, name_of(clock.dtype),
                 clock.shape);
  if (count < 1 || observed.dtype != DType::f32 ||
      observed.shape.elements() <= (count - 1) * state_alignment)
    problem.fail("{} scalars, {} elements apart, are not in {} {}", count, state_alignment,
                 name_of(observed.dtype), observed.shape);
  return ring;
}

Lowering lower(const Problem& problem, const gpu::Caps&) {
  const auto count = static_cast<std::uint64_t>(count_of(problem));
  return {
      .dispatches = {
          {.shader = &shader(Kernel::advance),
           .bindings = {input(1), input(2), result()},
           .push = kernels::AdvanceParams{.count = static_cast<std::uint32_t>(count),
                                          .slots = static_cast<std::uint32_t>(ring_slots),
                                          .stride = static_cast<std::uint32_t>(state_alignment)},
           .loop_turns = (count + 2) / group_size + 1}}};
}

void reference(const Problem& problem, std::span<const Values> in, Values& out) {
  out = in[0];
  const Values& clock = in[1];
  const auto count = static_cast<std::size_t>(count_of(problem));
  const std::size_t slot = static_cast<std::uint64_t>(clock[0]) % ring_slots;
  double* record = out.data() + slot * (count + 2);
  record[0] = clock[0];
  record[1] = clock[1];
  for (std::size_t i = 0; i < count; ++i)
    record[2 + i] = std::bit_cast<std::uint32_t>(static_cast<float>(in[2][i * state_alignment]));
}

std::vector<Sample> samples() {
  const auto sample = [](std::uint32_t count) {
    const SampleInput words{.dtype = DType::u32, .low = 0, .high = 4294967295.0, .whole = true};
    SampleInput ring = words, clock = words;
    ring.shape = {ring_slots * ring_width(count)};
    clock.shape = {clock_words};
    return Sample{.inputs = {ring, clock, {.shape = {count * state_alignment}}},
                  .attrs = AdvanceAttrs{count},
                  .gradient = false};
  };
  return {sample(1), sample(3), sample(67)};
}

}  // namespace

extern constinit const OpDef advance_op{.name = "advance",
                                        .shape = shape,
                                        .lower = lower,
                                        .reference = reference,
                                        .samples = samples,
                                        .scale = Scale::exact,
                                        .in_place = 0,
                                        .mutates = 1u << 1};

Tensor advance(const Operand& ring, const Operand& clock, const Operand& observed) {
  const std::int64_t count = ring.shape().elements() / ring_slots - ring_width(0);
  if (count < 1) fail_at(ring.at(), "advance: a ring of shape {} holds no scalar", ring.shape());
  return record(advance_op, {ring, clock, observed},
                AdvanceAttrs{static_cast<std::uint32_t>(count)});
}

}  // namespace lemnos
