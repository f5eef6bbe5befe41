// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "data/formats/image.h"
#include "nn/train/observer.h"
#include "runtime/base/os.h"

namespace lemnos {
namespace {

class PngObserver : public Observer {
 public:
  explicit PngObserver(std::filesystem::path folder) : folder_(std::move(folder)) {}

  void on_samples(const Moment& moment, const data::Array& images) override {
    os::make_folder(folder_);
    const double side = std::ceil(std::sqrt(static_cast<double>(images.rows())));
    data::write_grid(folder_ / fmt::format("step-{:06}.png", moment.step), images,
                     std::max<std::int64_t>(1, static_cast<std::int64_t>(side)));
  }

 private:
  std::filesystem::path folder_;
};

}  // namespace

std::shared_ptr<Observer> png_observer(std::filesystem::path folder) {
  return std::make_shared<PngObserver>(std::move(folder));
}

}  // namespace lemnos
