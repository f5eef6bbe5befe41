// SPDX-License-Identifier: Apache-2.0
// Beside a product whose row operand is [depth, rows], that operand's sums over the depth: of dW =
// dY^T X the gradient of the bias. The last workgroups along y compute them, where GIVES_SUMS. The
// order of additions is that of reduce/reduce.comp for columns, so that sums which neither cuts
// have the same bits. Declared before: LANES, float row_operand(row, k), and the results
// depth_sums[].
float depth_sum(uint row, uint begin, uint end) {
  float total = 0;
  for (uint from = begin; from < end; from += 128) {
    uint to = min(from + 128, end), k = from;
    float a = 0, b = 0, c = 0, d = 0;
    for (; k + 3 < to; k += 4) {
      a += row_operand(row, k);
      b += row_operand(row, k + 1);
      c += row_operand(row, k + 2);
      d += row_operand(row, k + 3);
    }
    for (; k < to; ++k) a += row_operand(row, k);
    total += (a + b) + (c + d);
  }
  return total;
}

bool is_for_sums() { return GIVES_SUMS && gl_WorkGroupID.y == gl_NumWorkGroups.y - 1; }

// Rows first to first + count - 1 of `rows`; row 0's result is at `target`.
void give_depth_sums(uint first, uint count, uint rows, uint begin, uint end, uint target) {
  for (uint row = first + gl_LocalInvocationID.x; row < min(first + count, rows); row += LANES)
    depth_sums[target + row] = depth_sum(row, begin, end);
}
