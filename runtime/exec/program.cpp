// SPDX-License-Identifier: Apache-2.0
#include "runtime/exec/program.h"

#include <algorithm>

#include "runtime/base/log.h"
#include "runtime/exec/tuner.h"
#include "runtime/gpu/queue.h"
#include "runtime/gpu/timestamps.h"

namespace lemnos {
namespace {

constexpr std::uint32_t unused = ~0u;

// Work is counted in loop turns of all invocations. A turn of the heaviest kernels is some 500
// operations: 2^28 of them take a tenth of a second on a GPU of one TFLOP/s, well below the two
// seconds after which desktop drivers reset a device. A CPU driver has no watchdog.
std::uint64_t segment_work(const ExecOptions& options, const gpu::Caps& caps) {
  if (options.segment_work != 0) return options.segment_work;
  return caps.type == gpu::DeviceType::cpu ? ~std::uint64_t{0} : std::uint64_t{1} << 28;
}

}  // namespace

Program::Program(std::string name, const Graph& graph, std::shared_ptr<gpu::Device> device,
                 ExecOptions options)
    : name_(std::move(name)),
      device_(std::move(device)),
      options_(options),
      plan_(tuned_plan(graph, device_, options_)) {
  allocate();
  segments_ = record(nullptr);
  replays_.assign(max_steps, segments_.front().get());
  if (options_.trace >= 3)
    log::info("{} as recorded:\n{}{} simplified:\n{}", name_, print(graph), name_,
              print(plan_.graph));
  if (options_.trace >= 1) log::info("{}", describe());
}

Program::~Program() {
  if (last_ != 0) try {
      wait();
    } catch (const Error& error) {
      log::warn("{}: {}", name_, error.what());
    }
}

void Program::allocate() {
  input_.assign(plan_.graph.inputs.size(), unused);
  output_.assign(plan_.graph.outputs.size(), unused);
  owned_.resize(plan_.buffers.size());
  for (std::uint32_t i = 0; i < plan_.buffers.size(); ++i) {
    const PlanBuffer& planned = plan_.buffers[i];
    switch (planned.kind) {
      case PlanBuffer::Kind::storage:
        plan_.graph.storages[planned.index]->on(device_);
        continue;
      case PlanBuffer::Kind::input:
        owned_[i] = device_->allocate(planned.bytes, gpu::Memory::device,
                                      plan_.graph.inputs[planned.index].name);
        input_[planned.index] = i;
        break;
      case PlanBuffer::Kind::output:
        owned_[i] = device_->allocate(planned.bytes, gpu::Memory::readback, name_ + " output");
        output_[planned.index] = i;
        break;
      case PlanBuffer::Kind::pack:
        owned_[i] = device_->allocate(planned.bytes, gpu::Memory::device, name_ + " pack");
        break;
      case PlanBuffer::Kind::constant: {
        owned_[i] = device_->allocate(planned.bytes, gpu::Memory::device, name_ + " constant");
        const std::vector<float> values(planned.bytes / 4, planned.value);
        device_->write(owned_[i], 0, std::as_bytes(std::span(values)));
        continue;
      }
      case PlanBuffer::Kind::arena:
        owned_[i] = device_->allocate(planned.bytes, gpu::Memory::device, name_ + " arena");
        break;
    }
    device_->clear(owned_[i]);  // a pack's zeros; elsewhere, no stale bytes in padding
  }
}

const gpu::Buffer& Program::buffer(std::uint32_t index) const {
  const PlanBuffer& planned = plan_.buffers[index];
  return planned.kind == PlanBuffer::Kind::storage
             ? plan_.graph.storages[planned.index]->on(device_)
             : owned_[index];
}

std::uint64_t Program::work_of(const Dispatch& dispatch) const {
  const gpu::Pipeline& pipeline = device_->pipeline(*dispatch.shader, dispatch.specialization);
  std::uint64_t invocations = 1;
  for (const std::uint32_t groups : dispatch.groups) invocations *= groups;
  for (const std::uint32_t size : pipeline.group_size()) invocations *= size;
  return invocations * (1 + dispatch.loop_turns);
}

Program::Segments Program::record(gpu::Timestamps* timestamps) const {
  const std::uint64_t most = segment_work(options_, device_->caps());
  Segments segments;
  std::uint32_t wave = 0, index = 0;
  const auto begin_segment = [&]() -> gpu::Recording* {
    segments.push_back(std::make_unique<gpu::Recording>(*device_, name_));
    if (timestamps != nullptr) segments.back()->timestamp(*timestamps, index++);
    return segments.back().get();
  };
  gpu::Recording* recording = begin_segment();
  std::uint64_t work = 0;
  for (const PlannedDispatch& planned : plan_.dispatches) {
    const std::uint64_t more = work_of(planned.dispatch);
    if (planned.wave != wave && work != 0 && more > most - std::min(work, most)) {
      recording->end();
      recording = begin_segment();  // which begins with a barrier
      work = 0;
    } else if (planned.wave != wave && timestamps == nullptr) {
      recording->barrier();
    }
    wave = planned.wave;
    work += more;
    record_dispatch(planned, *recording);
    if (timestamps != nullptr) {  // alone, so that its time is its own
      recording->barrier();
      recording->timestamp(*timestamps, index++);
    }
  }
  recording->host_barrier();
  recording->end();
  return segments;
}

void Program::record_dispatch(const PlannedDispatch& planned, gpu::Recording& recording) const {
  const Dispatch& dispatch = planned.dispatch;
  std::vector<gpu::BufferRange> ranges;
  for (std::size_t i = 0; i < planned.accesses.size(); ++i) {
    const Access& access = planned.accesses[i];
    const gpu::Buffer& memory = buffer(access.buffer);
    ranges.push_back({&memory, access.offset,
                      std::min(access.bytes, memory.padded_size() - access.offset),
                      dispatch.bindings[i].scalars, dispatch.bindings[i].stored});
  }
  recording.dispatch(device_->pipeline(*dispatch.shader, dispatch.specialization), ranges,
                     dispatch.push.bytes(), dispatch.groups);
}

void Program::set_input(std::uint32_t i, std::span<const std::byte> values) {
  const auto& input = plan_.graph.inputs.at(i);
  const auto bytes =
      static_cast<std::uint64_t>(input.type.shape.elements()) * size_of(input.type.dtype);
  if (values.size() != bytes)
    fail_usage("{}: input {} is {} of {}, {} bytes; {} were given", name_, input.name,
               input.type.shape, name_of(input.type.dtype), bytes, values.size());
  if (input_[i] == unused) return;  // the graph does not read it
  wait();
  device_->write(owned_[input_[i]], 0, values);
}

void Program::submit_now(std::uint32_t steps) {
  steps_ += steps;
  if (segments_.size() == 1) {
    last_ = device_->queue().submit(std::span(replays_).first(steps));
    ++submissions_;
  } else {
    submit_now(segments_);
  }
}

void Program::submit_now(const Segments& segments) {
  for (const auto& segment : segments) last_ = device_->queue().submit(*segment);
  submissions_ += segments.size();
}

std::uint64_t Program::submit(std::uint32_t steps) {
  constexpr std::uint64_t traced_step = 3;  // the first ones still touch memory for the first time
  const bool traced = options_.trace >= 2 && device_->caps().timestamp_period > 0;
  const std::uint32_t at_once = options_.replay && segments_.size() == 1 ? max_steps : 1;
  while (steps > 0) {
    if (traced && steps_ + 1 == traced_step) {
      submit_timed();
      log::info("{}: step {}, its dispatches one by one:\n{}", name_, steps_,
                lemnos::describe(profile()));
      --steps;
      continue;
    }
    std::uint32_t now = std::min(steps, at_once);
    if (traced && steps_ < traced_step) now = 1;
    submit_now(now);
    steps -= now;
  }
  return last_;
}

void Program::prepare_timed() {
  if (timestamps_) return;
  if (device_->caps().timestamp_period == 0)
    fail("{}: {} has no timestamps, so its steps cannot be profiled", name_, device_->caps().name);
  const auto count = plan_.dispatches.size() + segments_.size();
  timestamps_ = std::make_unique<gpu::Timestamps>(*device_, static_cast<std::uint32_t>(count));
  timed_segments_ = record(timestamps_.get());
}

std::uint64_t Program::submit_timed() {
  prepare_timed();
  ++steps_;
  submit_now(timed_segments_);
  return last_;
}

StepProfile Program::profile() const {
  if (!timestamps_) fail_usage("{}: no step was profiled; call submit_timed() first", name_);
  wait();
  const std::vector<double> seconds = timestamps_->seconds();
  std::vector<Span> times;
  std::vector<std::uint64_t> work;
  std::size_t next = 0;  // of the timestamps
  for (const auto& segment : timed_segments_) {
    ++next;
    for (std::uint32_t i = 0; i < segment->dispatches(); ++i, ++next) {
      times.push_back({.begin = seconds[next - 1], .end = seconds[next]});
      work.push_back(work_of(plan_.dispatches[work.size()].dispatch));
    }
  }
  StepProfile profile = make_profile(plan_, times, work);
  profile.name = name_;
  profile.device = device_->caps().name;
  return profile;
}

std::vector<const gpu::Recording*> Program::recordings() const {
  std::vector<const gpu::Recording*> step;
  for (const auto& segment : segments_) step.push_back(segment.get());
  return step;
}

void Program::wait() const {
  if (last_ != 0) device_->queue().wait(last_);
}

bool Program::done() const { return last_ == 0 || device_->queue().done(last_); }

void Program::read_output(std::uint32_t i, std::span<std::byte> values) const {
  wait();
  device_->read(owned_[output_.at(i)], 0, values);
}

std::vector<float> Program::output(std::uint32_t i) const {
  const TensorType& type = output_type(i);
  check(type.dtype == DType::f32, "{}: output {} is {}, not f32", name_, i, name_of(type.dtype));
  std::vector<float> values(static_cast<std::size_t>(type.shape.elements()));
  read_output(i, std::as_writable_bytes(std::span(values)));
  return values;
}

std::string Program::describe() const {
  const PlanStats& s = plan_.stats;
  return fmt::format(
      "{}: {} nodes, {} simplified, {} units, {} dispatches in {} waves ({} barriers), {} "
      "fallbacks, "
      "arena {:.1f} MiB (lower bound {:.1f}), {:.1f} MiB bound a step",
      name_, s.nodes_recorded, s.nodes, s.units, s.dispatches, s.waves, s.barriers(), s.fallbacks,
      static_cast<double>(s.arena_bytes) / 1048576,
      static_cast<double>(s.arena_lower_bound) / 1048576,
      static_cast<double>(s.bytes_moved) / 1048576);
}

}  // namespace lemnos
