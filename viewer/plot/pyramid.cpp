// SPDX-License-Identifier: Apache-2.0
#include "viewer/plot/pyramid.h"

#include <algorithm>
#include <cmath>
#include <span>

namespace lemnos::viewer {
namespace {

constexpr std::size_t block = 16;  // values in a block of the lowest level
constexpr std::size_t fan = 8;     // blocks in one of the next level

template <class T>
Extremes extremes_of(std::span<const T> parts) {
  Extremes all;
  for (const T& part : parts) all.add(part);
  return all;
}

}  // namespace

void Extremes::add(double value) {
  if (!std::isfinite(value)) return;
  low = std::min(low, value);
  high = std::max(high, value);
  if (value > 0) positive = std::min(positive, value);
}

void Extremes::add(const Extremes& other) {
  low = std::min(low, other.low);
  high = std::max(high, other.high);
  positive = std::min(positive, other.positive);
}

void Pyramid::append(double value) {
  values_.push_back(value);
  if (values_.size() % block != 0) return;
  Extremes whole = extremes_of(std::span<const double>(values_).last(block));
  for (std::size_t level = 0;; ++level) {
    if (level == levels_.size()) levels_.emplace_back();
    levels_[level].push_back(whole);
    if (levels_[level].size() % fan != 0) return;
    whole = extremes_of(std::span<const Extremes>(levels_[level]).last(fan));
  }
}

void Pyramid::cut(std::size_t size) {
  values_.resize(std::min(size, values_.size()));
  std::size_t blocks = values_.size() / block;
  for (std::vector<Extremes>& level : levels_) {
    level.resize(blocks);
    blocks /= fan;
  }
}

Extremes Pyramid::range(std::size_t first, std::size_t last) const {
  last = std::min(last, values_.size());
  Extremes all;
  while (first < last && first % block != 0) all.add(values_[first++]);
  while (first < last && last % block != 0) all.add(values_[--last]);
  first /= block;
  last /= block;
  for (std::size_t level = 0; first < last; ++level) {
    const std::vector<Extremes>& blocks = levels_[level];
    const bool top = level + 1 == levels_.size();
    while (first < last && (top || first % fan != 0)) all.add(blocks[first++]);
    while (first < last && last % fan != 0) all.add(blocks[--last]);
    first /= fan;
    last /= fan;
  }
  return all;
}

}  // namespace lemnos::viewer
