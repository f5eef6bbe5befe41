// SPDX-License-Identifier: Apache-2.0
#include "data/datasets/mnist.h"

#include <algorithm>

#include "data/datasets/folder.h"
#include "data/formats/idx.h"

namespace lemnos::data {
namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t class_count = 10;

const std::vector<std::string> digit_names = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};
const std::vector<std::string> clothes_names = {"T-shirt/top", "Trouser",   "Pullover", "Dress",
                                                "Coat",        "Sandal",    "Shirt",    "Sneaker",
                                                "Bag",         "Ankle boot"};

// part: "train-images", kind: "idx3-ubyte".
fs::path find_file(const fs::path& folder, const std::string& part, const std::string& kind) {
  for (const char* separator : {"-", "."})
    for (const char* ending : {"", ".gz"}) {
      const fs::path path = folder / (part + separator + kind + ending);
      std::error_code ignored;
      if (fs::exists(path, ignored)) return path;
    }
  fail(
      "{}: there is no {}-{} or {}.{}, plain or with .gz; the folder must hold the four files "
      "train-images, train-labels, t10k-images and t10k-labels",
      folder.string(), part, kind, part, kind);
}

Array read_images(const fs::path& path) {
  Array images = read_idx(path);
  const Shape& shape = images.shape;
  if (images.dtype != DType::u8 || shape.rank() != 3)
    fail("{}: expected images, u8 [N, H, W], found {} {}", path.string(), name_of(images.dtype),
         shape);
  return std::move(images).reshaped(shape.inserted(3, 1));
}

Array read_labels(const fs::path& path, std::int64_t images) {
  const Array bytes = read_idx(path);
  if (bytes.dtype != DType::u8 || bytes.shape.rank() != 1)
    fail("{}: expected labels, u8 [N], found {} {}", path.string(), name_of(bytes.dtype),
         bytes.shape);
  if (bytes.rows() != images)
    fail("{}: {} labels for {} images; the files do not belong together", path.string(),
         bytes.rows(), images);
  const auto values = bytes.as<std::uint8_t>();
  const auto wrong = std::ranges::find_if(values, [](auto label) { return label >= class_count; });
  if (wrong != values.end())
    fail("{}: label {} is {}, expected 0 to {}", path.string(), wrong - values.begin(), *wrong,
         class_count - 1);
  Array labels = Array::zeros(DType::u32, bytes.shape);
  std::ranges::copy(values, labels.as<std::uint32_t>().begin());
  return labels;
}

Split read_split(const fs::path& folder, const std::string& part) {
  Split split;
  split.inputs = read_images(find_file(folder, part + "-images", "idx3-ubyte"));
  split.targets = read_labels(find_file(folder, part + "-labels", "idx1-ubyte"), split.rows());
  return split;
}

Dataset read_folder(const fs::path& folder, std::string name,
                    const std::vector<std::string>& class_names) {
  if (!is_folder(folder)) fail("{}: there is no such folder", folder.string());
  Dataset dataset;
  dataset.name = std::move(name);
  dataset.task = Task::classes;
  dataset.class_names = class_names;
  dataset.train = read_split(folder, "train");
  dataset.test = read_split(folder, "t10k");
  const Shape& train = dataset.train.inputs.shape;
  const Shape& test = dataset.test.inputs.shape;
  if (train.without(0) != test.without(0))
    fail("{}: the training images are {}, the test images {}; their sizes must agree",
         folder.string(), train, test);
  return dataset;
}

}  // namespace

Dataset mnist_folder(const fs::path& folder) {
  const fs::path plain = folder.has_filename() ? folder : folder.parent_path();  // "x/" is "x"
  const std::string name = plain.filename().string();
  const bool clothes = name.find("fashion") != std::string::npos;
  return read_folder(folder, name, clothes ? clothes_names : digit_names);
}

Dataset fashion_mnist(const fs::path& folder) {
  const fs::path packaged = "/usr/share/datasets/fashion-mnist";
  if (folder.empty() && !is_folder(packaged))
    fail(
        "Fashion-MNIST is not installed: there is no folder {}; apt install dataset-fashion-mnist, "
        "or give a folder with its four files",
        packaged.string());
  return read_folder(folder.empty() ? packaged : folder, "fashion_mnist", clothes_names);
}

}  // namespace lemnos::data
