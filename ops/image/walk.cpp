// SPDX-License-Identifier: Apache-2.0
#include "ops/image/walk.h"

#include <algorithm>

#include "ops/grid.h"

namespace lemnos {
namespace {

std::int64_t largest(const Problem& p) {
  std::int64_t elements = p.out().elements();
  for (const TensorType& type : p.inputs) elements = std::max(elements, type.shape.elements());
  return elements;
}

}  // namespace

ImageGrid image_grid(const Problem& p, const gpu::Caps& caps, const ImageKernel& kernels,
                     const Shape& grid, std::uint64_t element_turns, std::int64_t scalars) {
  const auto narrow = [](std::int64_t n) { return static_cast<std::uint32_t>(n); };
  const std::uint32_t unit = grid[3] % 4 == 0 ? 4 : 1, lanes = flat_lanes(caps);
  const std::uint32_t count = narrow(grid.elements()) / unit;
  const Grid groups = grid_for(caps, count, lanes, element_turns + 1);
  const bool texel = unit == 4 && caps.texel_loads_preferred &&
                     std::max(largest(p) / 4, scalars) <= caps.max_texel_elements;
  const Kernel kernel = texel ? kernels.texel : unit == 4 ? kernels.vec4 : kernels.scalar;
  return {.dispatch = {.shader = &shader(kernel),
                       .specialization = {lanes},
                       .bindings = {},
                       .push = {},
                       .groups = {groups.groups, 1, 1},
                       .loop_turns = groups.turns * (element_turns + 1)},
          .kernel = kernel,
          .texel = texel,
          .count = count,
          .rows = narrow(grid[1]),
          .columns = narrow(grid[2]),
          .channels = narrow(grid[3]) / unit,
          .turns = groups.turns};
}

const char* fits_images(const Problem& p, const gpu::Caps& caps) {
  const auto too_large = [&](const TensorType& type) {
    return static_cast<std::uint64_t>(type.shape.elements()) * 4 > caps.max_storage_buffer_range;
  };
  if (too_large(p.result) || std::ranges::any_of(p.inputs, too_large))
    return "the images are larger than a storage-buffer binding of this device";
  return nullptr;
}

void check_images(const Problem& p) {
  if (!is_real(p.inputs[0].dtype))
    p.fail("works on f32, not {}; cast first", name_of(p.inputs[0].dtype));
  if (p.in(0).rank() != 4) p.fail("images are [N, H, W, C], not {}", p.in(0));
}

}  // namespace lemnos
