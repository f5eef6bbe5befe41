// SPDX-License-Identifier: Apache-2.0
#include "data/datasets/cifar.h"

#include <algorithm>
#include <sstream>

#include "data/datasets/folder.h"
#include "data/formats/bytes.h"
#include "runtime/base/os.h"

namespace lemnos::data {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t side = 32, plane = side * side, channels = 3;

struct Layout {
  std::vector<const char*> train;
  const char* test;
  const char* names;
  std::size_t classes;
  std::size_t label_bytes;  // before the pixels; the last one is the label
};
const Layout cifar10{{"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin",
                      "data_batch_4.bin", "data_batch_5.bin"},
                     "test_batch.bin",
                     "batches.meta.txt",
                     10,
                     1};
const Layout cifar100{{"train.bin"}, "test.bin", "fine_label_names.txt", 100, 2};

std::vector<std::string> class_names(const fs::path& path, const Layout& layout) {
  std::istringstream lines(os::read_text(path));
  std::vector<std::string> names;
  for (std::string line; std::getline(lines, line);) {
    if (line.ends_with('\r')) line.pop_back();
    if (!line.empty()) names.push_back(line);
  }
  if (names.size() != layout.classes)
    fail("{}: {} names of classes, expected {}, one in each line", path.string(), names.size(),
         layout.classes);
  return names;
}

// A record is its labels, then all red, all green and all blue pixels.
void add_records(const fs::path& path, const Layout& layout, std::vector<std::byte>& pixels,
                 std::vector<std::uint32_t>& labels) {
  const std::vector<std::byte> bytes = os::read_file(path);
  const std::size_t size = layout.label_bytes + channels * plane;
  if (bytes.empty() || bytes.size() % size != 0)
    fail("{}: {} bytes are not whole images of {} bytes each; the file is damaged or cut off",
         path.string(), bytes.size(), size);
  for (std::size_t at = 0; at < bytes.size(); at += size) {
    const auto record = Bytes(bytes).subspan(at, size);
    const auto label = std::to_integer<std::uint32_t>(record[layout.label_bytes - 1]);
    if (label >= layout.classes)
      fail("{}: the label of image {} is {}, expected 0 to {}", path.string(), at / size, label,
           layout.classes - 1);
    labels.push_back(label);
    const auto planes = record.subspan(layout.label_bytes);
    for (std::size_t i = 0; i < plane; ++i)
      for (std::size_t c = 0; c < channels; ++c) pixels.push_back(planes[c * plane + i]);
  }
}

Split read_split(const fs::path& folder, const Layout& layout,
                 const std::vector<const char*>& files) {
  std::vector<std::byte> pixels;
  std::vector<std::uint32_t> labels;
  for (const char* file : files) add_records(folder / file, layout, pixels, labels);
  const auto rows = static_cast<std::int64_t>(labels.size());
  return {.inputs = {DType::u8, Shape{rows, side, side, channels}, std::move(pixels)},
          .targets = Array::of<std::uint32_t>(Shape{rows}, labels)};
}

}  // namespace

bool is_cifar_folder(const fs::path& folder) {
  return is_file(folder / cifar10.train[0]) || is_file(folder / cifar100.train[0]);
}

Dataset cifar_folder(const fs::path& folder) {
  const Layout& layout = is_file(folder / cifar100.train[0]) ? cifar100 : cifar10;
  Dataset dataset;
  dataset.name = fmt::format("cifar{}", layout.classes);
  dataset.task = Task::classes;
  dataset.class_names = class_names(folder / layout.names, layout);
  dataset.train = read_split(folder, layout, layout.train);
  dataset.test = read_split(folder, layout, {layout.test});
  return dataset;
}

}  // namespace lemnos::data
