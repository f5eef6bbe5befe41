// SPDX-License-Identifier: Apache-2.0
// How weights, their gradients and the layers' results are spread, and how far an update moves the
// weights. Made once, asked between training steps: nothing is compiled after the first look, the
// weights are those of now, and looking changes nothing.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "nn/compile.h"
#include "nn/insight/value_statistics.h"
#include "nn/train/task.h"

namespace lemnos {

struct ParameterStatistics {
  std::string name;  // "conv1.weight"
  ValueStatistics weights, gradients;
};
struct ActivationStatistics {
  std::string name;  // of the layer: "conv1"; "linear 3" where its parameters have no name
  std::string kind;  // "conv2d"
  ValueStatistics values;
};
struct LayersLook {
  std::vector<ParameterStatistics> parameters;
  std::vector<ActivationStatistics>
      activations;  // in the order computed, each layer's first result
};

class LayerStatistics {
 public:
  // Tensors with more elements are looked at by so many of them: `pieces` whole pieces, evenly
  // spread. Their norms are of all.
  static constexpr std::int64_t most_elements = 65536, pieces = 16;

  // trained: parameters of the task, whose gradients are looked at too (Run::trained). Gradients
  // are those of each part's own loss (Task::parts) on up to `rows` rows of the split, evenly
  // spread, always the same ones with the same random numbers. The model is recorded as it is
  // evaluated: without dropout, norms by their running statistics.
  LayerStatistics(const Task& task, std::vector<Parameter> trained, const data::Split& split,
                  std::int64_t rows = 32);
  LayerStatistics(const LayerStatistics&) = delete;
  LayerStatistics& operator=(const LayerStatistics&) = delete;

  LayersLook look();

 private:
  std::vector<Tensor> record(const Tensor& inputs, const Tensor& targets);
  std::vector<Tensor> gradients(const Tensor& inputs, const Tensor& targets) const;
  std::string layer_name(const Tensor& parameter, std::string_view kind) const;

  const Task& task_;
  std::vector<Parameter> trained_;
  data::Array inputs_, targets_;
  struct Layer {
    std::string name, kind;
  };
  std::vector<Layer> layers_;
  std::vector<std::int64_t> elements_;  // of all that is returned
  CompiledFunction function_;
};

// |new - old| / |old| of each parameter, in L2 norms: about 1e-3 for an update of a network that
// learns well. A parameter that was all zeros has moved infinitely far, or by 0.
class UpdateRatios {
 public:
  explicit UpdateRatios(std::vector<Parameter> parameters);  // after the optimizer was made
  UpdateRatios(const UpdateRatios&) = delete;
  UpdateRatios& operator=(const UpdateRatios&) = delete;

  void before();  // keeps a copy of the weights on the device
  std::vector<double> after();

 private:
  std::vector<Parameter> parameters_;
  std::vector<Tensor> kept_;
  CompiledFunction keep_, compare_;
};

}  // namespace lemnos
