// SPDX-License-Identifier: Apache-2.0
// The ops as runtime sees them: the list of all, and the few that runtime itself emits.
#include "ops/ops.h"
#include "runtime/graph/graph.h"

namespace lemnos {

#define OP(name) extern const OpDef name##_op;
#include "ops/list.inc"
#undef OP

std::span<const OpDef* const> all_ops() {
  static const OpDef* const ops[] = {
#define OP(name) &name##_op,
#include "ops/list.inc"
#undef OP
  };
  return ops;
}

const RuntimeOps& runtime_ops() {
  static const RuntimeOps ops{
      .add = &add_op, .fill = &fill_op, .cast = &cast_op, .copy = &copy_op, .advance = &advance_op};
  return ops;
}

}  // namespace lemnos
