// SPDX-License-Identifier: Apache-2.0
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "data/datasets/dataset.h"
#include "data/datasets/folder.h"
#include "data/datasets/split.h"
#include "data/datasets/text.h"
#include "data/datasets/text_file.h"
#include "runtime/base/progress.h"

namespace lemnos::data {
namespace {

namespace fs = std::filesystem;

bool is_index(const fs::path& path) {
  std::error_code ignored;
  return path.extension() == ".dat" && fs::exists(fs::path(path).replace_extension(), ignored);
}

// A file for each class: those in `paths` that are no index and no link.
std::map<std::string, fs::path> class_files(const std::vector<fs::path>& paths) {
  std::map<std::string, fs::path> files;
  for (const fs::path& path : paths) {
    std::error_code ignored;
    if (!fs::is_symlink(path, ignored) && is_file(path) && !is_index(path))
      files[path.filename().string()] = path;
  }
  return files;
}

void choose(std::map<std::string, fs::path>& classes, const TextOptions& options,
            const std::string& name) {
  if (classes.empty()) fail("{}: the folder holds no text: neither folders nor files", name);
  std::string known;
  for (const auto& [key, path] : classes) known += (known.empty() ? "" : ", ") + key;
  for (const std::string& wanted : options.classes)
    if (!classes.contains(wanted))
      fail_usage("{}: there is no class '{}'; there are {}", name, wanted, known);
  if (!options.classes.empty())
    std::erase_if(classes, [&](const auto& entry) {
      return std::ranges::find(options.classes, entry.first) == options.classes.end();
    });
  if (classes.size() < 2)
    fail("{}: one class only ('{}'); to tell classes apart takes two", name,
         classes.begin()->first);
}

std::vector<std::string> folder_documents(const fs::path& folder, const TextOptions& options,
                                          Progress& progress) {
  std::vector<std::string> documents;
  for (const fs::path& path : entries(folder)) {
    if (is_file(path)) documents.push_back(read_text_file(path, options.any_bytes));
    progress.advance();
  }
  if (documents.empty()) fail("{}: this class has no documents", folder.string());
  return documents;
}

// Between lines of %; what holds only white space is no document.
std::vector<std::string> separated_documents(const fs::path& path, const TextOptions& options,
                                             Progress& progress) {
  const std::string text = read_text_file(path, options.any_bytes);
  std::vector<std::string> documents(1);
  bool separated = false;
  each_line(text, [&](std::string_view line, std::size_t) {
    const bool separator = line == "%" || line == "%\r";
    separated = separated || separator;
    if (!separator)
      documents.back().append(line).append("\n");
    else
      documents.emplace_back();
  });
  std::erase_if(documents, [](const std::string& document) { return is_blank(document); });
  progress.advance();
  if (!separated || documents.empty())
    fail(
        "{}: there are no lines of % that separate documents; a folder of texts has a folder for "
        "each class, or files so separated",
        path.string());
  return documents;
}

}  // namespace

Dataset text_folder(const fs::path& folder, const TextOptions& options) {
  const std::string name = folder.string();
  if (!is_folder(folder)) fail("{}: there is no such folder", name);
  const auto paths = entries(folder);
  std::map<std::string, fs::path> classes;
  for (const fs::path& path : paths)
    if (is_folder(path)) classes[path.filename().string()] = path;
  const bool folders = !classes.empty();
  if (!folders) classes = class_files(paths);
  choose(classes, options, name);

  Dataset dataset;
  dataset.name = name;
  dataset.task = Task::classes;
  std::uint64_t files = 0;
  for (const auto& [key, path] : classes) files += folders ? entries(path).size() : 1;
  Progress progress(fmt::format("reading {}", name), files);
  std::vector<std::uint32_t> labels;
  for (const auto& [key, path] : classes) {
    auto documents = folders ? folder_documents(path, options, progress)
                             : separated_documents(path, options, progress);
    labels.resize(labels.size() + documents.size(),
                  static_cast<std::uint32_t>(dataset.class_names.size()));
    std::ranges::move(documents, std::back_inserter(dataset.train.texts));
    dataset.class_names.push_back(key);
  }
  dataset.train.targets =
      Array::of<std::uint32_t>(Shape{static_cast<std::int64_t>(labels.size())}, labels);
  hold_out(dataset, options.held_out, options.seed, Stratify::by_class);
  return dataset;
}

Dataset without_labels(Dataset documents) {
  documents.task = Task::next_token;
  documents.class_names.clear();
  documents.train.targets = documents.test.targets = {};
  return documents;
}

}  // namespace lemnos::data
