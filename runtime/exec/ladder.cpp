// SPDX-License-Identifier: Apache-2.0
#include "runtime/exec/ladder.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "runtime/base/error.h"
#include "runtime/jit/chain.h"

namespace lemnos {
namespace {

gpu::Caps as_it_is(gpu::Caps caps) { return caps; }

gpu::Caps without_texels(gpu::Caps caps) {
  caps.texel_loads_preferred = false;
  caps.max_texel_elements = 0;
  return caps;
}

gpu::Caps without_tiling(gpu::Caps caps) {
  caps = without_texels(std::move(caps));
  caps.register_tiling_preferred = false;
  return caps;
}

gpu::Caps without_matrices(gpu::Caps caps) {
  caps = without_tiling(std::move(caps));
  caps.cooperative_matrix = false;
  return caps;
}

gpu::Caps smallest(gpu::Caps caps) { return without_tiling(gpu::minimum(std::move(caps))); }

gpu::Caps smallest_with_texels(gpu::Caps caps) {
  const std::uint32_t texels = gpu::minimum(caps).max_texel_elements;
  caps = smallest(std::move(caps));
  caps.texel_loads_preferred = texels > 0;
  caps.max_texel_elements = texels;
  return caps;
}

constexpr Rung rungs[] = {{"the device as it is", as_it_is},
                          {"no texel buffers", without_texels},
                          {"no register tiling", without_tiling},
                          {"no cooperative matrices", without_matrices},
                          {"the smallest device", smallest},
                          {"the smallest device, texel buffers", smallest_with_texels}};

const char* misfit(const Problem& problem, const gpu::Caps& caps) {
  return problem.op->fits == nullptr ? nullptr : problem.op->fits(problem, caps);
}

}  // namespace

std::string_view variant_of(const gpu::Shader& kernel) {
  return kernel.name.starts_with(chain_prefix) ? generated_chains : kernel.name;
}

bool is_quarantined(const gpu::Caps& caps, std::string_view variant) {
  return std::ranges::find(caps.quarantined, variant) != caps.quarantined.end();
}

std::span<const Rung> ladder() { return rungs; }

Lowering lower_on_ladder(const Problem& problem, const gpu::Caps& caps, std::uint32_t first) {
  if (const char* reason = misfit(problem, caps))
    problem.fail("cannot run on {}: {}", caps.name, reason);
  std::set<std::string_view> refused;
  for (const Rung& rung : ladder().subspan(first)) {
    const gpu::Caps masked = rung.mask(caps);
    if (misfit(problem, masked) != nullptr) continue;
    Lowering lowering = problem.op->lower(problem, masked);
    bool usable = true;
    for (const Dispatch& dispatch : lowering.dispatches) {
      const std::string_view variant = variant_of(*dispatch.shader);
      if (!is_quarantined(caps, variant)) continue;
      refused.insert(variant);
      usable = false;
    }
    if (usable) return lowering;
  }
  fail(
      "{}: no kernel is left on {} ({}): quarantined, because wrong or fatal there, is {}\n"
      "  help: lemnos doctor says what was found; a newer driver, or another --device, may do; "
      "LEMNOS_DOCTOR=off uses such kernels all the same",
      problem.name(), caps.name, caps.driver_version, fmt::join(refused, ", "));
}

}  // namespace lemnos
