// SPDX-License-Identifier: Apache-2.0
// The image files of a folder as rows of one array.
#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "data/array.h"
#include "data/datasets/image_folder.h"
#include "runtime/base/progress.h"

namespace lemnos::data {

// A folder's .png, .jpg and .jpeg files; it is said how many others there are. Fails where a folder
// is among them.
std::vector<std::filesystem::path> image_files(const std::filesystem::path& folder);

// Images of one size, made so or found so; their channels may differ until they are put together.
class ImageReader {
 public:
  ImageReader(const std::filesystem::path& folder, const ImageOptions& options, std::size_t files);

  // Fails naming the file where it cannot be read, and two where sizes differ.
  void add(const std::filesystem::path& path);
  // Those added from `first` on, u8 [count, H, W, C]. Each can be taken once.
  Array take(std::size_t first, std::size_t count);

 private:
  const ImageOptions& options_;
  Progress progress_;
  std::filesystem::path first_;
  Shape shape_;
  std::int64_t channels_ = 1;
  std::vector<Array> images_;
};

}  // namespace lemnos::data
