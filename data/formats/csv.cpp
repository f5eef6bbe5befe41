// SPDX-License-Identifier: Apache-2.0
#include "data/formats/csv.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "runtime/base/error.h"
#include "runtime/base/os.h"
#include "runtime/base/progress.h"

namespace lemnos::data {
namespace {

constexpr std::uint64_t max_file_bytes = std::uint64_t{1} << 32;

std::string_view trimmed(std::string_view cell) {
  const std::size_t begin = cell.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return cell.substr(begin, cell.find_last_not_of(" \t") - begin + 1);
}

std::optional<std::size_t> count_in(std::string_view cell) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  if (error != std::errc{} || end != cell.data() + cell.size()) return std::nullopt;
  return value;
}

bool no_numbers(std::span<const std::string> cells) {
  return std::ranges::none_of(cells, [](const auto& cell) { return csv_number(cell).has_value(); });
}

// scikit-learn's first line: rows, features, then class names or nothing. Either it is narrower or
// wider than the rows below, or something other than a number follows the two counts.
bool is_counts_line(std::span<const std::string> first, std::size_t width) {
  if (first.size() < 2 || !count_in(first[0]) || count_in(first[1]) != width - 1) return false;
  return no_numbers(first.subspan(2)) && (first.size() != width || first.size() > 2);
}

// What the first two records say about the rest.
struct Layout {
  std::size_t before = 0;  // records before the first row
  std::vector<std::string> header;
  std::size_t width = 0;
  std::optional<std::size_t> declared_rows;
  std::vector<std::string> class_names;
};

Layout find_layout(std::string_view text, std::string_view name) {
  CsvReader reader(text, name);
  std::vector<std::string> first, second;
  if (!reader.next(first)) fail("{}: the table is empty", name);
  if (first.size() == 1 && first[0].find_first_of(";\t") != std::string::npos)
    fail("{}: line {} has no comma but '{}': cells must be separated by commas", name,
         reader.line(), first[0].find(';') != std::string::npos ? ";" : "a tab");
  Layout layout;
  if (reader.next(second) && is_counts_line(first, second.size())) {
    layout.before = 1;
    layout.declared_rows = count_in(first[0]);
    std::ranges::copy_if(std::span(first).subspan(2), std::back_inserter(layout.class_names),
                         [](const auto& cell) { return !cell.empty(); });
    first = second;
  }
  layout.width = first.size();
  if (no_numbers(first)) {
    ++layout.before;
    layout.header = first;
  }
  return layout;
}

// Calls visit(cells, line) for every row below the header, after checking its width.
template <class Visit>
void each_row(std::string_view text, std::string_view name, const Layout& layout,
              Progress& progress, const Visit& visit) {
  CsvReader reader(text, name);
  std::vector<std::string> cells;
  for (std::size_t i = 0; i < layout.before; ++i) reader.next(cells);
  std::size_t left = reader.left();
  while (reader.next(cells)) {
    if (cells.size() != layout.width)
      fail("{}: line {} has {} cells, expected {}", name, reader.line(), cells.size(),
           layout.width);
    visit(cells, reader.line());
    progress.advance(left - reader.left());
    left = reader.left();
  }
}

void add_cell(CsvTable& table, std::size_t at, std::string& cell, std::size_t line) {
  CsvColumn& column = table.columns[at];
  const bool missing = csv_missing(cell);
  if (missing) table.missing.push_back({line, table.rows, at});
  if (column.numeric) {
    column.numbers.push_back(missing ? std::numeric_limits<double>::quiet_NaN()
                                     : *csv_number(cell));
  } else {
    column.texts.push_back(missing ? std::string() : std::string(trimmed(cell)));
  }
}

}  // namespace

CsvReader::CsvReader(std::string_view text, std::string_view name, std::size_t first_line)
    : rest_(text), name_(name), line_(first_line) {
  if (rest_.starts_with("\xEF\xBB\xBF")) rest_.remove_prefix(3);  // byte-order mark
}

// Takes the line break, or the end of the text, that closes a record.
bool CsvReader::end_of_record() {
  if (rest_.empty()) return true;
  const bool single = rest_[0] == '\n' || rest_ == "\r";
  const std::size_t length = rest_.starts_with("\r\n") ? 2 : single ? 1 : 0;
  rest_.remove_prefix(length);
  line_ += length > 0;
  return length > 0;
}

std::string CsvReader::quoted_cell() {
  const std::size_t opened = line_;
  std::string cell;
  for (;;) {
    rest_.remove_prefix(1);  // the opening quote, or the second one of a doubled quote
    const std::size_t end = rest_.find('"');
    if (end == std::string_view::npos)
      fail("{}: line {}: a quoted cell begins here and never ends", name_, opened);
    cell += rest_.substr(0, end);
    line_ += static_cast<std::size_t>(std::ranges::count(rest_.substr(0, end), '\n'));
    rest_.remove_prefix(end + 1);
    if (!rest_.starts_with('"')) return cell;
    cell += '"';
  }
}

