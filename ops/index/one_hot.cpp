// SPDX-License-Identifier: Apache-2.0
// one_hot(indices, classes): 1 at each index, else 0. No gradient.
#include "ops/index/gather.h"
#include "ops/index/index.h"
#include "ops/reduce/lines.h"
#include "runtime/graph/trace.h"
#include "shaders/index/one_hot_params.h"

namespace lemnos {
namespace {

struct OneHotAttrs {
  std::int64_t classes = 0;
};

TensorType one_hot_shape(const Problem& p) {
  const std::int64_t classes = p.attrs.as<OneHotAttrs>().classes;
  if (!is_index(p.inputs[0].dtype))
    p.fail("indices are u32 or i32, not {}", name_of(p.inputs[0].dtype));
  if (classes < 1) p.fail("{} classes", classes);
  if (p.in(0).rank() == Shape::max_rank) p.fail("{} has no room for one more axis", p.in(0));
  return {p.in(0).inserted(p.in(0).rank(), classes), DType::f32};
}

Lowering lower(const Problem& p, const gpu::Caps& caps) {
  const auto count = static_cast<std::uint32_t>(p.out().elements());
  const std::uint32_t lanes = flat_lanes(caps);
  const Grid grid = grid_for(caps, count, lanes);
  const auto classes = static_cast<std::uint32_t>(p.attrs.as<OneHotAttrs>().classes);
  return {.dispatches = {{.shader = &shader(Kernel::one_hot),
                          .specialization = {lanes},
                          .bindings = {input(0), result()},
                          .push = kernels::OneHotParams{count, classes, grid.turns},
                          .groups = {grid.groups, 1, 1},
                          .loop_turns = grid.turns}},
          .scratch_bytes = {}};
}

const char* fits(const Problem& p, const gpu::Caps& caps) {
  return static_cast<std::uint64_t>(p.out().elements()) * 4 > caps.max_storage_buffer_range
             ? "the result is larger than a storage-buffer binding of this device"
             : nullptr;
}

void one_hot_reference(const Problem& p, std::span<const Values> in, Values& out) {
  const std::int64_t classes = p.attrs.as<OneHotAttrs>().classes;
  out.clear();
  for (const double index : in[0])
    for (std::int64_t c = 0; c < classes; ++c)
      out.push_back(index == static_cast<double>(c) ? 1 : 0);
}

std::vector<Sample> one_hot_samples() {
  const auto sample = [](Shape shape, std::int64_t classes, DType dtype) {
    return Sample{.inputs = {{.shape = shape,
                              .dtype = dtype,
                              .low = dtype == DType::i32 ? -1. : 0.,  // no class: all zeros
                              .high = static_cast<double>(classes)}},
                  .attrs = OneHotAttrs{classes},
                  .gradient = false};
  };
  return {sample({1}, 1, DType::u32), sample({7}, 10, DType::i32), sample({2, 3}, 5, DType::u32),
          sample({}, 3, DType::u32), sample({700}, 101, DType::u32)};
}

}  // namespace

extern const OpDef one_hot_op;
const OpDef one_hot_op{.name = "one_hot",
                       .shape = one_hot_shape,
                       .lower = lower,
                       .fits = fits,
                       .reference = one_hot_reference,
                       .samples = one_hot_samples,
                       .scale = Scale::exact};

Tensor one_hot(const Operand& indices, std::int64_t classes) {
  return record(one_hot_op, {indices}, OneHotAttrs{classes});
}

}  // namespace lemnos
