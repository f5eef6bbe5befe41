// SPDX-License-Identifier: Apache-2.0
#include "data/datasets/csv_table.h"

#include <algorithm>

#include "data/datasets/dataset.h"
#include "tests/data/fixtures.h"
#include "tests/skip.h"

namespace lemnos::data {
namespace {

Dataset table(const std::string& text, const TableOptions& options = {}) {
  const ScratchFolder folder;
  os::write_file(folder / "t.csv", text);
  return csv_table(folder / "t.csv", options);
}

std::string rows(int n, const std::string& header, const auto& target) {
  std::string text = header + "\n";
  for (int i = 0; i < n; ++i) text += fmt::format("{},{},{}\n", i, i * i, target(i));
  return text;
}

TableOptions kind(TargetKind wanted) {
  TableOptions options;
  options.kind = wanted;
  return options;
}

}  // namespace

TEST_CASE("csv_table: a text target becomes classes, sorted by name") {
  const Dataset set =
      table(rows(10, "a,b,kind", [](int i) { return i % 3 == 0 ? "zebra" : "ant"; }));
  CHECK(set.task == Task::classes);
  CHECK(set.class_names == std::vector<std::string>{"ant", "zebra"});
  CHECK(set.input_names == std::vector<std::string>{"a", "b"});
  CHECK(set.train.rows() == 8);
  CHECK(set.test.rows() == 2);
  CHECK(set.test.inputs.shape == Shape{2, 2});
  const auto in = set.train.inputs.as<float>();
  const auto out = set.train.targets.as<std::uint32_t>();
  for (std::size_t i = 0; i < 8; ++i) {  // rows stay together through the shuffle
    CHECK(in[2 * i + 1] == in[2 * i] * in[2 * i]);
    CHECK(out[i] == (static_cast<int>(in[2 * i]) % 3 == 0 ? 1u : 0u));
  }
}

TEST_CASE("csv_table: few whole numbers are classes, fractions and many values are regression") {
  const Dataset few = table(rows(10, "a,b,c", [](int i) { return i % 2 * 5 - 1; }));
  CHECK(few.class_names == std::vector<std::string>{"-1", "4"});
  CHECK(table(rows(10, "a,b,c", [](int i) { return i % 2 + 0.5; })).task == Task::regression);
  CHECK(table(rows(60, "a,b,c", [](int i) { return i % 30; })).task == Task::regression);
  CHECK(table(rows(60, "a,b,c", [](int i) { return i % 20; })).classes() == 20);
  const Dataset set = csv_table(fixture("regression.csv"));
  CHECK(set.task == Task::regression);
  CHECK(set.train.targets.shape == Shape{8, 1});
  CHECK(set.classes() == 0);
}

TEST_CASE("csv_table: the kind of target can be forced, when it makes sense") {
  const std::string whole = rows(10, "a,b,c", [](int i) { return i % 2; });
  CHECK(table(whole, kind(TargetKind::regression)).task == Task::regression);
  const std::string many = rows(10, "a,b,c", [](int i) { return i; });
  CHECK(table(many).task == Task::regression);
  CHECK(table(many, kind(TargetKind::classes)).classes() == 10);
  CHECK_FAILS(table("a,b\n1,0.5\n2,1\n", kind(TargetKind::classes)), "column 'b' holds fractions");
  CHECK_FAILS(table("a,b\n1,x\n2,y\n", kind(TargetKind::regression)),
              "column 'b' holds text (\"x\")");
}

TEST_CASE("csv_table: the target is any column by name") {
  TableOptions options;
  options.target = "a";
  const Dataset set = table("a,b\nx,1\ny,2\nx,3\n", options);
  CHECK(set.input_names == std::vector<std::string>{"b"});
  CHECK(set.classes() == 2);
  options.target = "q";
  CHECK_FAILS(table("a,b\nx,1\n", options), "there is no column 'q'; the columns are: a, b");
}

TEST_CASE("csv_table: the split depends on the seed only and holds every row once") {
  const std::string text = rows(50, "a,b,c", [](int i) { return i % 2; });
  const Dataset first = table(text), again = table(text);
  CHECK(first.train.inputs.bytes == again.train.inputs.bytes);
  TableOptions options;
  options.seed = 1;
  CHECK(first.test.inputs.bytes != table(text, options).test.inputs.bytes);
  std::vector<float> seen;
  for (const Split* split : {&first.train, &first.test})
    for (std::size_t i = 0; i < split->inputs.as<float>().size(); i += 2)
      seen.push_back(split->inputs.as<float>()[i]);
  std::ranges::sort(seen);
  for (std::size_t i = 0; i < 50; ++i) CHECK(seen[i] == static_cast<float>(i));
}

TEST_CASE("csv_table: the held-out fraction is kept, and both splits have a row") {
  const std::string text = rows(10, "a,b,c", [](int i) { return i % 2; });
  const auto held = [&](double fraction) {
    TableOptions options;
    options.held_out = fraction;
    return table(text, options);
  };
  CHECK(held(0.5).test.rows() == 5);
  CHECK(held(0.001).test.rows() == 1);
  CHECK(held(0.999).train.rows() == 1);
  CHECK(held(0).test.rows() == 0);
  CHECK(held(0).train.rows() == 10);
  CHECK_FAILS(held(1), "the held-out fraction must be from 0 to below 1, not 1");
  CHECK_FAILS(held(-0.1), "not -0.1");
}

TEST_CASE("csv_table: missing cells, text features and infinite numbers name row and column") {
  CHECK_FAILS(table("a,b,c\n1,2,0\n3,,1\nNA,4,0\n"),
              "line 3 (row 2), column 'b': the cell is missing (2");
  CHECK_FAILS(table("a,b,c\n1,red,0\n2,blue,1\n"), "column 'b' holds text (\"red\"), but features");
  CHECK_FAILS(table("a,b,c\n1,1e40,0\n2,0,1\n"), "row 1, column 'b': 1e+40 is beyond the range");
  CHECK_FAILS(table("a\n1\n2\n"), "the table has one column");
  CHECK_FAILS(table("a,b\n1,x\n"), "the table has 1 rows");
  CHECK_FAILS(table("a,b\n1,x\n2,x\n"), "column 'b' has the same value in every row");
  CHECK_FAILS(table(rows(50, "a,b,c", [](int i) { return fmt::format("id{}", i); })),
              "column 'c' holds 50 different texts in 50 rows");
}

TEST_CASE("csv_table: rows with missing cells can be left out of both splits") {
  const std::string text = "a,b,c\n1,2,0\n3,,1\nNA,4,0\n5,6,1\n7,8,?\n9,9,1\n";
  TableOptions options;
  options.missing = Missing::drop;
  options.held_out = 0;
  Dataset set = table(text, options);
  CHECK(set.train.rows() == 3);
  std::vector<float> seen(set.train.inputs.as<float>().begin(), set.train.inputs.as<float>().end());
  std::ranges::sort(seen);
  CHECK(seen == std::vector<float>{1, 2, 5, 6, 9, 9});
  options.target = "a";  // texts lose their rows too
  set = table("a,b\nx,1\ny,2\n,3\nz,\n", options);
  CHECK(set.class_names == std::vector<std::string>{"x", "y"});
  CHECK_FAILS(table("a,b,c\n1,,0\n3,,1\n", options), "the table has 0 rows");
}

TEST_CASE("csv_table: missing cells can stay, to be filled, but not those of the target") {
  TableOptions options;
  options.missing = Missing::median;
  options.held_out = 0;
  const Dataset set = table("a,b,c\n1,2,0\n3,,1\nNA,4,0\n5,6,1\n7,8,?\n9,9,1\n", options);
  CHECK(set.train.rows() == 5);
  CHECK(std::ranges::count_if(set.train.inputs.as<float>(), [](float x) { return x != x; }) == 2);
  CHECK(set.class_names == std::vector<std::string>{"0", "1"});
}

TEST_CASE("csv_table: scikit-learn's first line names the classes") {
  const Dataset set = csv_table(fixture("counts.csv"));
  CHECK(set.class_names == std::vector<std::string>{"no", "yes"});
  CHECK(set.train.rows() + set.test.rows() == 6);
  CHECK_FAILS(table("2,1,no,yes\n1,0\n1,2\n"),
              "column 'column 2' holds 2, but the first line names 2");
}

TEST_CASE("csv_table: scikit-learn's breast_cancer.csv is read whole") {
  const std::filesystem::path path =
      "/usr/lib/python3/dist-packages/sklearn/datasets/data/breast_cancer.csv";
  if (!std::filesystem::exists(path)) return test::skip("python3-sklearn is not installed");
  const Dataset set = csv_table(path);
  CHECK(set.name == "breast_cancer");
  CHECK(set.class_names == std::vector<std::string>{"malignant", "benign"});
  CHECK(set.train.inputs.shape == Shape{455, 30});
  CHECK(set.test.inputs.shape == Shape{114, 30});
  const auto benign = [](const Split& split) {
    return std::ranges::count(split.targets.as<std::uint32_t>(), 1u);
  };
  CHECK(benign(set.train) + benign(set.test) == 357);
}

}  // namespace lemnos::data
