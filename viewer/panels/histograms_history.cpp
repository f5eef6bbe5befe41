// SPDX-License-Identifier: Apache-2.0
#include "viewer/panels/histograms_history.h"

#include <optional>

namespace lemnos::viewer {
namespace {

template <class Moment>
LayerSeries<Moment>& named(std::vector<LayerSeries<Moment>>& all, std::size_t index,
                           const std::string& name, const std::string& kind = "") {
  if (index >= all.size()) all.push_back({name, kind, {}});
  return all[index];
}

// In the place of that of step `not_kept`, if there is one.
template <class Moment>
void put(std::vector<Moment>& moments, Moment moment, std::optional<std::uint64_t> not_kept) {
  if (not_kept && !moments.empty() && moments.back().step == *not_kept) moments.pop_back();
  moments.push_back(std::move(moment));
}

template <class Moment>
void thin(std::vector<LayerSeries<Moment>>& all) {
  for (auto& series : all) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < series.moments.size(); i += 2)
      series.moments[kept++] = std::move(series.moments[i]);
    series.moments.resize(kept);
  }
}

}  // namespace

void HistogramsHistory::add(std::uint64_t step, const LayersLook& look,
                            const std::vector<double>& ratios) {
  std::optional<std::uint64_t> not_kept;
  if (added_ > 0 && (added_ - 1) % every_ != 0) not_kept = last_;
  last_ = step;
  for (std::size_t i = 0; i < look.parameters.size(); ++i) {
    const ParameterStatistics& each = look.parameters[i];
    put(named(weights, i, each.name).moments, {step, each.weights}, not_kept);
    put(named(gradients, i, each.name).moments, {step, each.gradients}, not_kept);
    if (i < ratios.size()) put(named(updates, i, each.name).moments, {step, ratios[i]}, not_kept);
  }
  for (std::size_t i = 0; i < look.activations.size(); ++i) {
    const ActivationStatistics& each = look.activations[i];
    put(named(activations, i, each.name, each.kind).moments, {step, each.values}, not_kept);
  }
  ++added_;
  // Those kept are every `every_`-th from the first on, and that just added is one of them.
  if (weights.empty() || weights[0].moments.size() <= most_ || (added_ - 1) % every_ != 0) return;
  thin(weights);
  thin(gradients);
  thin(activations);
  thin(updates);
  every_ *= 2;
}

void HistogramsHistory::clear() { *this = HistogramsHistory(most_); }

}  // namespace lemnos::viewer
