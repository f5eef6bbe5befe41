// SPDX-License-Identifier: Apache-2.0
// order = the positions first .. first + count of `indices`, sorted by index; equal indices keep
// their order, so sums over them have one order too. A stable radix sort by 4-bit digits in one
// workgroup: every lane owns a run of positions, counts its digits, learns from a prefix sum over
// [digit][lane] where its own begin, and places them. Not an archetype: nothing else sorts.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "index/scatter_params.h"

const uint LANES = 128, DIGITS = 16;
layout(local_size_x = 128) in;

layout(binding = 0) readonly buffer Indices { uint indices[]; };
layout(binding = 1) coherent buffer Order { uint order[]; };  // two halves; the result is the first

shared uint starts[DIGITS * LANES];
shared uint sums[LANES];

uint lane = gl_LocalInvocationID.x;

// Indices outside the table come last.
uint key_of(uint position) { return min(indices[position], params.table_rows); }

// Makes starts[] the sum of all that come before: each lane adds its own sixteen, then the lanes'
// totals are added up by doubling steps.
void prefix_sum() {
  uint total = 0;
  for (uint i = 0; i < DIGITS; ++i) total += starts[lane * DIGITS + i];
  sums[lane] = total;
  barrier();
  for (uint distance = 1; distance < LANES; distance *= 2) {
    uint before = lane >= distance ? sums[lane - distance] : 0;
    barrier();
    sums[lane] += before;
    barrier();
  }
  uint running = sums[lane] - total;
  for (uint i = 0; i < DIGITS; ++i) {
    uint own = starts[lane * DIGITS + i];
    starts[lane * DIGITS + i] = running;
    running += own;
  }
  barrier();
}

void main() {
  uint count = params.count, first = params.first, passes = params.passes;
  uint run = (count + LANES - 1) / LANES;
  uint begin = min(lane * run, count), end = min(begin + run, count);
  // The two halves change places with every pass; the last one must write the first half.
  uint source = passes % 2 == 0 ? 0 : count;
  for (uint i = begin; i < end; ++i) order[source + i] = first + i;
  memoryBarrierBuffer();
  barrier();
  for (uint pass = 0; pass < passes; ++pass) {
    uint target = count - source, shift = 4 * pass;
    for (uint digit = 0; digit < DIGITS; ++digit) starts[digit * LANES + lane] = 0;
    for (uint i = begin; i < end; ++i)
      ++starts[(key_of(order[source + i]) >> shift & 15u) * LANES + lane];
    barrier();
    prefix_sum();
    for (uint i = begin; i < end; ++i) {
      uint position = order[source + i];
      uint slot = (key_of(position) >> shift & 15u) * LANES + lane;
      order[target + starts[slot]] = position;
      ++starts[slot];
    }
    memoryBarrierBuffer();
    barrier();
    source = target;
  }
}
