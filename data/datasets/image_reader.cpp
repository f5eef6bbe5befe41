// SPDX-License-Identifier: Apache-2.0
#include "data/datasets/image_reader.h"

#include <algorithm>
#include <utility>

#include "data/datasets/folder.h"
#include "data/formats/image.h"
#include "data/resize.h"
#include "runtime/base/log.h"

namespace lemnos::data {

namespace fs = std::filesystem;

std::vector<fs::path> image_files(const fs::path& folder) {
  std::vector<fs::path> images, others;
  for (const fs::path& path : entries(folder)) {
    if (is_folder(path))
      fail(
          "{}: a folder where images are expected; images lie in DIR, DIR/CLASS or "
          "DIR/train/CLASS",
          path.string());
    (has_image_name(path) ? images : others).push_back(path);
  }
  if (!others.empty())
    log::info("{}: passed over {} files that are not called .png, .jpg or .jpeg; the first is {}",
              folder.string(), others.size(), others.front().filename().string());
  return images;
}

ImageReader::ImageReader(const fs::path& folder, const ImageOptions& options, std::size_t files)
    : options_(options), progress_(fmt::format("reading {}", folder.string()), files) {}

void ImageReader::add(const fs::path& path) {
  Array image = read_image(path, Channels::opaque);
  if (options_.size) {
    image = resized(image, options_.size->height, options_.size->width);
  } else if (first_.empty()) {
    first_ = path;
    shape_ = image.shape;
  } else if (image.shape.without(2) != shape_.without(2)) {
    fail(
        "{} has {} x {} pixels, {} has {} x {}: all images must be of one size; --size makes "
        "them so",
        first_.string(), shape_[1], shape_[0], path.string(), image.shape[1], image.shape[0]);
  }
  channels_ = std::max(channels_, image.shape[2]);
  images_.push_back(std::move(image));
  progress_.advance();
}

// An image's own memory goes as soon as it is copied.
Array ImageReader::take(std::size_t first, std::size_t count) {
  Array all{.dtype = DType::u8};
  for (std::size_t i = first; i < first + count; ++i) {
    const Array image =
        with_channels(std::exchange(images_[i], {}), static_cast<Channels>(channels_));
    if (i == first) {
      all.shape = image.shape.inserted(0, static_cast<std::int64_t>(count));
      all.bytes.reserve(count * image.bytes.size());
    }
    all.bytes.insert(all.bytes.end(), image.bytes.begin(), image.bytes.end());
  }
  return all;
}

}  // namespace lemnos::data
