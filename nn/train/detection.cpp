// SPDX-License-Identifier: Apache-2.0
#include <numeric>

#include "nn/train/detections.h"
#include "nn/train/task.h"
#include "runtime/graph/trace.h"

namespace lemnos {
namespace {

// Judged are all that are not next to impossible: they cost precision only behind those surer.
constexpr double judged_from = 0.01;

std::span<const float> row_of(const data::Array& array, std::int64_t row) {
  const std::size_t width = array.row_bytes() / sizeof(float);
  return array.as<float>().subspan(static_cast<std::size_t>(row) * width, width);
}

class DetectionTask : public Task {
 public:
  DetectionTask(std::vector<Parameter> parameters, DetectionNetwork network)
      : Task(std::move(parameters)), network_(std::move(network)) {}

  Tensor loss(const Tensor& inputs, const Tensor& targets) const override {
    return terms(network_.forward(normalized(inputs)), targets);
  }
  Tensor evaluate(const Tensor& inputs, const Tensor& targets) const override {
    const Tensor said = network_.forward(normalized(inputs));
    observe("loss", terms(said, targets));
    return network_.found(said);
  }
  Metrics metrics(std::span<const double> means, const data::Array& rows,
                  const data::Split& split) const override {
    std::vector<JudgedImage> images;
    for (std::int64_t row = 0; row < rows.rows(); ++row)
      images.push_back(judged(rows, split, row, judged_from, Labels::all));
    Metrics metrics{.values = detection_metrics(images, network_.classes)};
    for (std::size_t i = 0; i < means.size(); ++i) metrics.values.push_back({names_[i], means[i]});
    return metrics;
  }
  Watched watched() const override { return {"map50", true}; }

  bool detects() const override { return true; }
  Tensor detect(const Tensor& inputs) const override {
    return network_.found(network_.forward(normalized(inputs)));
  }
  data::Array pictures(const data::Array& rows, const data::Split& split,
                       std::int64_t count) const override {
    std::vector<std::uint32_t> first(static_cast<std::size_t>(std::min(count, rows.rows())));
    std::iota(first.begin(), first.end(), 0u);
    std::vector<JudgedImage> images;
    for (const std::uint32_t row : first)
      images.push_back(judged(rows, split, row, shown_from, Labels::surest));
    return framed(split.inputs.take(first), images);
  }

 private:
  Tensor terms(const Tensor& said, const Tensor& targets) const {
    const auto [loss, objectness, box, label] = network_.loss(said, targets);
    observe(names_[0], objectness);
    observe(names_[1], box);
    observe(names_[2], label);
    return loss;
  }
  JudgedImage judged(const data::Array& rows, const data::Split& split, std::int64_t row,
                     double least, Labels labels) const {
    return {detections_of(row_of(rows, row), network_.classes, least, labels),
            true_boxes(row_of(split.targets, row))};
  }

  static constexpr const char* names_[] = {"objectness", "box", "label", "loss"};
  DetectionNetwork network_;
};

}  // namespace

std::unique_ptr<Task> detection(std::vector<Parameter> parameters, DetectionNetwork network) {
  return std::make_unique<DetectionTask>(std::move(parameters), std::move(network));
}

}  // namespace lemnos
