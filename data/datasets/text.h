// SPDX-License-Identifier: Apache-2.0
// Text as data sets: labelled documents, running text, pairs. They hold texts; a tokenizer fitted
// on the training split makes arrays of them (data/text/).
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace lemnos::data {

struct Dataset;

struct TextOptions {
  // Text is UTF-8 without zero bytes; anything else is an error that names file and byte, and a
  // byte-order mark is taken off. Or files are taken as they are: with bytes as tokens.
  bool any_bytes = false;
  std::vector<std::string> classes;  // of a folder: these only; none named: all
  // Names of a table's columns; empty: "text" and "label", but for pairs, see text_pairs.
  std::string text, target;
  double held_out = 0.2;   // part of the examples, or of running text, that is the test split
  std::uint64_t seed = 0;  // of the shuffle that chooses them
};

// Labelled documents: either a folder in the folder for each class, each file in it one document;
// or, where there are no such folders, a file for each class, whose documents are separated by
// lines that hold nothing but %, as fortune(6) has them (its index files, X.dat beside X, and
// symbolic links are passed over, and so are hidden files everywhere). Classes are sorted by name.
// Held out by class. Fails with fewer than two classes, and on an empty document.
Dataset text_folder(const std::filesystem::path& folder, const TextOptions& options = {});

// Labelled documents: a .csv file, or .tsv without quotes, whose first line names its columns.
// Classes are the labels, in the target column, sorted. Held out by class. Fails with fewer than
// two classes, on an empty cell, and on a column that is missing, or meant twice.
Dataset text_table(const std::filesystem::path& path, const TextOptions& options = {});

// Whether such a table has the target column.
bool has_labels(const std::filesystem::path& table, const TextOptions& options = {});

// The texts of such a table without labels, which it need not have: for language models.
Dataset text_column(const std::filesystem::path& path, const TextOptions& options = {});

// Running text, for language models: the files one after the other, a line break after each that
// ends without. The last part is held out; it begins behind the first line break after the exact
// place, or, where there is none, at the next character. One text in each split.
Dataset text_files(std::span<const std::filesystem::path> paths, const TextOptions& options = {});

// Texts and what each is to become: a .csv or .tsv file of two columns, without names; or with
// names in its first line, when the options name both columns.
Dataset text_pairs(const std::filesystem::path& path, const TextOptions& options = {});

// The documents without their labels, for language models.
Dataset without_labels(Dataset documents);

}  // namespace lemnos::data
