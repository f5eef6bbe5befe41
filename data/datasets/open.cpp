// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <filesystem>

#include "data/datasets/box_folder.h"
#include "data/datasets/cifar.h"
#include "data/datasets/dataset.h"
#include "data/datasets/folder.h"
#include "data/datasets/mnist.h"
#include "data/datasets/scenes.h"
#include "data/datasets/synthetic.h"

namespace lemnos::data {
namespace {

namespace fs = std::filesystem;

struct Synthetic {
  const char* name;
  Dataset (*make)(std::int64_t rows, std::uint64_t seed);
};
constexpr Synthetic synthetic_sets[] = {{"blobs", blobs},
                                        {"xor", xor_table},
                                        {"spirals", spirals},
                                        {"linear", linear},
                                        {"tiny_images", tiny_images}};

// Whether its four files are there, or some of them.
bool is_mnist_folder(const fs::path& path) {
  return std::ranges::any_of(entries(path), [](const fs::path& entry) {
    return entry.filename().string().find("-ubyte") != std::string::npos;
  });
}

// Can be opened again from another working directory.
Dataset opened_from(const fs::path& path, Dataset dataset) {
  dataset.path = fs::absolute(path).lexically_normal().string();
  return dataset;
}

Dataset open_mnist() {
  const fs::path here = "mnist", packaged = "/usr/share/datasets/mnist";
  if (is_folder(here)) return opened_from(here, mnist_folder(here));
  if (is_folder(packaged)) return mnist_folder(packaged);
  fail(
      "MNIST is not on this machine: there is no folder mnist here and no "
      "/usr/share/datasets/mnist; "
      "give the folder that holds its four IDX files, or use fashion_mnist");
}

Dataset open_cifar(std::string_view name) {
  const fs::path here = name == "cifar10" ? "cifar-10-batches-bin" : "cifar-100-binary";
  if (is_folder(here)) return opened_from(here, cifar_folder(here));
  fail(
      "{} is not on this machine: there is no folder {} here; unpack the binary version from "
      "www.cs.toronto.edu/~kriz/cifar.html, or give its folder",
      name, here.string());
}

// Documents that have labels, whether those are wanted or not.
Dataset open_documents(std::string_view name_or_path, const TextOptions& options) {
  const fs::path path(name_or_path);
  if (has_columns(name_or_path)) return opened_from(path, text_table(path, options));
  if (name_or_path != "fortunes") return opened_from(path, text_folder(path, options));
  const fs::path packaged = "/usr/share/games/fortunes";
  if (!is_folder(packaged))
    fail("there is no folder {}; apt install fortunes, or give a folder of texts",
         packaged.string());
  return text_folder(packaged, options);
}

}  // namespace

Dataset open_text(std::string_view name_or_path, Task task, const TextOptions& options) {
  constexpr std::int64_t reversal_rows = 20000;
  const fs::path path(name_or_path);
  const bool table = has_columns(name_or_path);
  if (task == Task::sequence) {
    if (name_or_path == "reversal") return reversal(reversal_rows, options.seed);
    if (table) return opened_from(path, text_pairs(path, options));
    fail_usage("there are no pairs of texts '{}'; known are reversal, .csv and .tsv files",
               name_or_path);
  }
  const bool documents = table || name_or_path == "fortunes" || is_folder(path);
  if (task == Task::none) {
    const bool labels = table ? has_labels(path, options) : documents;
    task = labels ? Task::classes : Task::next_token;
  }
  if (task == Task::next_token && table) return opened_from(path, text_column(path, options));
  if (task == Task::next_token)
    return documents ? without_labels(open_documents(name_or_path, options))
                     : opened_from(path, text_files({&path, 1}, options));
  if (task == Task::classes && documents) return open_documents(name_or_path, options);
  fail_usage("there are no labelled texts '{}'; known are fortunes, folders, .csv and .tsv files",
             name_or_path);
}

bool has_columns(std::string_view name_or_path) {
  const fs::path path(name_or_path);
  return path.extension() == ".csv" || path.extension() == ".tsv";
}

bool is_image_folder(std::string_view name_or_path) {
  const fs::path path(name_or_path);
  return is_folder(path) && !is_mnist_folder(path) && !is_cifar_folder(path);
}

Dataset open_dataset(std::string_view name_or_path, const TableOptions& table,
                     const ImageOptions& images) {
  constexpr std::int64_t synthetic_rows = 400;
  if (name_or_path == "fashion_mnist") return fashion_mnist();
  if (name_or_path == "mnist") return open_mnist();
  if (name_or_path == "cifar10" || name_or_path == "cifar100") return open_cifar(name_or_path);
  if (name_or_path == "scenes") return scenes(fashion_mnist(), 10000, 1000, table.seed);
  std::string known = "fashion_mnist, mnist, cifar10, cifar100, scenes";
  for (const Synthetic& set : synthetic_sets) {
    if (name_or_path == set.name) return set.make(synthetic_rows, table.seed);
    known += fmt::format(", {}", set.name);
  }
  const fs::path path(name_or_path);
  if (is_box_folder(path)) return opened_from(path, box_folder(path, images));
  if (is_image_folder(name_or_path)) return opened_from(path, image_folder(path, images));
  if (is_folder(path))
    return opened_from(path, is_cifar_folder(path) ? cifar_folder(path) : mnist_folder(path));
  if (path.extension() == ".csv") return opened_from(path, csv_table(path, table));
  fail_usage(
      "there is no data set '{}'; known are {}, a folder of images or of "
      "IDX files, and a .csv file",
      name_or_path, known);
}

}  // namespace lemnos::data
