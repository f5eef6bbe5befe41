// SPDX-License-Identifier: Apache-2.0
#include "nn/insight/latent_space.h"

namespace lemnos {

LatentSpace::LatentSpace(const Task& task, const data::Dataset& dataset, std::int64_t images,
                         const First& first)
    : latent_(task.latent()),
      encodes_(task.encodes()),
      rows_(HeldOutRows::of(dataset, images)),
      encode_([&task, first](const Tensor& x) {
        first();
        return std::vector{task.features(x)};
      }),
      decode_([&task, first](const Tensor& z) {
        first();
        return std::vector{task.decode(z)};
      }) {
  if (!possible(task)) fail_usage("this model makes no images of codes");
  if (dataset.task == data::Task::classes) classes_ = dataset.class_names;
}

LatentLook LatentSpace::look() {
  LatentLook look;
  if (encodes_) {
    look.codes = encode_.of(rows_.inputs)[0];
    if (!classes_.empty() && rows_.targets.dtype == DType::u32 && !rows_.targets.empty()) {
      const auto labels = rows_.targets.as<std::uint32_t>();
      look.labels.assign(labels.begin(), labels.end());
      look.classes = classes_;
    }
  }
  look.axes = principal_axes(encodes_ ? look.codes.as<float>() : std::span<const float>(),
                             static_cast<std::size_t>(latent_));
  return look;
}

data::Array LatentSpace::decode(std::span<const float> z) {
  const std::int64_t count = std::ssize(z) / latent_;
  if (count < 1 || count * latent_ != std::ssize(z))
    fail_usage("decode: {} numbers are no codes of {}", z.size(), latent_);
  return decode_.of(data::Array::of<float>({count, latent_}, z))[0];
}

std::vector<float> between(std::span<const float> a, std::span<const float> b, double part) {
  check(a.size() == b.size(), "between: codes of {} and {} numbers", a.size(), b.size());
  std::vector<float> z(a.size());
  for (std::size_t i = 0; i < z.size(); ++i)
    z[i] = static_cast<float>((1 - part) * a[i] + part * b[i]);
  return z;
}

}  // namespace lemnos
