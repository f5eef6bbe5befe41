// SPDX-License-Identifier: Apache-2.0
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "data/datasets/dataset.h"
#include "data/datasets/split.h"
#include "data/datasets/text.h"
#include "data/datasets/text_file.h"
#include "data/formats/csv.h"
#include "runtime/base/progress.h"

namespace lemnos::data {
namespace {

struct Record {
  std::vector<std::string> cells;
  std::size_t line = 0;  // of the file, from 1
};

std::vector<std::string> tab_separated(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  std::vector<std::string> cells;
  for (;;) {
    const std::size_t tab = line.find('\t');
    cells.emplace_back(line.substr(0, tab));
    if (tab == std::string_view::npos) return cells;
    line.remove_prefix(tab + 1);
  }
}

// All records, as wide as the first. Lines without text are skipped.
std::vector<Record> read_records(const std::filesystem::path& path, bool any_bytes) {
  const std::string name = path.string();
  const std::string text = read_text_file(path, any_bytes);
  Progress progress(fmt::format("reading {}", name), text.size());
  std::vector<Record> records;
  if (path.extension() == ".tsv") {
    each_line(text, [&](std::string_view line, std::size_t number) {
      if (!is_blank(line)) records.push_back({tab_separated(line), number});
      progress.advance(line.size() + 1);
    });
  } else {
    CsvReader reader(text, name);
    std::size_t left = reader.left();
    for (Record record; reader.next(record.cells); left = reader.left()) {
      record.line = reader.line();
      records.push_back(record);
      progress.advance(left - reader.left());
    }
  }
  if (records.empty()) fail("{}: there is no text in this file", name);
  for (const Record& record : records)
    if (record.cells.size() != records.front().cells.size())
      fail("{}: line {} has {} cells, expected {}", name, record.line, record.cells.size(),
           records.front().cells.size());
  return records;
}

const std::string& filled(const Record& record, std::size_t column, const std::string& name) {
  const std::string& cell = record.cells[column];
  if (is_blank(cell))
    fail("{}: line {}, cell {}: there is no text in it", name, record.line, column + 1);
  return cell;
}

// A table whose first line names its columns.
struct NamedTable {
  std::string name;
  Record header;
  std::vector<Record> rows;

  NamedTable(const std::filesystem::path& path, bool any_bytes)
      : name(path.string()), rows(read_records(path, any_bytes)) {
    header = std::move(rows.front());
    rows.erase(rows.begin());
    if (rows.empty()) fail("{}: the table has a header but no rows", name);
  }

  // The cells of one column, none of which may be empty.
  std::vector<std::string> column(const std::string& wanted) const {
    const auto found = std::ranges::find(header.cells, wanted);
    if (found == header.cells.end())
      fail_usage("{}: there is no column '{}'; the columns are: {}", name, wanted,
                 fmt::join(header.cells, ", "));
    if (std::ranges::count(header.cells, wanted) > 1)
      fail("{}: several columns are called '{}'", name, wanted);
    std::vector<std::string> cells;
    for (const Record& row : rows)
      cells.push_back(filled(row, static_cast<std::size_t>(found - header.cells.begin()), name));
    return cells;
  }
};

// The texts and their targets.
std::pair<std::vector<std::string>, std::vector<std::string>> two_columns(
    const NamedTable& table, const std::string& text, const std::string& target) {
  if (text == target)
    fail_usage("{}: column '{}' cannot be the text and the target both", table.name, text);
  return {table.column(text), table.column(target)};
}

std::string text_name(const TextOptions& options) {
  return options.text.empty() ? "text" : options.text;
}

std::vector<std::string> class_names(const std::vector<std::string>& labels,
                                     const std::string& column, const std::string& name) {
  constexpr std::size_t most_surely_classes = 20;
  const std::set<std::string> distinct(labels.begin(), labels.end());
  if (distinct.size() < 2)
    fail("{}: column '{}' has the same label in every row; there is nothing to learn", name,
         column);
  if (distinct.size() > most_surely_classes && 2 * distinct.size() > labels.size())
    fail("{}: column '{}' holds {} different labels in {} rows, too many for classes", name, column,
         distinct.size(), labels.size());
  return {distinct.begin(), distinct.end()};
}

std::string label_name(const TextOptions& options) {
  return options.target.empty() ? "label" : options.target;
}

}  // namespace

bool has_labels(const std::filesystem::path& table, const TextOptions& options) {
  const auto names = NamedTable(table, options.any_bytes).header.cells;
  return std::ranges::find(names, label_name(options)) != names.end();
}

Dataset text_table(const std::filesystem::path& path, const TextOptions& options) {
  const std::string label = label_name(options);
  const NamedTable table(path, options.any_bytes);
  Dataset dataset;
  dataset.name = table.name;
  dataset.task = Task::classes;
  std::vector<std::string> labels;
  std::tie(dataset.train.texts, labels) = two_columns(table, text_name(options), label);
  dataset.class_names = class_names(labels, label, table.name);
  std::vector<std::uint32_t> targets;
  for (const std::string& one : labels)
    targets.push_back(static_cast<std::uint32_t>(
        std::ranges::lower_bound(dataset.class_names, one) - dataset.class_names.begin()));
  dataset.train.targets =
      Array::of<std::uint32_t>(Shape{static_cast<std::int64_t>(targets.size())}, targets);
  hold_out(dataset, options.held_out, options.seed, Stratify::by_class);
  return dataset;
}

Dataset text_column(const std::filesystem::path& path, const TextOptions& options) {
  const NamedTable table(path, options.any_bytes);
  Dataset dataset;
  dataset.name = table.name;
  dataset.task = Task::next_token;
  dataset.train.texts = table.column(text_name(options));
  hold_out(dataset, options.held_out, options.seed, Stratify::no);
  return dataset;
}

Dataset text_pairs(const std::filesystem::path& path, const TextOptions& options) {
  Dataset dataset;
  dataset.name = path.string();
  dataset.task = Task::sequence;
  if (options.text.empty() != options.target.empty())
    fail_usage("{}: of pairs, both columns are named, or neither is: the text and its target",
               dataset.name);
  if (!options.text.empty()) {
    const NamedTable table(path, options.any_bytes);
    std::tie(dataset.train.texts, dataset.train.target_texts) =
        two_columns(table, options.text, options.target);
  } else {
    for (const Record& record : read_records(path, options.any_bytes)) {
      if (record.cells.size() != 2)
        fail("{}: line {} has {} cells; pairs have 2, separated by {}", dataset.name, record.line,
             record.cells.size(), path.extension() == ".tsv" ? "a tab" : "a comma");
      dataset.train.texts.push_back(filled(record, 0, dataset.name));
      dataset.train.target_texts.push_back(filled(record, 1, dataset.name));
    }
  }
  hold_out(dataset, options.held_out, options.seed, Stratify::no);
  return dataset;
}

}  // namespace lemnos::data
