// SPDX-License-Identifier: Apache-2.0
// Comma-separated values after RFC 4180: quoted cells, doubled quotes, line breaks in quotes, CRLF.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lemnos::data {

struct CsvColumn {
  std::string name;                // from the header, else "column 3", counted from 1
  bool numeric = true;             // every cell that is not missing is a number
  std::vector<double> numbers;     // numeric: one for each row, NaN where missing
  std::vector<std::string> texts;  // otherwise: one for each row, empty where missing
};

// A cell that is empty or says NA, N/A, NaN, nan, null, NULL or ?.
struct CsvMissing {
  std::size_t line = 0;  // of the file, from 1
  std::size_t row = 0;   // of the table, from 0
  std::size_t column = 0;
};

struct CsvTable {
  bool header = false;
  std::size_t rows = 0;
  std::vector<CsvColumn> columns;
  std::vector<CsvMissing> missing;
  std::vector<std::string> class_names;  // from scikit-learn's first line, see below
};

// A whole table. The first record is a header when none of its cells is a number. scikit-learn's
// own tables begin with counts instead, "569,30,malignant,benign": rows, features, names of the
// classes; that line is understood. Blank lines are skipped. Every row must be as wide as the
// first; errors name file and line.
CsvTable parse_csv(std::string_view text, std::string_view name);
CsvTable read_csv(const std::filesystem::path& path);

// Reads record after record; one record may span lines when a quoted cell does.
class CsvReader {
 public:
  // text and name must outlive the reader. Lines are counted from first_line.
  CsvReader(std::string_view text, std::string_view name, std::size_t first_line = 1);

  bool next(std::vector<std::string>& cells);        // false at the end
  std::size_t line() const { return started_; }      // where the record just read began
  std::size_t left() const { return rest_.size(); }  // bytes

 private:
  std::string quoted_cell();
  std::string plain_cell();
  bool end_of_record();

  std::string_view rest_;
  std::string_view name_;
  std::size_t line_;
  std::size_t started_ = 0;
};

// The number in a cell, spaces around it allowed; nullopt when it is none.
std::optional<double> csv_number(std::string_view cell);
bool csv_missing(std::string_view cell);

// One line of numbers, as from standard input: exactly `count` finite ones, else an error naming
// line `number` and the cell. Missing ones are NaN where they are allowed.
std::vector<float> parse_csv_line(std::string_view line, std::size_t count, std::string_view name,
                                  std::size_t number, bool missing_allowed = false);

}  // namespace lemnos::data
