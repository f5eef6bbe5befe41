// SPDX-License-Identifier: Apache-2.0
#include "nn/train/task.h"

#include "ops/random/random.h"
#include "runtime/base/error.h"
#include "runtime/graph/trace.h"

namespace lemnos {

void Task::step(const Tensor& inputs, const Tensor& targets, const Update& update) const {
  const Tensor value = loss(inputs, targets);
  update(0, value);
  observe("loss", value);
}
Tensor Task::loss(const Tensor&, const Tensor&) const { fail_usage("this model has no one loss"); }
void Task::smooth_labels(double part) {
  if (part > 0 && !has_classes())
    fail_usage("--label-smoothing is for models that tell classes or tokens apart");
  smoothing_ = part;
}
void Task::mix_up(double alpha) {
  if (alpha > 0) fail_usage("--mixup is for models that tell classes of images or numbers apart");
}
Tensor Task::predict(const Tensor&) const { fail_usage("this model has nothing to predict"); }
Tensor Task::features(const Tensor&) const { fail_usage("this model has no features"); }
Tensor Task::scores(const Tensor&) const { fail_usage("this model decides nothing"); }
Tensor Task::sample(std::int64_t count) const {
  if (latent() == 0) fail_usage("this model does not generate");
  return decode(normal(Shape{count, latent()}));
}
Tensor Task::decode(const Tensor&) const { fail_usage("this model makes no images of codes"); }
Tensor Task::detect(const Tensor&) const { fail_usage("this model does not detect"); }
data::Array Task::pictures(const data::Array&, const data::Split&, std::int64_t) const {
  return {};
}
std::vector<Tensor> Task::reconstruct(const Tensor&) const {
  fail_usage("this model does not reconstruct");
}

}  // namespace lemnos
