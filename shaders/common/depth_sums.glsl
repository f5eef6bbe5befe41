// SPDX-License-Identifier: Apache-2.0
// Beside a product whose row operand is [depth, rows], that operand's sums over the depth: of dW =
// dY^T X the gradient of the bias. Where GIVES_SUMS, one of the workgroups along y, which have the
// same rows, computes them: another one for each x, as CPU drivers give each thread one run of
// workgroups, and all should have as much to do. The order of additions is that of
// reduce/reduce.comp for columns, so that sums which neither cuts have the same bits. Declared
// before: LANES, float row_operand(row, k), and the results depth_sums[]; and, where four rows from
// a multiple of four on can be read at once, vec4 row_operands(row, k), and FOUR_ROWS, which says
// whether they may be.
#extension GL_EXT_control_flow_attributes : require
#define DEPTH_SUM(VALUE, depth_sum, operand)                            \
  VALUE depth_sum(uint row, uint begin, uint end) {                     \
    VALUE total = VALUE(0);                                             \
    for (uint from = begin; from < end; from += 128) {                  \
      uint to = min(from + 128, end), k = from;                         \
      VALUE a = VALUE(0), b = VALUE(0), c = VALUE(0), d = VALUE(0);     \
      for (; k + 3 < to; k += 4) {                                      \
        a += operand(row, k);                                           \
        b += operand(row, k + 1);                                       \
        c += operand(row, k + 2);                                       \
        d += operand(row, k + 3);                                       \
      }                                                                 \
      for (; k < to; ++k) a += operand(row, k);                         \
      total += (a + b) + (c + d);                                       \
    }                                                                   \
    return total;                                                       \
  }
DEPTH_SUM(float, depth_sum, row_operand)
#ifdef FOUR_ROWS
DEPTH_SUM(vec4, four_depth_sums, row_operands)
#endif

bool gives_depth_sums() {
  return GIVES_SUMS && gl_WorkGroupID.y == gl_WorkGroupID.x % gl_NumWorkGroups.y;
}

// Rows first to first + count - 1 of `rows`; row 0's result is at `target`.
void give_depth_sums(uint first, uint count, uint rows, uint begin, uint end, uint target) {
  uint last = min(first + count, rows), lane_ = gl_LocalInvocationID.x;
#ifdef FOUR_ROWS
  if (FOUR_ROWS) {
    for (uint row = first + 4 * lane_; row < last; row += 4 * LANES) {
      vec4 sums_ = four_depth_sums(row, begin, end);
      [[unroll]] for (uint e = 0; e < 4; ++e) depth_sums[target + row + e] = sums_[e];
    }
    return;
  }
#endif
  for (uint row = first + lane_; row < last; row += LANES)
    depth_sums[target + row] = depth_sum(row, begin, end);
}
