// SPDX-License-Identifier: Apache-2.0
#include "nn/train/detections.h"
#include "nn/train/task.h"
#include "runtime/graph/trace.h"

namespace lemnos {
namespace {

// Judged are all that are not next to impossible: they cost precision only behind those surer.
constexpr double judged_from = 0.01;

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
      images.push_back(judged(rows, split, row, judged_from));
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
    data::Array all;
    for (std::int64_t row = 0; row < std::min(count, rows.rows()); ++row) {
      const auto [found, truth] = judged(rows, split, row, shown_from);
      const auto at = static_cast<std::uint32_t>(row);
      const data::Array image = split.inputs.take({&at, 1});
      const data::Array picture = framed(image.reshaped(image.shape.without(0)), found, truth);
      all.dtype = picture.dtype;
      all.bytes.insert(all.bytes.end(), picture.bytes.begin(), picture.bytes.end());
      all.shape = picture.shape.inserted(0, row + 1);
    }
    return all;
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
                     double least) const {
    const auto values = [row](const data::Array& array) {
      const auto all = array.as<float>();
      const std::size_t width = all.size() / static_cast<std::size_t>(array.rows());
      return all.subspan(static_cast<std::size_t>(row) * width, width);
    };
    return {detections_of(values(rows), network_.classes, least),
            true_boxes(values(split.targets))};
  }

  static constexpr const char* names_[] = {"objectness", "box", "label", "loss"};
  DetectionNetwork network_;
};

}  // namespace

std::unique_ptr<Task> detection(std::vector<Parameter> parameters, DetectionNetwork network) {
  return std::make_unique<DetectionTask>(std::move(parameters), std::move(network));
}

}  // namespace lemnos
