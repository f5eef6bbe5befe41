// SPDX-License-Identifier: Apache-2.0
// The recurrent ops in plain loops, and their samples.
#include <algorithm>
#include <cmath>

#include "ops/recurrent/cell.h"

namespace lemnos {
namespace {

using Index = std::size_t;
Index index(std::int64_t i) { return static_cast<Index>(i); }

// Where the parts of a result begin.
std::vector<double*> parts_of(Values& out, std::span<const TensorType> types) {
  std::vector<double*> parts;
  for (Index i = 0; i < types.size(); ++i) parts.push_back(out.data() + pack_offset(types, i));
  return parts;
}

// The walk of one row: which place the turn-th of its valid steps has.
struct Walk {
  Index row, steps, length;
  bool reverse;
  Index place(Index turn) const { return row * steps + (reverse ? length - 1 - turn : turn); }
};

Walk walk_of(const Problem& p, std::span<const Values> in, Index row, Index steps) {
  const auto attrs = p.attrs.as<RecurrentAttrs>();
  const double all = static_cast<double>(steps);
  const double length = attrs.lengths != 0 ? std::clamp(in.back()[row], 0.0, all) : all;
  return {row, steps, static_cast<Index>(length), attrs.reverse != 0};
}

}  // namespace

void forward_reference(const Problem& p, std::span<const Values> in, Values& out,
                       const Cell& cell) {
  const auto attrs = p.attrs.as<RecurrentAttrs>();
  const Index steps = index(p.in(0)[1]), hidden = index(p.in(1)[1]), gates = index(cell.gates);
  const Values& w = in[1];
  const double* h0 = in[cell.apart ? 3 : 2].data();
  const double* c0 = cell.second_state ? in[3].data() : nullptr;
  const auto types = forward_parts(p, cell);
  std::ranges::fill(out, 0.0);
  const std::vector<double*> parts = parts_of(out, types);
  const Index last = cell.second_state ? 3 : 2;  // the first saved part
  std::vector<double> x(gates), sums(gates), saved(index(cell.saved));

  for (Index row = 0; row < index(p.in(0)[0]); ++row) {
    const Walk walk = walk_of(p, in, row, steps);
    Values h(h0 + row * hidden, h0 + (row + 1) * hidden), c(hidden);
    if (c0) std::copy_n(c0 + row * hidden, hidden, c.begin());
    for (Index turn = 0; turn < walk.length; ++turn) {
      const Index at = walk.place(turn);
      const Values before = h;
      for (Index u = 0; u < hidden; ++u) {
        for (Index g = 0; g < gates; ++g) {
          x[g] = in[0][(at * gates + g) * hidden + u];
          sums[g] = cell.apart ? in[2][g * hidden + u] : 0;
          for (Index k = 0; k < hidden; ++k)
            sums[g] += w[(g * hidden + u) * hidden + k] * before[k];
        }
        if (c0) parts[last + 2][at * hidden + u] = c[u];
        h[u] = cell.forward(attrs, x.data(), sums.data(), before[u], c[u], saved.data());
        parts[0][at * hidden + u] = h[u];
        for (Index i = 0; i < saved.size(); ++i)
          parts[last][(at * saved.size() + i) * hidden + u] = saved[i];
        parts[last + 1][at * hidden + u] = before[u];
      }
    }
    std::ranges::copy(h, parts[1] + row * hidden);
    if (c0) std::ranges::copy(c, parts[2] + row * hidden);
  }
}

void backward_reference(const Problem& p, std::span<const Values> in, Values& out,
                        const Cell& cell) {
  const auto attrs = p.attrs.as<RecurrentAttrs>();
  const Index steps = index(p.in(1)[1]), hidden = index(p.in(0)[1]), gates = index(cell.gates);
  const Values& w = in[0];
  const auto types = backward_parts(p, cell);
  std::ranges::fill(out, 0.0);
  const std::vector<double*> parts = parts_of(out, types);
  const Index last = cell.apart ? 2 : 1;  // dh0
  std::vector<double> dx(gates), dsums(gates), saved(index(cell.saved));

  for (Index row = 0; row < index(p.in(1)[0]); ++row) {
    const Walk walk = walk_of(p, in, row, steps);
    const auto row_of = [&](const Values& values) {
      const auto first = values.begin() + static_cast<std::ptrdiff_t>(row * hidden);
      return Values(first, first + static_cast<std::ptrdiff_t>(hidden));
    };
    Values dh = row_of(in[4]), dc = cell.second_state ? row_of(in[5]) : Values(hidden);
    for (Index turn = walk.length; turn-- > 0;) {
      const Index at = walk.place(turn);
      Values next(hidden);
      for (Index u = 0; u < hidden; ++u) {
        for (Index i = 0; i < saved.size(); ++i)
          saved[i] = in[1][(at * saved.size() + i) * hidden + u];
        next[u] += cell.backward(attrs, saved.data(), in[2][at * hidden + u],
                                 dh[u] + in[3][at * hidden + u], dc[u], dx.data(), dsums.data());
        for (Index g = 0; g < gates; ++g) {
          parts[0][(at * gates + g) * hidden + u] = dx[g];
          if (cell.apart) parts[1][(at * gates + g) * hidden + u] = dsums[g];
          for (Index k = 0; k < hidden; ++k) next[k] += dsums[g] * w[(g * hidden + u) * hidden + k];
        }
      }
      dh = next;
    }
    std::ranges::copy(dh, parts[last] + row * hidden);
    if (cell.second_state) std::ranges::copy(dc, parts[last + 1] + row * hidden);
  }
}

namespace {

struct Size {
  std::int64_t rows, steps, hidden;
  bool lengths = false, reverse = false;
  bool gradient = true, relu = false;
};

// Beyond the usual: several row blocks and panels, more steps than one dispatch may loop over, and
// a w so large that each step is a dispatch.
constexpr Size sizes[] = {
    {.rows = 1, .steps = 1, .hidden = 1},
    {.rows = 3, .steps = 5, .hidden = 7, .relu = true},
    {.rows = 2, .steps = 3, .hidden = 8, .reverse = true},
    {.rows = 5, .steps = 4, .hidden = 2, .lengths = true},
    {.rows = 4, .steps = 5, .hidden = 3, .lengths = true, .reverse = true},
    {.rows = 19, .steps = 1, .hidden = 5, .gradient = false},
    {.rows = 37, .steps = 6, .hidden = 100, .lengths = true, .gradient = false},
    {.rows = 9, .steps = 3, .hidden = 67, .lengths = true, .reverse = true, .gradient = false},
    {.rows = 2, .steps = 9500, .hidden = 7, .gradient = false},
    {.rows = 3, .steps = 2, .hidden = 521, .lengths = true, .gradient = false},
};

Sample sample_of(const Size& size, std::vector<SampleInput> inputs) {
  if (size.lengths)  // none, some, all, and beyond both
    inputs.push_back({.shape = {size.rows},
                      .dtype = DType::i32,
                      .low = -1,
                      .high = static_cast<double>(size.steps + 1)});
  return {.inputs = std::move(inputs),
          .attrs = RecurrentAttrs{size.reverse, size.lengths, size.relu},
          .gradient = size.gradient};
}

// As layers draw them: larger ones make chaos, where no two roundings agree for long.
SampleInput weights(const Cell& cell, std::int64_t hidden) {
  const double bound = 1 / std::sqrt(static_cast<double>(hidden));
  return {.shape = {cell.gates * hidden, hidden}, .low = -bound, .high = bound};
}

}  // namespace

std::vector<Sample> forward_samples(const Cell& cell) {
  std::vector<Sample> samples;
  for (const Size& s : sizes) {
    std::vector<SampleInput> inputs{{.shape = {s.rows, s.steps, cell.gates * s.hidden}},
                                    weights(cell, s.hidden)};
    if (cell.apart) inputs.push_back({.shape = {cell.gates * s.hidden}});
    for (int i = 0; i < (cell.second_state ? 2 : 1); ++i)
      inputs.push_back({.shape = {s.rows, s.hidden}});
    samples.push_back(sample_of(s, std::move(inputs)));
  }
  return samples;
}

std::vector<Sample> backward_samples(const Cell& cell) {
  std::vector<Sample> samples;
  for (const Size& s : sizes) {
    const Shape sequence{s.rows, s.steps, s.hidden}, state{s.rows, s.hidden};
    std::vector<SampleInput> inputs{
        weights(cell, s.hidden),
        {.shape = {s.rows, s.steps, cell.saved, s.hidden}, .low = 0, .high = 1},
        {.shape = sequence},
        {.shape = sequence},
        {.shape = state}};
    if (cell.second_state) inputs.push_back({.shape = state});
    samples.push_back(sample_of(s, std::move(inputs)));
  }
  return samples;
}

}  // namespace lemnos
