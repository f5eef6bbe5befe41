// SPDX-License-Identifier: Apache-2.0
#include "nn/insight/layer_statistics.h"

#include <algorithm>
#include <cmath>

#include "nn/insight/spread.h"
#include "nn/tap.h"
#include "ops/pointwise/pointwise.h"
#include "ops/reduce/reduce.h"
#include "ops/shape/shape.h"
#include "runtime/autodiff/backward.h"

namespace lemnos {
namespace {

// Of a large tensor the first elements of each of `pieces` equal parts.
Tensor sample_of(const Tensor& tensor) {
  const std::int64_t elements = tensor.elements(), pieces = LayerStatistics::pieces;
  const Tensor flat = reshape(tensor, Shape{elements});
  if (elements <= LayerStatistics::most_elements) return flat;
  const std::int64_t part = elements / pieces;
  const Tensor parts = reshape(slice(flat, 0, 0, part * pieces), Shape{pieces, part});
  return reshape(slice(parts, 1, 0, LayerStatistics::most_elements / pieces), {-1});
}

Tensor as_f32(const Tensor& tensor) {
  return tensor.dtype() == DType::f32 ? tensor : cast(tensor, DType::f32);
}

bool same(const Tensor& a, const Tensor& b) { return a.state() && a.state() == b.state(); }

}  // namespace

LayerStatistics::LayerStatistics(const Task& task, std::vector<Parameter> trained,
                                 const data::Split& split, std::int64_t rows)
    : task_(task),
      trained_(std::move(trained)),
      function_(
          [this](std::span<const Tensor> x) {
            return record(x[0], x.size() > 1 ? x[1] : Tensor());
          },
          {.name = "layer statistics", .training = false}) {
  std::erase_if(trained_, [](const Parameter& each) { return !each.trained; });
  check(split.inputs.rows() > 0, "layer statistics: there are no rows to look at");
  const std::vector<std::uint32_t> some = spread_rows(split.inputs.rows(), rows);
  inputs_ = split.inputs.take(some);
  if (!split.targets.empty()) targets_ = split.targets.take(some);
}

std::vector<Tensor> LayerStatistics::gradients(const Tensor& inputs, const Tensor& targets) const {
  const std::vector<std::string> parts = task_.parts();
  std::vector<Tensor> found(trained_.size());
  task_.step(inputs, targets, [&](std::size_t part, const Tensor& loss) {
    std::vector<Tensor> tensors;
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < trained_.size(); ++i) {
      if (!parts[part].empty() && !trained_[i].name.starts_with(parts[part] + ".")) continue;
      tensors.push_back(trained_[i].tensor);
      places.push_back(i);
    }
    const std::vector<Tensor> gradients = grad(loss, tensors);
    for (std::size_t i = 0; i < places.size(); ++i) found[places[i]] = gradients[i];
  });
  return found;
}

// Of the parameter's name all but its last part.
std::string LayerStatistics::layer_name(const Tensor& parameter, std::string_view kind) const {
  for (const Parameter& each : task_.parameters())
    if (same(each.tensor, parameter) && each.name.rfind('.') != std::string::npos)
      return each.name.substr(0, each.name.rfind('.'));
  const auto before = std::ranges::count(layers_, kind, &Layer::kind);
  return fmt::format("{} {}", kind, before + 1);
}

std::vector<Tensor> LayerStatistics::record(const Tensor& inputs, const Tensor& targets) {
  layers_.clear();
  elements_.clear();
  std::vector<Tensor> results;
  const auto add = [&](const Tensor& tensor) {
    const Tensor values = as_f32(tensor);
    elements_.push_back(values.elements());
    results.push_back(sample_of(values));
    results.push_back(sum_squares(values));
  };
  const nn::Tap tap(nn::Tapped::activations);
  const std::vector<Tensor> slopes = gradients(inputs, targets);
  for (std::size_t i = 0; i < trained_.size(); ++i) {
    add(trained_[i].tensor);
    add(slopes[i]);
  }
  for (std::size_t i = 0; i < tap.taken().size(); ++i) {
    const auto& [kind, parameter] = tap.offerings()[i];
    const auto first = std::ranges::find_if(tap.offerings(), [&](const nn::Offering& other) {
      return same(other.parameter, parameter);
    });
    if (first - tap.offerings().begin() != static_cast<std::ptrdiff_t>(i)) continue;
    layers_.push_back({layer_name(parameter, kind), std::string(kind)});
    add(tap.taken()[i]);
  }
  return results;
}

LayersLook LayerStatistics::look() {
  std::vector<Feed> feeds{Feed(inputs_)};
  if (!targets_.empty()) feeds.emplace_back(targets_);
  const std::vector<Result> results = function_.call(feeds);
  std::size_t next = 0;
  const auto take = [&] {
    const std::size_t at = next++;
    return statistics_of(results[2 * at].values(), elements_[at],
                         double{results[2 * at + 1].item()});
  };
  LayersLook look;
  for (const Parameter& each : trained_) {
    ValueStatistics weights = take();
    look.parameters.push_back({each.name, std::move(weights), take()});
  }
  for (const auto& [name, kind] : layers_) look.activations.push_back({name, kind, take()});
  return look;
}

UpdateRatios::UpdateRatios(std::vector<Parameter> parameters)
    : parameters_(std::move(parameters)),
      keep_(
          [this](std::span<const Tensor>) {
            for (std::size_t i = 0; i < kept_.size(); ++i) assign(kept_[i], parameters_[i].tensor);
            return std::vector<Tensor>();
          },
          {.name = "keep weights", .training = false}),
      compare_(
          [this](std::span<const Tensor>) {
            std::vector<Tensor> squares;
            for (std::size_t i = 0; i < kept_.size(); ++i) {
              squares.push_back(sum_squares(parameters_[i].tensor - kept_[i]));
              squares.push_back(sum_squares(kept_[i]));
            }
            return squares;
          },
          {.name = "compare weights", .training = false}) {
  for (const auto& [name, tensor, trained] : parameters_) {
    auto storage = std::make_shared<Storage>("kept " + name, DType::f32, tensor.elements());
    kept_.emplace_back(
        std::make_shared<State>(State{"kept " + name, tensor.shape(), DType::f32, storage, 0}));
  }
}

void UpdateRatios::before() { keep_.call({}); }

std::vector<double> UpdateRatios::after() {
  const std::vector<Result> squares = compare_.call({});
  std::vector<double> ratios;
  for (std::size_t i = 0; i < squares.size(); i += 2) {
    const double moved = squares[i].item(), size = squares[i + 1].item();
    ratios.push_back(moved == 0 ? 0 : std::sqrt(moved / size));
  }
  return ratios;
}

}  // namespace lemnos
