// SPDX-License-Identifier: Apache-2.0
#include "data/datasets/image_folder.h"

#include <algorithm>
#include <charconv>
#include <map>

#include "data/datasets/dataset.h"
#include "data/datasets/folder.h"
#include "data/datasets/image_reader.h"
#include "data/datasets/split.h"
#include "data/formats/image.h"
#include "runtime/base/log.h"
#include "runtime/base/os.h"

namespace lemnos::data {
namespace {

namespace fs = std::filesystem;

using Classes = std::map<std::string, std::vector<fs::path>>;  // files by the name of their class

// What one split is made of; without labels, one class of no name.
struct Listing {
  Classes classes;
  bool labelled = false;

  std::size_t files() const {
    std::size_t count = 0;
    for (const auto& [name, paths] : classes) count += paths.size();
    return count;
  }
};

Listing list(const fs::path& folder) {
  std::vector<fs::path> folders, images;
  for (const fs::path& path : entries(folder))
    if (is_folder(path)) {
      folders.push_back(path);
    } else if (has_image_name(path)) {
      images.push_back(path);
    }
  Listing listing{.labelled = !folders.empty()};
  if (!listing.labelled) {
    listing.classes[""] = image_files(folder);
    return listing;
  }
  if (!images.empty())
    fail("{}: an image beside folders, which are classes: put it into one, or away",
         images.front().string());
  for (const fs::path& path : folders)
    listing.classes[path.filename().string()] = image_files(path);
  return listing;
}

std::vector<std::string> class_names(const Listing& train, const std::string& name) {
  std::vector<std::string> names;
  for (const auto& [key, paths] : train.classes) {
    if (paths.empty()) fail("{}: class '{}' has no images to train on", name, key);
    names.push_back(key);
  }
  if (names.size() < 2)
    fail(
        "{}: one class only ('{}'); to tell classes apart takes two, and its own folder is data "
        "without labels",
        name, names.front());
  return names;
}

// The test split's classes, each of which the training split has.
void check_test(const Listing& test, const std::vector<std::string>& names, const Listing& train,
                const std::string& name) {
  if (test.labelled != train.labelled)
    fail("{}: of the training and the test split, one has folders of classes, the other none",
         name);
  if (test.files() == 0) fail("{}: the test split has no images", name);
  if (!test.labelled) return;
  for (const auto& [key, paths] : test.classes)
    if (!train.classes.contains(key))
      fail("{}: the test split has a class '{}', the training split none of that name", name, key);
  for (const std::string& key : names) {
    const auto found = test.classes.find(key);
    if (found == test.classes.end() || found->second.empty())
      log::info("{}: class '{}' has no images to test on", name, key);
  }
}

std::vector<std::uint32_t> labels_of(const Listing& listing,
                                     const std::vector<std::string>& names) {
  std::vector<std::uint32_t> labels;
  for (const auto& [key, paths] : listing.classes) {
    const auto at = std::ranges::lower_bound(names, key) - names.begin();
    labels.insert(labels.end(), paths.size(), static_cast<std::uint32_t>(at));
  }
  return labels;
}

// The folders of the two splits, where there are such: nothing else then is a folder there.
std::optional<std::pair<fs::path, fs::path>> splits_of(const fs::path& folder) {
  const fs::path train = folder / "train", test = folder / "test", val = folder / "val";
  if (!is_folder(train) || (!is_folder(test) && !is_folder(val))) return std::nullopt;
  for (const fs::path& path : entries(folder))
    if (is_folder(path) && path != train && path != test && path != val) return std::nullopt;
  if (is_folder(test) && is_folder(val))
    log::info("{}: held out is what is in test; val is not used", folder.string());
  return std::pair{train, is_folder(test) ? test : val};
}

}  // namespace

ImageSize parse_size(std::string_view text) {
  constexpr std::int64_t most = 16384;
  const auto number = [&](std::string_view digits) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc{} || end != digits.data() + digits.size() || value < 1 || value > most)
      fail_usage("a size is 64 or 64x48, width first, 1 to {} each, not '{}'", most, text);
    return value;
  };
  const std::size_t cross = text.find('x');
  if (cross == std::string_view::npos) return {number(text), number(text)};
  return {number(text.substr(0, cross)), number(text.substr(cross + 1))};
}

Dataset image_folder(const fs::path& folder, const ImageOptions& options) {
  const std::string name = folder.string();
  if (!is_folder(folder)) fail("{}: there is no such folder", name);
  const auto splits = splits_of(folder);
  const Listing train = list(splits ? splits->first : folder);
  const Listing test = splits ? list(splits->second) : Listing{};
  if (train.files() == 0)
    fail("{}: the folder holds no images: no .png, .jpg or .jpeg files, nor folders of them", name);
  Dataset dataset;
  dataset.name = name;
  dataset.task = train.labelled ? Task::classes : Task::none;
  if (train.labelled) dataset.class_names = class_names(train, name);
  if (splits) check_test(test, dataset.class_names, train, name);

  ImageReader reader(folder, options, train.files() + test.files());
  for (const Listing* listing : {&train, &test})
    for (const auto& [key, paths] : listing->classes)
      for (const fs::path& path : paths) reader.add(path);
  std::size_t first = 0;
  for (const auto& [listing, split] :
       {std::pair(&train, &dataset.train), std::pair(&test, &dataset.test)}) {
    if (listing->files() == 0) continue;
    split->inputs = reader.take(first, listing->files());
    if (listing->labelled)
      split->targets =
          Array::of<std::uint32_t>(Shape{split->rows()}, labels_of(*listing, dataset.class_names));
    first += listing->files();
  }
  if (!splits)
    hold_out(dataset, options.held_out, options.seed,
             train.labelled ? Stratify::by_class : Stratify::no);
  return dataset;
}

void write_images(const fs::path& folder, const Array& images) {
  os::make_folder(folder);
  for (std::uint32_t i = 0; i < images.rows(); ++i)
    write_png(folder / fmt::format("{:05}.png", i + 1),
              images.take({&i, 1}).reshaped(images.shape.without(0)));
}

}  // namespace lemnos::data
