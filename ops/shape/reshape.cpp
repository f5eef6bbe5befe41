// SPDX-License-Identifier: Apache-2.0
// reshape, flatten and detach: views, which runtime keeps in the memory of what they view.
#include "ops/shape/shape.h"
#include "runtime/graph/graph.h"
#include "runtime/graph/trace.h"

namespace lemnos {

Tensor reshape(const Operand& x, std::initializer_list<std::int64_t> sizes) {
  const std::int64_t elements = x.shape().elements();
  std::int64_t known = 1;
  int unknown = 0;
  for (const std::int64_t size : sizes) size == -1 ? ++unknown : known *= size;
  if (unknown > 1) fail_at(x.at(), "reshape: only one size may be -1, not {}", unknown);
  if (unknown == 1 && (known <= 0 || elements % known != 0))
    fail_at(x.at(), "reshape: the {} elements of {} do not divide by the sizes given, {}", elements,
            x.shape(), known);
  std::vector<std::int64_t> all(sizes);
  for (std::int64_t& size : all)
    if (size == -1) size = elements / known;
  return reshape(x, Shape(all));
}

Tensor reshape(const Operand& x, const Shape& shape) {
  if (x.shape().elements() != shape.elements())
    fail_at(x.at(), "reshape: {} has {} elements, {} has {}", x.shape(), x.shape().elements(),
            shape, shape.elements());
  return record(view_op, {x}, ViewAttrs{shape, 0});
}

Tensor detach(const Operand& x) { return record(detach_op, {x}, ViewAttrs{x.shape(), 0}); }

Tensor flatten(const Operand& x, int start) {
  const Shape shape = x.shape();
  if (start < 0 || start > shape.rank())
    fail_at(x.at(), "flatten: {} has no axis {}", shape, start);
  std::vector<std::int64_t> sizes(shape.begin(), shape.begin() + start);
  std::int64_t rest = 1;
  for (int axis = start; axis < shape.rank(); ++axis) rest *= shape[axis];
  sizes.push_back(rest);
  return reshape(x, Shape(sizes));
}

}  // namespace lemnos
