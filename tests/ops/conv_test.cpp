// SPDX-License-Identifier: Apache-2.0
// What the sweeps cannot say of convolutions.
#include <doctest/doctest.h>

#include "ops/conv/conv.h"
#include "runtime/base/error.h"
#include "runtime/exec/lower.h"
#include "runtime/graph/trace.h"

namespace lemnos {
namespace {

// A transposed convolution has stride * stride phases. More than a grid holds once made the number
// of row blocks of a dispatch zero, and lowering never ended.
TEST_CASE("conv_transpose2d: a stride with more phases than a grid holds is an error") {
  Trace trace;
  const Tensor x = trace.input("x", {{1, 2, 2, 8}, DType::f32});
  const Tensor w = trace.input("w", {{8, 1, 1, 8}, DType::f32});
  const Tensor y = conv_transpose2d(x, w, {.stride = 300});
  const Unit unit{.nodes = {y.node()}, .inputs = {x.node(), w.node()}, .results = {y.node()}};
  CHECK_THROWS_WITH_AS(lower(trace.graph(), unit, gpu::Caps{}, true, {}),
                       doctest::Contains("stride * stride"), Error);
}

}  // namespace
}  // namespace lemnos
