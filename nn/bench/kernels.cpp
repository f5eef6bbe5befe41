// SPDX-License-Identifier: Apache-2.0
#include "nn/bench/kernels.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "nn/bench/attempt.h"
#include "nn/bench/kernel_check.h"
#include "nn/bench/kernel_graph.h"
#include "nn/bench/random_values.h"
#include "nn/bench/statistics.h"
#include "ops/support.h"
#include "runtime/base/error.h"
#include "runtime/exec/program.h"

namespace lemnos::bench {
namespace {

constexpr double memory_bound = 4;   // operations a byte: below, caches would be measured
constexpr double least_flops = 1e8;  // of a step that is not
constexpr int most_instances = 512;

bool is_memory_bound(const Expected& expected) {
  return expected.flops() / expected.bytes() < memory_bound;
}

int instances_of(const Expected& expected, const gpu::Caps& caps) {
  const double rotated = static_cast<double>(beyond_caches(caps)) / expected.bytes();
  const double wanted =
      is_memory_bound(expected) ? rotated : std::min(least_flops / expected.flops(), rotated);
  return std::clamp(static_cast<int>(std::ceil(wanted)), 1, most_instances);
}

std::string does_not_fit(double bytes, const gpu::Caps& caps) {
  const auto memory = static_cast<double>(local_memory(caps));
  if (bytes < 0.8 * memory) return "";
  return fmt::format("does not fit: needs {:.1f} GiB of {:.1f}", bytes * 0x1p-30, memory * 0x1p-30);
}

// Not every kernel can bind a large value in parts.
std::unique_ptr<Program> make_program(const Case& kernel, const Graph& graph, double largest,
                                      const Timer& timer, bool fused = true) {
  const std::shared_ptr<gpu::Device>& device = timer.device();
  ExecOptions options = ExecOptions::from_environment();
  options.precision = kernel.precision;
  options.tune = timer.effort().tune;
  options.chains = options.chains && fused;
  try {
    return std::make_unique<Program>(kernel.name, graph, device, options);
  } catch (const Error&) {
    const std::uint64_t range = device->caps().max_storage_buffer_range;
    if (largest <= static_cast<double>(range)) throw;
    throw Error(fmt::format("a value of {:.0f} MiB, a binding has {} at most", largest * 0x1p-20,
                            range >> 20),
                ErrorKind::out_of_memory);
  }
}

std::vector<Bytes> random_inputs(const Case& kernel) {
  std::vector<Bytes> values;
  for (const SampleInput& input : kernel.inputs)
    values.push_back(random_bytes(input, static_cast<std::uint32_t>(values.size())));
  return values;
}

double input_bytes(const Case& kernel) {
  double bytes = 0;
  for (const SampleInput& input : kernel.inputs)
    bytes +=
        static_cast<double>(input.shape.elements()) * static_cast<double>(size_of(input.dtype));
  return bytes;
}

void measure(const Case& kernel, Timer& timer, const Roofline& roofline, Row& row) {
  const gpu::Caps& caps = timer.device()->caps();
  row.note = does_not_fit(2 * input_bytes(kernel), caps);
  if (!row.note.empty()) return;
  const std::vector<Bytes> values = random_inputs(kernel);
  const Expected expected(kernel, values);
  row.flops = expected.flops();
  row.bytes = expected.bytes();
  row.roofline_ms = roofline.ms(row.flops, row.bytes, row.precision);

  const int instances = instances_of(expected, caps);
  std::vector<Inputs> inputs;
  for (int i = 0; i < instances; ++i) inputs.push_back(make_inputs(kernel.inputs, values));
  const KernelGraph recorded = record_kernel(kernel, kernel.inputs, inputs);
  const auto program = make_program(kernel, recorded.graph, expected.largest(), timer);
  program->submit();
  program->wait();
  row.error = expected.error(recorded);
  row.checked = true;
  row.pass = row.error <= 1;
  Timing timing = timer.time(program->recordings(), instances);
  row.gpu_ms = std::move(timing.gpu_ms);
  row.wall_ms = std::move(timing.wall_ms);
  row.stable = timing.stable;
  const auto add_extra = [&](std::string name, const Program& other, int parts) {
    const Timing other_timing = timer.time(other.recordings(), parts);
    const bool by_device = !other_timing.gpu_ms.empty();
    row.extras.push_back({std::move(name),
                          median(by_device ? other_timing.gpu_ms : other_timing.wall_ms), "ms",
                          ""});
  };
  if (instances > 1 && is_memory_bound(expected)) {
    inputs.resize(1);
    const KernelGraph one = record_kernel(kernel, kernel.inputs, inputs);
    add_extra("same memory again", *make_program(kernel, one.graph, expected.largest(), timer), 1);
  }
  if (kernel.op_by_op)
    add_extra("op by op", *make_program(kernel, recorded.graph, expected.largest(), timer, false),
              instances);
}

std::string precision_of(const Case& kernel) {
  const DType input = kernel.inputs.front().dtype;
  return std::string(name_of(is_half(kernel.precision) ? kernel.precision
                             : is_half(input)          ? input
                                                       : DType::f32));
}

}  // namespace

Row measure_kernel(const Case& kernel, Timer& timer, const Roofline& roofline) {
  return attempt({.name = kernel.name,
                  .device = timer.device()->caps().name,
                  .part = Part::kernel,
                  .use = kernel.use,
                  .precision = precision_of(kernel)},
                 [&](Row& row) { measure(kernel, timer, roofline, row); });
}

}  // namespace lemnos::bench