std::string CsvReader::plain_cell() {
  std::size_t end = std::min(rest_.find_first_of(",\n\""), rest_.size());
  if (end < rest_.size() && rest_[end] == '"')
    fail("{}: line {}: a quote inside a cell; put the whole cell in quotes and double those inside",
         name_, line_);
  const bool last = end == rest_.size() || rest_[end] == '\n';
  if (last && end > 0 && rest_[end - 1] == '\r') --end;
  std::string cell(rest_.substr(0, end));
  rest_.remove_prefix(end);
  if (cell.find('\0') != std::string::npos)
    fail("{}: line {} holds a zero byte: this is not a text file", name_, line_);
  return cell;
}

bool CsvReader::next(std::vector<std::string>& cells) {
  cells.clear();
  while (!rest_.empty() && end_of_record()) {  // blank lines
  }
  if (rest_.empty()) return false;
  started_ = line_;
  for (;;) {
    cells.push_back(rest_.starts_with('"') ? quoted_cell() : plain_cell());
    if (end_of_record()) return true;
    if (rest_[0] != ',')
      fail("{}: line {}: text follows the closing quote of a cell", name_, line_);
    rest_.remove_prefix(1);
  }
}

std::optional<double> csv_number(std::string_view cell) {
  cell = trimmed(cell);
  if (cell.starts_with('+')) cell.remove_prefix(1);
  if (cell.find_first_of("nN") != std::string_view::npos) return std::nullopt;  // nan, inf
  double value = 0;
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  if (end != cell.data() + cell.size() || cell.empty()) return std::nullopt;
  if (error == std::errc::result_out_of_range)
    return std::strtod(std::string(cell).c_str(), nullptr);
  if (error != std::errc{}) return std::nullopt;
  return value;
}

bool csv_missing(std::string_view cell) {
  constexpr std::array<std::string_view, 8> words = {"",    "NA",   "N/A",  "NaN",
                                                     "nan", "null", "NULL", "?"};
  return std::ranges::find(words, trimmed(cell)) != words.end();
}

CsvTable parse_csv(std::string_view text, std::string_view name) {
  const Layout layout = find_layout(text, name);
  CsvTable table;
  table.header = !layout.header.empty();
  table.class_names = layout.class_names;
  table.columns.resize(layout.width);
  for (std::size_t i = 0; i < layout.width; ++i) {
    const bool named = table.header && !layout.header[i].empty();
    table.columns[i].name = named ? layout.header[i] : fmt::format("column {}", i + 1);
  }
  // Two passes over the text: types first, so that numbers are never kept as strings.
  Progress progress(fmt::format("reading {}", name), 2 * text.size());
  each_row(text, name, layout, progress, [&](const auto& cells, std::size_t) {
    for (std::size_t i = 0; i < cells.size(); ++i)
      table.columns[i].numeric =
          table.columns[i].numeric && (csv_missing(cells[i]) || csv_number(cells[i]));
  });
  each_row(text, name, layout, progress, [&](auto& cells, std::size_t line) {
    for (std::size_t i = 0; i < cells.size(); ++i) add_cell(table, i, cells[i], line);
    ++table.rows;
  });
  if (table.rows == 0) fail("{}: the table has a header but no rows", name);
  if (layout.declared_rows.value_or(table.rows) != table.rows)
    fail("{}: the first line declares {} rows, but {} follow; the file is probably cut off", name,
         *layout.declared_rows, table.rows);
  return table;
}

CsvTable read_csv(const std::filesystem::path& path) {
  return parse_csv(os::read_text(path, max_file_bytes), path.string());
}

std::vector<float> parse_csv_line(std::string_view line, std::size_t count, std::string_view name,
                                  std::size_t number, bool missing_allowed) {
  CsvReader reader(line, name, number);
  std::vector<std::string> cells;
  reader.next(cells);
  if (cells.size() != count)
    fail("{}: line {} has {} cells, expected {} numbers", name, number, cells.size(), count);
  std::vector<float> values;
  for (const std::string& cell : cells) {
    if (missing_allowed && csv_missing(cell)) {
      values.push_back(std::numeric_limits<float>::quiet_NaN());
      continue;
    }
    const auto value = csv_number(cell);
    if (!value || !std::isfinite(static_cast<float>(*value)))
      fail("{}: line {}, cell {}: \"{}\" is not a number", name, number, values.size() + 1, cell);
    values.push_back(static_cast<float>(*value));
  }
  return values;
}

}  // namespace lemnos::data
