// SPDX-License-Identifier: Apache-2.0
#include "data/datasets/box_folder.h"

#include <doctest/doctest.h>

#include "data/datasets/dataset.h"
#include "data/formats/image.h"
#include "tests/data/fixtures.h"

namespace lemnos::data {
namespace {

struct Labelled {
  ScratchFolder folder;

  void image(const std::string& name, std::uint8_t value) const {
    Array made = Array::zeros(DType::u8, Shape{2, 3, 1});
    made.as<std::uint8_t>()[0] = value;
    write("images/" + name, encode_png(made));
  }
  void text(const std::string& name, const std::string& text) const {
    write(name, {reinterpret_cast<const std::byte*>(text.data()),
                 reinterpret_cast<const std::byte*>(text.data() + text.size())});
  }
  void write(const std::string& name, const std::vector<std::byte>& bytes) const {
    std::filesystem::create_directories((folder / name).parent_path());
    os::write_file(folder / name, bytes);
  }
  Dataset open() const { return open_dataset(folder.path().string()); }

  // train: two boxes, none (empty file); val: none (no file), one box.
  void with_splits() const {
    image("train/a.png", 1);
    image("train/b.png", 2);
    image("val/c.png", 3);
    image("val/d.png", 4);
    text("labels/train/a.txt", "1 0.5 0.25 0.5 0.125\r\n0 0 1 1 1\n");
    text("labels/train/b.txt", "");
    text("labels/val/d.txt", "2 0.5 0.5 0.25 0.75");
  }
};

}  // namespace

TEST_CASE("box_folder: lines of labels are boxes, and what is in images/val is held out") {
  const Labelled made;
  made.with_splits();
  const Dataset set = made.open();
  CHECK(set.task == Task::boxes);
  CHECK(set.class_names == std::vector<std::string>{"0", "1", "2"});
  CHECK(holds<float>(set.train.targets, Shape{2, 2, 5},
                     {1,  0.5f, 0.25f, 0.5f, 0.125f, 0,  0,  1,  1,  1,  //
                      -1, -1,   -1,    -1,   -1,     -1, -1, -1, -1, -1}));
  CHECK(holds<float>(set.test.targets, Shape{2, 2, 5},
                     {-1, -1,   -1,   -1,    -1,    -1, -1, -1, -1, -1,  //
                      2,  0.5f, 0.5f, 0.25f, 0.75f, -1, -1, -1, -1, -1}));
  CHECK(set.train.inputs.row(1)[0] == std::byte{2});
  CHECK(set.test.inputs.row(1)[0] == std::byte{4});
  made.text("classes.txt", "hat\nshoe\nbag\ncoat\n\n");
  CHECK(made.open().class_names == std::vector<std::string>{"hat", "shoe", "bag", "coat"});
}

TEST_CASE("box_folder: without splits a fifth is held out") {
  const Labelled made;
  for (const char* name : {"a", "b", "c", "d", "e"}) {
    made.image(fmt::format("{}.png", name), 1);
    made.text(fmt::format("labels/{}.txt", name), "0 0.5 0.5 1 1\n");
  }
  const Dataset set = made.open();
  CHECK(set.train.rows() == 4);
  CHECK(set.test.targets.shape == Shape{1, 1, 5});
}

TEST_CASE("box_folder: a line that is no box is named by file and number") {
  const Labelled made;
  made.with_splits();
  const std::string file = "labels/train/a.txt";
  for (const auto& [line, error] : {std::pair("0 0.5 0.5 0.5", "five numbers, not '0 0.5 0.5 0.5'"),
                                    std::pair("0 0.5 0.5 0.5 0.5 0.9", "five numbers"),
                                    std::pair("0 0.5 0.5 wide 0.5", "'wide' is not a number"),
                                    std::pair("0 0.5 0.5 nan 0.5", "parts of the image"),
                                    std::pair("0 0.5 0.5 0 0.5", "parts of the image"),
                                    std::pair("0 320 200 64 48", "parts of the image"),
                                    std::pair("1.5 0.5 0.5 0.5 0.5", "a class is a number"),
                                    std::pair("-1 0.5 0.5 0.5 0.5", "a class is a number")}) {
    made.text(file, fmt::format("0 0.5 0.5 0.5 0.5\n{}\n", line));
    CHECK_FAILS(made.open(), error);
    CHECK_FAILS(made.open(), "a.txt: line 2: ");
  }
}

TEST_CASE("box_folder: names that are too few, no boxes and no images are errors") {
  const Labelled made;
  made.with_splits();
  made.text("classes.txt", "hat\nshoe\n");
  CHECK_FAILS(made.open(), "classes.txt: 2 names, but there is a class 2");
  std::filesystem::remove(made.folder / "classes.txt");
  for (const char* file : {"labels/train/a.txt", "labels/val/d.txt"}) made.text(file, "\n");
  CHECK_FAILS(made.open(), "no image has a box");
  for (const char* image : {"images/val/c.png", "images/val/d.png"})
    std::filesystem::remove(made.folder / image);
  CHECK_FAILS(made.open(), "val: the folder holds no images");
  CHECK_FAILS(box_folder(made.folder.path() / "images"), "no folders images and labels");
}

}  // namespace lemnos::data
