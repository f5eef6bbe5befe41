// SPDX-License-Identifier: Apache-2.0
#include "data/datasets/box_folder.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <sstream>

#include "data/datasets/dataset.h"
#include "data/datasets/folder.h"
#include "data/datasets/image_reader.h"
#include "data/datasets/split.h"
#include "runtime/base/log.h"
#include "runtime/base/os.h"

namespace lemnos::data {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_boxes = 1000;
constexpr float most_classes = 10000;

using Thing = std::array<float, 5>;  // as in Task::boxes
struct Labelled {
  fs::path image;
  std::vector<Thing> things;
};

std::vector<std::string> lines_of(const fs::path& path) {
  std::istringstream text(os::read_text(path));
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line); lines.push_back(line))
    if (line.ends_with('\r')) line.pop_back();
  return lines;
}

Thing thing_of(const std::string& line, const std::string& where) {
  std::istringstream stream(line);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  Thing thing{};
  if (words.size() != thing.size())
    fail("{}: a line is class, x, y, width and height, five numbers, not '{}'", where,
         line.substr(0, 200));
  for (std::size_t i = 0; i < thing.size(); ++i) {
    const char* end = words[i].data() + words[i].size();
    const auto [at, error] = std::from_chars(words[i].data(), end, thing[i]);
    if (error != std::errc{} || at != end) fail("{}: '{}' is not a number", where, words[i]);
  }
  const auto& [label, x, y, width, height] = thing;
  if (!(label >= 0 && label < most_classes) || label != std::floor(label))
    fail("{}: a class is a number from 0 to {}, not {}", where, most_classes - 1, words[0]);
  if (!(x >= 0 && x <= 1 && y >= 0 && y <= 1 && width > 0 && width <= 1 && height > 0 &&
        height <= 1))
    fail("{}: a box is a centre and a size as parts of the image, 0 to 1, not {} {} {} {}", where,
         words[1], words[2], words[3], words[4]);
  return thing;
}

std::vector<Thing> things_of(const fs::path& path) {
  std::vector<Thing> things;
  std::size_t number = 0;
  for (const std::string& line : lines_of(path)) {
    ++number;
    if (line.find_first_not_of(" \t") == std::string::npos) continue;
    things.push_back(thing_of(line, fmt::format("{}: line {}", path.string(), number)));
  }
  if (things.size() > most_boxes)
    fail("{}: {} boxes; at most {} can be used", path.string(), things.size(), most_boxes);
  return things;
}

std::vector<Labelled> list(const fs::path& images, const fs::path& labels) {
  std::vector<Labelled> all;
  std::size_t without = 0;
  for (const fs::path& image : image_files(images)) {
    const fs::path label = labels / image.stem().replace_extension(".txt");
    all.push_back({image, is_file(label) ? things_of(label) : std::vector<Thing>{}});
    without += is_file(label) ? 0 : 1;
  }
  if (all.empty()) fail("{}: the folder holds no images", images.string());
  if (without > 0)
    log::info("{}: {} of {} images have no file in {}: nothing is in them", images.string(),
              without, all.size(), labels.string());
  return all;
}

std::vector<std::string> class_names(const fs::path& folder, std::size_t used) {
  for (const fs::path& path : {folder / "classes.txt", folder / "labels" / "classes.txt"}) {
    if (!is_file(path)) continue;
    std::vector<std::string> names = lines_of(path);
    while (!names.empty() && names.back().empty()) names.pop_back();
    if (names.size() < used)
      fail("{}: {} names, but there is a class {}; they are counted from 0", path.string(),
           names.size(), used - 1);
    return names;
  }
  std::vector<std::string> numbers;
  for (std::size_t i = 0; i < used; ++i) numbers.push_back(std::to_string(i));
  return numbers;
}

Split split_of(ImageReader& reader, std::size_t first, std::span<const Labelled> rows,
               std::size_t most) {
  Split split{.inputs = reader.take(first, rows.size()),
              .targets = Array::zeros(DType::f32, Shape{static_cast<std::int64_t>(rows.size()),
                                                        static_cast<std::int64_t>(most), 5})};
  auto out = split.targets.as<float>();
  std::ranges::fill(out, -1.0f);
  for (const Labelled& row : rows) {
    auto at = out.begin();
    for (const Thing& thing : row.things) at = std::ranges::copy(thing, at).out;
    out = out.subspan(most * 5);
  }
  return split;
}

}  // namespace

bool is_box_folder(const fs::path& folder) {
  return is_folder(folder / "images") && is_folder(folder / "labels");
}

Dataset box_folder(const fs::path& folder, const ImageOptions& options) {
  const fs::path images = folder / "images", labels = folder / "labels";
  if (!is_box_folder(folder))
    fail("{}: there are no folders images and labels in it", folder.string());
  std::string held_out;
  for (const char* name : {"val", "test"})
    if (is_folder(images / "train") && is_folder(images / name)) held_out = name;
  const bool splits = !held_out.empty();
  const auto train = splits ? list(images / "train", labels / "train") : list(images, labels);
  const auto test = splits ? list(images / held_out, labels / held_out) : std::vector<Labelled>{};

  ImageReader reader(folder, options, train.size() + test.size());
  std::size_t most = 0, classes = 0;
  for (const auto* rows : {&train, &test})
    for (const Labelled& row : *rows) {
      reader.add(row.image);
      most = std::max(most, row.things.size());
      for (const Thing& thing : row.things)
        classes = std::max(classes, static_cast<std::size_t>(thing[0]) + 1);
    }
  if (most == 0)
    fail("{}: no image has a box: the files in labels are empty, or not called as the images are",
         folder.string());
  Dataset dataset{.name = folder.string(),
                  .task = Task::boxes,
                  .class_names = class_names(folder, classes),
                  .train = split_of(reader, 0, train, most)};
  if (splits)
    dataset.test = split_of(reader, train.size(), test, most);
  else
    hold_out(dataset, options.held_out, options.seed, Stratify::no);
  return dataset;
}

}  // namespace lemnos::data
