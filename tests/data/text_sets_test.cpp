// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>

#include "data/datasets/dataset.h"
#include "data/datasets/split.h"
#include "data/datasets/synthetic.h"
#include "data/datasets/text.h"
#include "tests/data/fixtures.h"
#include "tests/skip.h"

namespace lemnos::data {
namespace {

using Texts = std::vector<std::string>;

// Files in a scratch folder; "a/b" makes folder a.
struct Files {
  ScratchFolder folder;
  std::string write(const std::string& name, std::string_view text) {
    std::filesystem::create_directories((folder / name).parent_path());
    os::write_file(folder / name, text);
    return (folder / name).string();
  }
  std::string path() const { return folder.path().string(); }
};

TextOptions all_train() {
  TextOptions options;
  options.held_out = 0;
  return options;
}

// Each text with the name of its class, in byte order.
std::multiset<std::string> labelled(const Dataset& set, const Split& split) {
  std::multiset<std::string> result;
  for (std::size_t i = 0; i < split.texts.size(); ++i)
    result.insert(set.class_names[split.targets.as<std::uint32_t>()[i]] + ":" + split.texts[i]);
  return result;
}

// `sizes[i]` documents of class i.
void write_classes(Files& files, const std::vector<int>& sizes) {
  for (std::size_t c = 0; c < sizes.size(); ++c)
    for (int i = 0; i < sizes[c]; ++i)
      files.write(fmt::format("{}/{}.txt", static_cast<char>('a' + c), i),
                  fmt::format("document {} of class {}", i, c));
}

std::vector<std::int64_t> per_class(const Dataset& set, const Split& split) {
  std::vector<std::int64_t> counts(set.class_names.size());
  for (const std::uint32_t label : split.targets.as<std::uint32_t>()) ++counts[label];
  return counts;
}

}  // namespace

TEST_CASE("text_folder: a folder for each class, a file for each document") {
  Files files;
  files.write("spam/1.txt", "buy now");
  files.write("spam/2.txt",
              "\xEF\xBB\xBF"
              "cheap");  // a byte-order mark goes
  files.write("ham/1.txt", "lunch?\n");
  files.write("ham/.hidden", "not this");
  files.write(".git/x", "nor this");
  files.write("README", "nor this: it is in no folder");
  const Dataset set = text_folder(files.path(), all_train());
  CHECK(set.task == Task::classes);
  CHECK(set.class_names == Texts{"ham", "spam"});
  CHECK(set.train.rows() == 3);
  CHECK(set.test.rows() == 0);
  CHECK(labelled(set, set.train) ==
        std::multiset<std::string>{"ham:lunch?\n", "spam:buy now", "spam:cheap"});
}

TEST_CASE("text_folder: files of documents between lines of %, as fortune has them") {
  Files files;
  files.write("wise", "one\n  -- A\n%\ntwo %\n%\n\n%\nthree % 3\r\n%\r\nfour");
  files.write("wise.dat", std::string_view("\0\0\0\2", 4));
  files.write("odd.dat", "five\n%\n");  // an index of nothing is a file like any other
  std::filesystem::create_symlink("wise", files.folder / "wise.u8");
  const Dataset set = text_folder(files.path(), all_train());
  CHECK(set.class_names == Texts{"odd.dat", "wise"});
  CHECK(labelled(set, set.train) ==
        std::multiset<std::string>{"odd.dat:five\n", "wise:one\n  -- A\n", "wise:two %\n",
                                   "wise:three % 3\r\n", "wise:four\n"});
}

TEST_CASE("text_folder: only the classes named, and an unknown one is wrong usage") {
  Files files;
  write_classes(files, {2, 2, 2});
  TextOptions options = all_train();
  options.classes = {"c", "a"};
  CHECK(text_folder(files.path(), options).class_names == Texts{"a", "c"});
  options.classes = {"a", "z"};
  CHECK_FAILS(text_folder(files.path(), options), "there is no class 'z'; there are a, b, c");
  options.classes = {"b"};
  CHECK_FAILS(text_folder(files.path(), options), "one class only ('b')");
}

TEST_CASE("text_folder: empty folders, one class, empty and binary files are errors by name") {
  Files files;
  CHECK_FAILS(text_folder(files.path() + "/none"), "none: there is no such folder");
  CHECK_FAILS(text_folder(files.path()), files.path() + ": the folder holds no text");
  files.write("a/1", "text");
  CHECK_FAILS(text_folder(files.path()), files.path() + ": one class only ('a')");
  std::filesystem::create_directory(files.folder / "b");
  CHECK_FAILS(text_folder(files.path(), all_train()), "b: this class has no documents");
  const std::string bad = files.write("b/1", " \n");
  CHECK_FAILS(text_folder(files.path(), all_train()), bad + ": there is no text in this file");
  files.write("b/1", "caf\xE9");
  CHECK_FAILS(text_folder(files.path(), all_train()), bad + ": byte 3 (0xe9, in line 1) is not");
  files.write("b/1", std::string_view("a\0b", 3));
  CHECK_FAILS(text_folder(files.path(), all_train()), bad + ": byte 1 is zero: this is not a text");
  TextOptions any = all_train();
  any.any_bytes = true;
  CHECK(text_folder(files.path(), any).train.rows() == 2);
  files.write("b/1", "text");
  CHECK_FAILS(text_folder(files.path()), "class 'a' has 1 examples; 2 are needed to train on");

  Files flat;
  flat.write("x", "one\n%\ntwo\n");
  const std::string plain = flat.write("y", "no separator\n");
  CHECK_FAILS(text_folder(flat.path()), plain + ": there are no lines of % that separate");
}

TEST_CASE("split: each class holds out its share, by the seed") {
  Files files;
  write_classes(files, {10, 5, 2});
  const Dataset set = text_folder(files.path());
  CHECK(per_class(set, set.train) == std::vector<std::int64_t>{8, 4, 1});
  CHECK(per_class(set, set.test) == std::vector<std::int64_t>{2, 1, 1});
  auto all = labelled(set, set.train);
  all.merge(labelled(set, set.test));
  CHECK(all == [&] {
    const Dataset whole = text_folder(files.path(), all_train());
    return labelled(whole, whole.train);
  }());
  CHECK(text_folder(files.path()).train.texts == set.train.texts);
  TextOptions other;
  other.seed = 1;
  CHECK(text_folder(files.path(), other).test.texts != set.test.texts);
  other.held_out = 1;
  CHECK_FAILS(text_folder(files.path(), other), "the held-out fraction must be from 0 to below 1");
}

TEST_CASE("split: so many examples of each class, the first after the shuffle, or all there are") {
  Files files;
  write_classes(files, {10, 5, 2});
  const Dataset whole = text_folder(files.path());
  Dataset few = whole;
  keep_per_class(few, 3, 4);
  CHECK(per_class(few, few.train) == std::vector<std::int64_t>{3, 3, 1});
  CHECK(few.test.texts == whole.test.texts);
  Dataset more = whole;
  keep_per_class(more, 4, 4);  // the smaller choice is part of the larger
  const auto larger = labelled(more, more.train);
  const auto smaller = labelled(few, few.train);
  CHECK(std::ranges::includes(larger, smaller));
  Dataset again = whole;
  keep_per_class(again, 3, 5);
  CHECK(again.train.texts != few.train.texts);
  CHECK_FAILS(keep_per_class(few, 0, 0), "examples of each class: at least 1, not 0");
  few.class_names.push_back("d");
  CHECK_FAILS(keep_per_class(few, 1, 0), "class 'd' has no example to train on");
  Dataset unlabelled = without_labels(whole);
  CHECK_FAILS(keep_per_class(unlabelled, 1, 0), "it has no classes");
}

TEST_CASE("text_table: a text and a label column of a .csv or .tsv file") {
  Files files;
  const std::string csv = files.write(
      "t.csv", "id,label,text\n1,good,\"fine, really\"\n2,bad,NA\n3,good,?\n4,bad,no\n");
  const Dataset set = text_table(csv, all_train());
  CHECK(set.class_names == Texts{"bad", "good"});
  CHECK(labelled(set, set.train) ==
        std::multiset<std::string>{"bad:NA", "bad:no", "good:?", "good:fine, really"});
  TextOptions named = all_train();
  named.text = "review";
  named.target = "stars";
  const std::string tsv = files.write("t.tsv", "stars\treview\r\n1\tbad \"x\"\r\n\r\n5\tgood\r\n");
  const Dataset stars = text_table(tsv, named);
  CHECK(labelled(stars, stars.train) == std::multiset<std::string>{"1:bad \"x\"", "5:good"});
}

TEST_CASE("text_table: missing columns, empty cells and useless labels are errors by line") {
  Files files;
  const auto refuse = [&](std::string_view text, const std::string& message) {
    const std::string path = files.write("t.csv", text);
    CHECK_FAILS(text_table(path), path + ": " + message);
  };
  refuse("a,label\nx,y\n", "there is no column 'text'; the columns are: a, label");
  refuse("text,a\nx,y\n", "there is no column 'label'; the columns are: text, a");
  refuse("text,label\n", "the table has a header but no rows");
  refuse("text,label\na,x\n ,y\n", "line 3, cell 1: there is no text in it");
  refuse("text,label\na,x\nb,\n", "line 3, cell 2: there is no text in it");
  refuse("text,label\na,x\nb\n", "line 3 has 1 cells, expected 2");
  refuse("text,label\na,x\nb,x\n", "column 'label' has the same label in every row");
  refuse("text,label\na,x\nb,x\nc,y\n", "class 'y' has 1 examples");
  refuse("text,label,text\na,x,b\nc,y,d\n", "several columns are called 'text'");
  refuse("text,label\na,\xFF\n", "byte 13 (0xff, in line 2) is not UTF-8");
  refuse("", "there is no text in this file");
  std::string many = "text,label\n";
  for (int i = 0; i < 30; ++i) many += fmt::format("text,label {}\n", i);
  refuse(many, "column 'label' holds 30 different labels in 30 rows, too many for classes");
}

TEST_CASE("text_table: the text and the target are two columns") {
  Files files;
  const std::string path = files.write("t.csv", "text,label\na,x\nb,y\n");
  TextOptions options;
  options.text = "label";
  CHECK_FAILS(text_table(path, options), "column 'label' cannot be the text and the target both");
  options.target = "mood";
  CHECK_FAILS(text_table(path, options), "no column 'mood'; the columns are: text, label");
}

TEST_CASE("text_column: the texts of a table, which needs no labels") {
  Files files;
  const std::string path = files.write("t.csv", "review,stars\n\"one, two\",\nthree,5\nfour,5\n");
  TextOptions options = all_train();
  options.text = "review";
  const Dataset set = open_text(path, Task::next_token, options);
  CHECK(set.task == Task::next_token);
  CHECK(set.path == path);
  CHECK(std::multiset<std::string>(set.train.texts.begin(), set.train.texts.end()) ==
        std::multiset<std::string>{"four", "one, two", "three"});
  CHECK(set.train.targets.empty());
  options.held_out = 0.3;
  CHECK(text_column(path, options).test.rows() == 1);
  CHECK_FAILS(text_column(path), "there is no column 'text'; the columns are: review, stars");
  options.text = "stars";
  CHECK_FAILS(text_column(path, options), "line 2, cell 2: there is no text in it");
}

TEST_CASE("text_files: running text, the last part held out from the start of a line") {
  Files files;
  const std::filesystem::path a = files.write("a", "one\ntwo\nthree");
  const std::filesystem::path b = files.write("b", "four\nfive\nsix\n");
  const std::vector<std::filesystem::path> both{a, b};
  TextOptions options;
  options.held_out = 0.3;
  const Dataset set = text_files(both, options);
  CHECK(set.task == Task::next_token);
  CHECK(set.train.texts == Texts{"one\ntwo\nthree\nfour\nfive\n"});
  CHECK(set.test.texts == Texts{"six\n"});
  CHECK(text_files(both, all_train()).train.texts == Texts{"one\ntwo\nthree\nfour\nfive\nsix\n"});
  CHECK(text_files(both, all_train()).test.rows() == 0);
  // Chinese in one line: cut at a character.
  options.held_out = 0.4;  // 10.8 of 18 bytes: within the fourth character
  const std::filesystem::path tao = files.write("tao", "道可道非常道");
  const Dataset chinese = text_files({&tao, 1}, options);
  CHECK(chinese.train.texts == Texts{"道可道非"});
  CHECK(chinese.test.texts == Texts{"常道"});
}

TEST_CASE("text_files: no file, an empty one, and too little to hold out are errors") {
  Files files;
  CHECK_FAILS(text_files({}), "no text files were given");
  const auto refuse = [&](std::string_view text, const std::string& message) {
    const std::filesystem::path path = files.write("t", text);
    CHECK_FAILS(text_files({&path, 1}), path.string() + ": " + message);
  };
  refuse("", "there is no text in this file");
  refuse("a", "1 bytes of text are too few to hold out 0.2 of them");
  refuse("ab\xFF", "byte 2 (0xff, in line 1) is not UTF-8");
  CHECK_FAILS(open_text(files.path() + "/none", Task::next_token), "cannot read " + files.path());
}

TEST_CASE("text_pairs: two columns without names, source and target") {
  Files files;
  const std::string tsv = files.write("p.tsv", "go\tva\nrun\tcours\nhi, you\tsalut\n");
  const Dataset set = text_pairs(tsv);
  CHECK(set.task == Task::sequence);
  CHECK(set.train.rows() == 2);
  CHECK(set.test.rows() == 1);
  CHECK(set.train.target_texts.size() == 2);
  const Dataset all = open_text(tsv, Task::sequence, all_train());
  for (std::size_t i = 0; i < 3; ++i)
    CHECK((all.train.texts[i] == "go") == (all.train.target_texts[i] == "va"));
  CHECK_FAILS(text_pairs(files.write("p.csv", "a,b,c\n")), "line 1 has 3 cells; pairs have 2");
  CHECK_FAILS(text_pairs(files.write("p.tsv", "a\tb\nc\t\n")), "line 2, cell 2: there is no text");
  CHECK_FAILS(text_pairs(files.write("p.csv", "a,b\n")), "1 row; 2 are needed");
}

TEST_CASE("text_pairs: two columns by their names, of a table that may have more") {
  Files files;
  const std::string csv = files.write("p.csv", "id,out,in\n1,va,go\n2,cours,run\n");
  TextOptions options = all_train();
  options.text = "in";
  CHECK_FAILS(text_pairs(csv, options), "of pairs, both columns are named, or neither is");
  options.target = "out";
  const Dataset set = open_text(csv, Task::sequence, options);
  REQUIRE(set.train.rows() == 2);
  for (std::size_t i = 0; i < 2; ++i)
    CHECK(set.train.target_texts[i] == (set.train.texts[i] == "go" ? "va" : "cours"));
  options.target = "in";
  CHECK_FAILS(text_pairs(csv, options), "column 'in' cannot be the text and the target both");
  options.target = "French";
  CHECK_FAILS(text_pairs(csv, options), "no column 'French'; the columns are: id, out, in");
}

TEST_CASE("reversal: random letters and the same backwards, by seed and split") {
  const Dataset set = open_text("reversal", Task::sequence);
  CHECK(set.path.empty());
  CHECK(set.train.rows() == 20000);
  CHECK(set.test.rows() == 5000);
  std::set<std::size_t> lengths;
  for (std::size_t i = 0; i < set.train.texts.size(); ++i) {
    const std::string& text = set.train.texts[i];
    lengths.insert(text.size());
    CHECK(set.train.target_texts[i] == std::string(text.rbegin(), text.rend()));
    CHECK(std::ranges::all_of(text, [](char c) { return c >= 'a' && c <= 'z'; }));
  }
  CHECK(*lengths.begin() == 4);
  CHECK(*lengths.rbegin() == 12);
  CHECK(set.train.texts == reversal(20000).train.texts);
  CHECK(set.train.texts != reversal(20000, 1).train.texts);
  CHECK(set.train.texts[0] != set.test.texts[0]);
  CHECK_FAILS(reversal(0), "a synthetic data set has 1 to 10,000,000 rows, not 0");
}

TEST_CASE("open_text: what is asked for decides how a name is read") {
  Files files;
  write_classes(files, {5, 5});
  const std::string file = files.write("../plain-" + files.folder.path().filename().string(),
                                       "one\ntwo\nthree\nfour\nfive\n");
  const Dataset documents = open_text(files.path(), Task::classes);
  CHECK(documents.classes() == 2);
  CHECK(documents.path == files.path());
  const Dataset stream = open_text(files.path(), Task::next_token);
  CHECK(stream.task == Task::next_token);
  CHECK(stream.train.rows() == 8);
  CHECK(stream.train.targets.empty());
  CHECK(stream.class_names.empty());
  const Dataset running = open_text(file, Task::next_token);
  CHECK(running.test.texts == Texts{"five\n"});
  CHECK(running.path == std::filesystem::path(file).lexically_normal().string());
  CHECK_FAILS(open_text(file, Task::classes), "there are no labelled texts '" + file);
  CHECK_FAILS(open_text(file, Task::sequence), "there are no pairs of texts '" + file);
  std::filesystem::remove(file);
}

TEST_CASE("open_text: for nothing in particular, with labels where there are any") {
  Files files;
  const auto task_of = [&](const std::string& path) { return open_text(path, Task::none).task; };
  CHECK(task_of(files.write("l.csv", "text,label\nx,a\ny,b\nz,a\nw,b\n")) == Task::classes);
  CHECK(task_of(files.write("t.csv", "text,source\nx,a\ny,b\nz,a\n")) == Task::next_token);
  CHECK(task_of(files.write("notes", "one line\nanother\nthe third\n")) == Task::next_token);
  write_classes(files, {2, 2});
  CHECK(task_of(files.path()) == Task::classes);
}

TEST_CASE("fortunes: Debian's package gives documents of many classes, all in UTF-8") {
  if (!std::filesystem::is_directory("/usr/share/games/fortunes"))
    return test::skip("fortunes is not installed");
  TextOptions options;
  options.classes = {"computers", "food"};
  const Dataset set = open_text("fortunes", Task::classes, options);
  CHECK(set.class_names == Texts{"computers", "food"});
  CHECK(set.train.rows() > 900);
  CHECK(open_text("fortunes", Task::next_token).train.rows() > 10000);
}

}  // namespace lemnos::data
