// SPDX-License-Identifier: Apache-2.0
#include "data/formats/csv.h"

#include <cmath>

#include "data/formats/bytes.h"
#include "tests/data/fixtures.h"

namespace lemnos::data {
namespace {

std::vector<std::vector<std::string>> records(std::string_view text) {
  CsvReader reader(text, "a.csv");
  std::vector<std::vector<std::string>> all;
  for (std::vector<std::string> cells; reader.next(cells);) all.push_back(cells);
  return all;
}

using Records = std::vector<std::vector<std::string>>;

}  // namespace

TEST_CASE(
    "csv: quotes, doubled quotes, line breaks in quotes, CRLF and blank lines after RFC 4180") {
  const CsvTable table = read_csv(fixture("quoted.csv"));
  CHECK(table.header);
  REQUIRE(table.columns.size() == 3);
  REQUIRE(table.rows == 2);
  CHECK(table.columns[0].texts == std::vector<std::string>{"A \"big\" one", "small"});
  CHECK(table.columns[1].name == "height, cm");
  CHECK(table.columns[1].numbers == std::vector<double>{1.5, -20});
  CHECK(table.columns[2].texts == std::vector<std::string>{"two\r\nlines", ""});
  REQUIRE(table.missing.size() == 1);
  CHECK(table.missing[0].line == 5);
  CHECK(table.missing[0].row == 1);
  CHECK(table.missing[0].column == 2);
}

TEST_CASE("csv: records end with LF, CRLF or the end of the text, and empty cells are kept") {
  CHECK(records("a,b\nc,d") == Records{{"a", "b"}, {"c", "d"}});
  CHECK(records("a,b\r\nc,d\r\n") == Records{{"a", "b"}, {"c", "d"}});
  CHECK(records(",\n") == Records{{"", ""}});
  CHECK(records("a,\"\"") == Records{{"a", ""}});
  CHECK(records("\"a\"\"\",\"\"\"\"\r") == Records{{"a\"", "\""}});
  CHECK(records("a\r") == Records{{"a"}});
  CHECK(records("\xEF\xBB\xBF"
                "a,b\n\n\n") == Records{{"a", "b"}});
  CHECK(records("").empty());
}

TEST_CASE("csv: broken quoting is an error with the line") {
  CHECK_FAILS(records("a\n\"b\n\nc"), "a.csv: line 2: a quoted cell begins here and never ends");
  CHECK_FAILS(records("a\nb\"c\n"), "a.csv: line 2: a quote inside a cell");
  CHECK_FAILS(records("a\n\"b\nc\"d\n"), "a.csv: line 3: text follows the closing quote");
  CHECK_FAILS(records(std::string_view("a\nb\0c\n", 6)), "line 2 holds a zero byte");
}

TEST_CASE("csv: a header is there when no cell of the first record is a number") {
  CHECK(parse_csv("a,b\n1,2\n", "a.csv").header);
  const CsvTable bare = parse_csv("1,x\n2,y\n", "a.csv");
  CHECK_FALSE(bare.header);
  CHECK(bare.rows == 2);
  CHECK(bare.columns[1].name == "column 2");
}

TEST_CASE("csv: one text cell makes a column text, missing ones do not") {
  const CsvTable table = parse_csv("a,b\n1,1\nNA,x\n 3 ,?\n", "a.csv");
  CHECK(table.columns[0].numeric);
  CHECK(std::isnan(table.columns[0].numbers[1]));
  CHECK(table.columns[0].numbers[2] == 3);
  CHECK_FALSE(table.columns[1].numeric);
  CHECK(table.missing.size() == 2);
}

TEST_CASE("csv: numbers are decimal, whole cells, and never spelt inf or nan") {
  CHECK(csv_number(" -1.5e3 ") == -1500);
  CHECK(csv_number("+.5") == 0.5);
  CHECK(std::isinf(csv_number("1e999").value()));
  CHECK(csv_number("1e-999") == 0);
  for (const char* cell : {"", " ", "-", "inf", "nan", "0x10", "1,5", "1 2", "5 cm", "1e"})
    CHECK_FALSE(csv_number(cell).has_value());
}

TEST_CASE("csv: a row of another width is an error with line, found and expected") {
  CHECK_FAILS(parse_csv("a,b\n1,2\n3\n", "a.csv"), "a.csv: line 3 has 1 cells, expected 2");
  CHECK_FAILS(parse_csv("a,b\n1,2\n\n3,4,5\n", "a.csv"), "a.csv: line 4 has 3 cells, expected 2");
}

TEST_CASE("csv: empty tables and other separators are named") {
  CHECK_FAILS(parse_csv("", "a.csv"), "a.csv: the table is empty");
  CHECK_FAILS(parse_csv("\n\r\n", "a.csv"), "a.csv: the table is empty");
  CHECK_FAILS(parse_csv("a,b\n", "a.csv"), "a.csv: the table has a header but no rows");
  CHECK_FAILS(parse_csv("a;b\n1;2\n", "a.csv"), "cells must be separated by commas");
}

TEST_CASE("csv: scikit-learn's first line gives counts and class names") {
  const CsvTable table = read_csv(fixture("counts.csv"));
  CHECK_FALSE(table.header);
  CHECK(table.rows == 6);
  CHECK(table.columns.size() == 3);
  CHECK(table.class_names == std::vector<std::string>{"no", "yes"});
  // Counts, then a header: boston_house_prices.csv.
  const CsvTable both = parse_csv("2,1,\n\"x\",\"y\"\n1,2\n3,4\n", "a.csv");
  CHECK(both.header);
  CHECK(both.rows == 2);
  CHECK_FAILS(parse_csv("3,2,no,yes\n1,2,0\n1,2,1\n", "a.csv"), "declares 3 rows, but 2 follow");
  // A plain row of numbers is not taken for one.
  CHECK(parse_csv("5,1\n3,4\n", "a.csv").rows == 2);
}

TEST_CASE("csv: a line of standard input is exactly so many numbers") {
  CHECK(parse_csv_line("1, 2.5,-3\r", 3, "stdin", 7) == std::vector<float>{1, 2.5f, -3});
  CHECK_FAILS(parse_csv_line("1,2", 3, "stdin", 7), "stdin: line 7 has 2 cells, expected 3");
  CHECK_FAILS(parse_csv_line("1,x,3", 3, "stdin", 7),
              "stdin: line 7, cell 2: \"x\" is not a number");
  CHECK_FAILS(parse_csv_line("1,1e39,3", 3, "stdin", 7), "cell 2: \"1e39\" is not a number");
  CHECK_FAILS(parse_csv_line("", 3, "stdin", 7), "line 7 has 0 cells");
}

TEST_CASE("csv: thousands of damaged files neither crash nor escape as other exceptions") {
  const auto parse = [](Bytes bytes, std::string_view name) {
    return parse_csv(text_of(bytes), name);
  };
  for (const char* name : {"quoted.csv", "counts.csv", "regression.csv"})
    survives_mutations(fixture_bytes(name), parse);
}

TEST_CASE("csv: cut at any byte it is a shorter table or an error that names the file") {
  const std::string text = os::read_text(fixture("quoted.csv"));
  for (std::size_t size = 0; size < text.size(); ++size) {
    try {
      const std::size_t rows = parse_csv(std::string_view(text).substr(0, size), "cut.csv").rows;
      CHECK(rows <= 2);
    } catch (const Error& error) {
      CHECK(std::string_view(error.what()).starts_with("cut.csv: "));
    }
  }
}

}  // namespace lemnos::data
