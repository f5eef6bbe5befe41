// SPDX-License-Identifier: Apache-2.0
#include "nn/bench/ceilings/ceilings.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "nn/bench/attempt.h"
#include "nn/bench/ceilings/arithmetic.h"
#include "nn/bench/ceilings/names.h"
#include "nn/bench/random_values.h"
#include "runtime/base/error.h"
#include "runtime/gpu/queue.h"
#include "shaders/kernels.h"
#include "shaders/probe/params.h"

namespace lemnos::bench {
namespace {

constexpr std::uint32_t group = 64;  // of all probes, unless they say otherwise

// ---- memory -------------------------------------------------------------------------------------

// One way to copy or to read: by a kernel (texels or storage buffer; invocations a group, where so
// many fit), or by the driver's own command.
struct Way {
  std::string_view name;
  bool command = false, texel = false;
  std::uint32_t group_size = group, turns = 1;
};

constexpr std::array copy_ways{
    Way{.name = "copy command", .command = true},
    Way{.name = "kernel, storage buffer", .group_size = 256},
    Way{.name = "kernel, storage buffer, walking", .group_size = group, .turns = 64},
    Way{.name = "kernel, texel buffer, walking", .texel = true, .group_size = group, .turns = 64},
    Way{.name = "kernel, storage buffer, subgroups", .group_size = 8, .turns = 256},
    Way{.name = "kernel, texel buffer, subgroups", .texel = true, .group_size = 8, .turns = 256},
};

std::uint64_t most_bytes(const gpu::Caps& caps, bool texel) {
  const std::uint64_t range = caps.max_storage_buffer_range / 16 * 16;
  return texel ? std::min(range, std::uint64_t{caps.max_texel_elements} * 16) : range;
}

void record_copy(gpu::Recording& recording, gpu::Device& device, const Way& way,
                 const gpu::Buffer& from, const gpu::Buffer& to) {
  if (way.command) {
    recording.copy({&from, 0, from.size()}, {&to, 0, to.size()});
    return;
  }
  const std::array size{std::min(way.group_size, device.caps().max_group_invocations)};
  const gpu::Pipeline& pipeline =
      device.pipeline(shader(way.texel ? Kernel::probe_copy_texel : Kernel::probe_copy), size);
  const std::uint64_t vectors = std::uint64_t{size[0]} * way.turns;
  const std::uint64_t grid = vectors * 16 * device.caps().max_groups[0];
  const std::uint64_t piece = std::min(most_bytes(device.caps(), way.texel) >> 20 << 20, grid);
  for (std::uint64_t offset = 0; offset < from.size(); offset += piece) {
    const std::uint64_t bytes = std::min(piece, from.size() - offset);
    const std::array ranges{gpu::BufferRange{&from, offset, bytes},
                            gpu::BufferRange{&to, offset, bytes}};
    const kernels::ProbeParams params{.turns = way.turns,
                                      .count = static_cast<std::uint32_t>(bytes / 16)};
    const auto groups = static_cast<std::uint32_t>((bytes / 16 + vectors - 1) / vectors);
    recording.dispatch(pipeline, ranges, bytes_of(params), {groups, 1, 1});
  }
}

bool has(const gpu::Caps& caps, const Way& way) {
  return !way.texel || caps.max_texel_elements >= 65536;
}

void check_copy(Row& row, gpu::Device& device, const gpu::Buffer& from, const gpu::Buffer& to) {
  std::vector<std::byte> wanted(from.size()), got(to.size());
  device.read(from, 0, wanted);
  device.read(to, 0, got);
  row.checked = true;
  row.pass = wanted == got;
  row.error = row.pass ? 0 : INFINITY;
}

void measure_copy(Row& row, Timer& timer) {
  gpu::Device& device = *timer.device();
  const std::uint64_t bytes = beyond_caches(device.caps()) / 2;
  const gpu::Buffer from = device.allocate(bytes, gpu::Memory::device, "copied");
  const gpu::Buffer to = device.allocate(bytes, gpu::Memory::device, "copy");
  fill_random(device, from);
  double best_ms = INFINITY;
  std::unique_ptr<gpu::Recording> best;
  for (const Way& way : copy_ways) {
    if (!has(device.caps(), way)) continue;
    auto recording = std::make_unique<gpu::Recording>(device, row.name);
    record_copy(*recording, device, way, from, to);
    recording->end();
    const gpu::Recording* const step[] = {recording.get()};
    timer.once(step);
    const double ms = std::min(timer.once(step), timer.once(step));
    row.extras.push_back({fmt::format("copy by {}", way.name),
                          2 * static_cast<double>(bytes) / ms * 1e-6, "GB/s", ""});
    if (ms >= best_ms) continue;
    best_ms = ms;
    best = std::move(recording);
    row.note = fmt::format("by {}", way.name);
  }
  device.clear(to);
  const gpu::Recording* const step[] = {best.get()};
  put(row, timer.time(step));
  row.bytes = 2 * static_cast<double>(bytes);
  check_copy(row, device, from, to);
}

void measure_read(Row& row, Timer& timer) {
  gpu::Device& device = *timer.device();
  constexpr std::uint64_t cached = 256 << 10;
  const std::uint32_t groups = is_cpu(device.caps()) ? 64 : 16384;
  const std::uint64_t invocations = std::uint64_t{groups} * group;
  const gpu::Buffer from = device.allocate(cached, gpu::Memory::device, "cached");
  const gpu::Buffer sums = device.allocate(invocations * 16, gpu::Memory::device, "sums");
  fill_random(device, from);
  double best = 0;
  for (const bool texel : {false, true}) {
    if (texel && device.caps().max_texel_elements < cached / 16) continue;
    const gpu::Pipeline& pipeline =
        device.pipeline(shader(texel ? Kernel::probe_read_texel : Kernel::probe_read));
    const auto record = [&](std::uint32_t turns) {
      auto recording = std::make_unique<gpu::Recording>(device, row.name);
      const std::array ranges{gpu::BufferRange{&from, 0, cached},
                              gpu::BufferRange{&sums, 0, sums.size()}};
      const kernels::ProbeParams params{
          .turns = turns, .stride = group, .count = static_cast<std::uint32_t>(cached / 16)};
      recording->dispatch(pipeline, ranges, bytes_of(params), {groups, 1, 1});
      recording->end();
      return recording;
    };
    Row measured = row;
    const std::uint32_t turns = time_turns(measured, timer, record);
    measured.bytes = static_cast<double>(invocations) * turns * 4 * 16;
    measured.note = texel ? "by texel buffer" : "by storage buffer";
    if (measured.gbps() < best) continue;
    best = measured.gbps();
    row = measured;
  }
}

// ---- latencies ----------------------------------------------------------------------------------

constexpr int chain = 1000;

Timing time_chain(Timer& timer, bool barriers) {
  gpu::Device& device = *timer.device();
  gpu::Recording recording(device, "empty dispatches");
  for (int i = 0; i < chain; ++i) {
    recording.dispatch(device.pipeline(shader(Kernel::probe_empty)), {}, {}, {1, 1, 1});
    if (barriers) recording.barrier();
  }
  recording.end();
  const gpu::Recording* const step[] = {&recording};
  return timer.time(step, chain);
}

void measure_dispatch(Row& row, Timer& timer) { put(row, time_chain(timer, false)); }

void measure_barrier(Row& row, Timer& timer) {
  put(row, time_chain(timer, true));
  Row independent;
  put(independent, time_chain(timer, false));
  row.note = "an empty dispatch and a barrier after it";
  const double alone = (row.ms_median() - independent.ms_median()) * 1e3;
  row.extras.push_back(alone > 0 ? Row::Extra{"barrier alone", alone, "us", ""}
                                 : Row::Extra{"barrier alone", 0, "us", "too little to be told"});
}

void measure_submission(Row& row, Timer& timer) {
  gpu::Device& device = *timer.device();
  gpu::Recording nothing(device, "nothing");
  nothing.end();
  constexpr int times = 50;
  put(row, timer.time_host(
               [&] {
                 for (int i = 0; i < times; ++i)
                   device.queue().wait(device.queue().submit(nothing));
               },
               times));
  row.note = "until the host knows that it is done";
}

void measure_transfer(Row& row, Timer& timer, bool up) {
  gpu::Device& device = *timer.device();
  constexpr std::uint64_t bytes = 64 << 20;
  const gpu::Buffer buffer = device.allocate(bytes, gpu::Memory::device, "transferred");
  fill_random(device, buffer);
  std::vector<std::byte> host(bytes);
  device.read(buffer, 0, host);
  put(row,
      timer.time_host([&] { up ? device.write(buffer, 0, host) : device.read(buffer, 0, host); }));
  row.bytes = static_cast<double>(bytes);
}

void measure_upload(Row& row, Timer& timer) { measure_transfer(row, timer, true); }
void measure_download(Row& row, Timer& timer) { measure_transfer(row, timer, false); }

struct Ceiling {
  std::string name;
  void (*measure)(Row&, Timer&);
};

const std::vector<Ceiling>& ceilings() {
  static const std::vector<Ceiling> all{
      {ceiling::arithmetic("f32"), measure_f32},
      {ceiling::arithmetic("f16"), measure_f16},
      {ceiling::arithmetic("bf16"), measure_bf16},
      {ceiling::arithmetic("int8"), measure_int8},
      {std::string(ceiling::dot_product), measure_dot_product},
      {ceiling::cooperative("f16"), measure_f16_matrices},
      {ceiling::cooperative("bf16"), measure_bf16_matrices},
      {ceiling::cooperative("int8"), measure_int8_matrices},
      {std::string(ceiling::copy), measure_copy},
      {std::string(ceiling::cached_read), measure_read},
      {std::string(ceiling::empty_dispatch), measure_dispatch},
      {std::string(ceiling::barrier), measure_barrier},
      {std::string(ceiling::submission), measure_submission},
      {std::string(ceiling::upload), measure_upload},
      {std::string(ceiling::download), measure_download},
  };
  return all;
}

}  // namespace

std::vector<std::string> ceiling_names() {
  std::vector<std::string> names;
  for (const Ceiling& each : ceilings()) names.push_back(each.name);
  return names;
}

Row measure_ceiling(std::string_view name, Timer& timer) {
  const auto found = std::ranges::find(ceilings(), name, &Ceiling::name);
  check(found != ceilings().end(), "there is no '{}'", name);
  return attempt({.name = std::string(name),
                  .device = timer.device()->caps().name,
                  .part = Part::ceiling,
                  .use = Use::run},
                 [&](Row& row) { found->measure(row, timer); });
}

Roofline Roofline::of(std::span<const Row> rows) {
  Roofline roofline;
  for (const Row& row : rows) {
    const double flops = row.gflops() * 1e9;
    if (row.name == ceiling::arithmetic("f32")) roofline.flops_per_second = flops;
    if (row.name == ceiling::arithmetic("f16") || row.name == ceiling::cooperative("f16"))
      roofline.half_flops_per_second = std::max(roofline.half_flops_per_second, flops);
    if (row.name == ceiling::copy) roofline.bytes_per_second = row.gbps() * 1e9;
  }
  return roofline;
}

double Roofline::ms(double flops, double bytes, std::string_view precision) const {
  const double rate =
      precision == "f32" ? flops_per_second : std::max(flops_per_second, half_flops_per_second);
  if (rate == 0 || bytes_per_second == 0) return 0;
  return std::max(flops / rate, bytes / bytes_per_second) * 1e3;
}

// Drivers do not say how large the last cache is. No GPU's is above 256 MiB; a CPU's of more than
// 64 MiB is shared by dozens of cores.
std::uint64_t beyond_caches(const gpu::Caps& caps) {
  return std::uint64_t{is_cpu(caps) ? 128u : 512u} << 20;
}

}  // namespace lemnos::bench
