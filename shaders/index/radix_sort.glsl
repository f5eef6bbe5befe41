// SPDX-License-Identifier: Apache-2.0
// A stable radix sort of (key, value) pairs by 4-bit digits, in one workgroup: every lane owns a
// run of pairs, counts its digits, learns from a prefix sum over [digit][lane] where its own begin,
// and places them. Pairs are read BATCH at a time, so that a lane waits for memory once for all.
// The includer says what is sorted: uvec2 fresh_pair(uint i).
#extension GL_EXT_control_flow_attributes : require

const uint LANES = 128, DIGITS = 16, BATCH = 8;
layout(local_size_x = 128) in;

// From `base` on: the sorted pairs, then as many that are scratch.
layout(binding = 1) coherent buffer Pairs { uvec2 pairs[]; };

shared uint starts[DIGITS * LANES];
shared uint sums[LANES];

uint lane = gl_LocalInvocationID.x;
uvec2 batch[BATCH];

uvec2 fresh_pair(uint i);

// Pairs from..end of the lane's run: unsorted ones, or those of the half that begins at `source`.
void load(uint from, uint end, uint source, bool fresh) {
  [[unroll]] for (uint k = 0; k < BATCH; ++k) {
    uint i = min(from + k, end - 1);
    batch[k] = fresh ? fresh_pair(i) : pairs[source + i];
  }
}

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

// Sorts by the lowest 4 * passes bits of the keys; passes > 0.
void sort_pairs(uint base, uint count, uint passes) {
  uint run = (count + LANES - 1) / LANES;
  uint begin = min(lane * run, count), end = min(begin + run, count);
  // The halves change places with every pass; the last one must write the first half.
  uint source = base + (passes % 2 == 0 ? 0 : count);
  for (uint pass = 0; pass < passes; ++pass) {
    uint target = 2 * base + count - source, shift = 4 * pass;
    for (uint digit = 0; digit < DIGITS; ++digit) starts[digit * LANES + lane] = 0;
    for (uint from = begin; from < end; from += BATCH) {
      load(from, end, source, pass == 0);
      [[unroll]] for (uint k = 0; k < BATCH; ++k)
        if (from + k < end) ++starts[(batch[k].x >> shift & 15u) * LANES + lane];
    }
    barrier();
    prefix_sum();
    for (uint from = begin; from < end; from += BATCH) {
      load(from, end, source, pass == 0);
      [[unroll]] for (uint k = 0; k < BATCH; ++k) {
        if (from + k >= end) break;
        uint slot = (batch[k].x >> shift & 15u) * LANES + lane;
        pairs[target + starts[slot]] = batch[k];
        ++starts[slot];
      }
    }
    memoryBarrierBuffer();
    barrier();
    source = target;
  }
}
