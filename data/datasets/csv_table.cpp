// SPDX-License-Identifier: Apache-2.0
#include "data/datasets/csv_table.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "data/datasets/dataset.h"
#include "data/datasets/split.h"
#include "data/formats/csv.h"
#include "runtime/base/log.h"

namespace lemnos::data {
namespace {

constexpr std::size_t most_guessed_classes = 20;

std::string names_of(const CsvTable& table) {
  std::string names;
  for (const CsvColumn& column : table.columns) names += (names.empty() ? "" : ", ") + column.name;
  return names;
}

std::size_t target_column(const CsvTable& table, const TableOptions& options,
                          const std::string& name) {
  if (table.columns.size() < 2)
    fail("{}: the table has one column; a target and at least one feature are needed", name);
  if (options.target.empty()) return table.columns.size() - 1;
  const auto found = std::ranges::find(table.columns, options.target, &CsvColumn::name);
  if (found == table.columns.end())
    fail_usage("{}: there is no column '{}'; the columns are: {}", name, options.target,
               names_of(table));
  return static_cast<std::size_t>(found - table.columns.begin());
}

void refuse_missing(const CsvTable& table, const std::string& name) {
  if (table.missing.empty()) return;
  const CsvMissing& first = table.missing.front();
  fail(
      "{}: line {} (row {}), column '{}': the cell is missing ({} missing cells in all); --missing "
      "drops such rows, or fills in the column's mean or median",
      name, first.line, first.row + 1, table.columns[first.column].name, table.missing.size());
}

// Leaves out the rows where a cell is missing that cannot stay so.
void drop_missing(CsvTable& table, std::size_t target, Missing missing, const std::string& name) {
  std::vector<bool> dropped(table.rows);
  for (const CsvMissing& cell : table.missing)
    if (missing == Missing::drop || cell.column == target) dropped[cell.row] = true;
  const auto count = static_cast<std::size_t>(std::ranges::count(dropped, true));
  if (count == 0) return;
  log::info("{}: {} of {} rows left out: {}", name, count, table.rows,
            missing == Missing::drop ? "a cell is missing" : "the target is missing");
  const auto leave = [&](auto& cells) {
    std::size_t row = 0;
    std::erase_if(cells, [&](const auto&) { return dropped[row++]; });
  };
  for (CsvColumn& column : table.columns) {
    leave(column.numbers);
    leave(column.texts);
  }
  table.rows -= count;
}

float finite_float(const CsvColumn& column, std::size_t row, const std::string& name) {
  const auto value = static_cast<float>(column.numbers[row]);
  if (std::isinf(value))  // NaN is a missing cell
    fail("{}: row {}, column '{}': {} is beyond the range of 32-bit floats", name, row + 1,
         column.name, column.numbers[row]);
  return value;
}

Array features(const CsvTable& table, std::size_t target, const std::string& name) {
  const auto width = static_cast<std::int64_t>(table.columns.size()) - 1;
  Array array = Array::zeros(DType::f32, Shape{static_cast<std::int64_t>(table.rows), width});
  const auto out = array.as<float>();
  std::size_t feature = 0;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    if (i == target) continue;
    const CsvColumn& column = table.columns[i];
    if (!column.numeric)
      fail(
          "{}: column '{}' holds text (\"{}\"), but features must be numbers: encode it as "
          "numbers, "
          "remove it, or choose it as the target",
          name, column.name, column.texts.front());
    for (std::size_t row = 0; row < table.rows; ++row)
      out[row * static_cast<std::size_t>(width) + feature] = finite_float(column, row, name);
    ++feature;
  }
  return array;
}

bool whole_numbers(const CsvColumn& column) {
  return column.numeric && std::ranges::all_of(column.numbers, [](double value) {
           return value == std::floor(value) && std::abs(value) < 1e9;
         });
}

bool means_classes(const CsvTable& table, const CsvColumn& column, TargetKind kind,
                   const std::string& name) {
  if (kind == TargetKind::classes) {
    if (column.numeric && !whole_numbers(column))
      fail_usage("{}: column '{}' holds fractions, which cannot be classes; use regression", name,
                 column.name);
    return true;
  }
  if (kind == TargetKind::regression) {
    if (!column.numeric)
      fail_usage("{}: column '{}' holds text (\"{}\"), which cannot be a regression target", name,
                 column.name, column.texts.front());
    return false;
  }
  if (!column.numeric) {
    const std::size_t texts = std::set(column.texts.begin(), column.texts.end()).size();
    if (texts > most_guessed_classes && 2 * texts > column.texts.size())
      fail(
          "{}: column '{}' holds {} different texts in {} rows, too many for classes; choose "
          "another "
          "target column, or ask for classes",
          name, column.name, texts, column.texts.size());
    return true;
  }
  if (!whole_numbers(column)) return false;
  if (!table.class_names.empty()) return true;
  const std::size_t distinct =
      std::set<double>(column.numbers.begin(), column.numbers.end()).size();
  return distinct <= most_guessed_classes && 2 * distinct <= column.numbers.size();
}

// Index of each value among the sorted distinct ones.
template <class T>
Array class_indices(const std::vector<T>& values, const std::set<T>& distinct) {
  const std::vector<T> sorted(distinct.begin(), distinct.end());
  Array array = Array::zeros(DType::u32, Shape{static_cast<std::int64_t>(values.size())});
  std::ranges::transform(values, array.as<std::uint32_t>().begin(), [&](const T& value) {
    return static_cast<std::uint32_t>(std::ranges::lower_bound(sorted, value) - sorted.begin());
  });
  return array;
}

Array class_targets(const CsvTable& table, const CsvColumn& column, const std::string& name,
                    std::vector<std::string>& class_names) {
  Array targets;
  if (column.numeric) {
    std::set<double> distinct(column.numbers.begin(), column.numbers.end());
    const std::size_t named = table.class_names.size();
    if (named > 0) {  // 0 ... named-1 by declaration, whether each occurs or not
      if (*distinct.begin() < 0 || *distinct.rbegin() >= static_cast<double>(named))
        fail("{}: column '{}' holds {}, but the first line names {} classes", name, column.name,
             *distinct.begin() < 0 ? *distinct.begin() : *distinct.rbegin(), named);
      for (std::size_t i = 0; i < named; ++i) distinct.insert(static_cast<double>(i));
      class_names = table.class_names;
    } else {
      for (const double value : distinct) class_names.push_back(fmt::format("{}", value));
    }
    targets = class_indices(column.numbers, distinct);
  } else {
    const std::set<std::string> distinct(column.texts.begin(), column.texts.end());
    class_names.assign(distinct.begin(), distinct.end());
    targets = class_indices(column.texts, distinct);
  }
  if (class_names.size() < 2)
    fail("{}: column '{}' has the same value in every row; there is nothing to learn", name,
         column.name);
  return targets;
}

Array regression_targets(const CsvColumn& column, const std::string& name) {
  const auto rows = column.numbers.size();
  Array array = Array::zeros(DType::f32, Shape{static_cast<std::int64_t>(rows), 1});
  for (std::size_t row = 0; row < rows; ++row)
    array.as<float>()[row] = finite_float(column, row, name);
  return array;
}

}  // namespace

Dataset csv_table(const std::filesystem::path& path, const TableOptions& options) {
  CsvTable table = read_csv(path);
  const std::string name = path.string();
  const std::size_t target = target_column(table, options, name);
  if (options.missing == Missing::error) refuse_missing(table, name);
  drop_missing(table, target, options.missing, name);
  if (table.rows < 2 || table.rows > 0xFFFFFFFF)
    fail("{}: the table has {} rows; 2 to 2^32-1 can be used", name, table.rows);

  Dataset dataset;
  dataset.name = path.stem().string();
  const CsvColumn& column = table.columns[target];
  const bool classes = means_classes(table, column, options.kind, name);
  dataset.task = classes ? Task::classes : Task::regression;
  for (std::size_t i = 0; i < table.columns.size(); ++i)
    if (i != target) dataset.input_names.push_back(table.columns[i].name);
  Array targets = classes ? class_targets(table, column, name, dataset.class_names)
                          : regression_targets(column, name);
  dataset.train = {features(table, target, name), std::move(targets)};
  hold_out(dataset, options.held_out, options.seed, Stratify::no);
  return dataset;
}

}  // namespace lemnos::data
