// SPDX-License-Identifier: Apache-2.0
// How the values of each layer were spread over a run, as far as a panel shows it: bounded.
#pragma once

#include <limits>
#include <string>
#include <vector>

#include "nn/insight/layer_statistics.h"

namespace lemnos::viewer {

struct SpreadMoment {
  std::uint64_t step = 0;
  ValueStatistics values;
};
struct RatioMoment {
  std::uint64_t step = 0;
  double ratio = 0;  // |new - old| / |old|
};

template <class Moment>
struct LayerSeries {
  std::string name, kind;  // kind: of activations
  std::vector<Moment> moments;
};

class HistogramsHistory {
 public:
  // So many moments are kept at most: beyond, every second goes, and of what comes after only every
  // second, fourth, ... stays. The newest is always there.
  explicit HistogramsHistory(std::size_t most = 200) : most_(most < 4 ? 4 : most / 2 * 2) {}

  // ratios: of an update at this step, as UpdateRatios has them; none where none was measured.
  void add(std::uint64_t step, const LayersLook& look, const std::vector<double>& ratios = {});
  void clear();

  std::vector<LayerSeries<SpreadMoment>> weights, gradients, activations;
  std::vector<LayerSeries<RatioMoment>> updates;

 private:
  std::size_t most_, every_ = 1, added_ = 0;  // `most_` is even
  std::uint64_t last_ = 0;                    // step added last
};

}  // namespace lemnos::viewer
