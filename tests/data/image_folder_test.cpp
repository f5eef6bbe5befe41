// SPDX-License-Identifier: Apache-2.0
#include "data/datasets/image_folder.h"

#include <algorithm>

#include "data/datasets/dataset.h"
#include "data/formats/image.h"
#include "tests/data/fixtures.h"

namespace lemnos::data {
namespace {

// Gray 2 x 3 images of one value each, in files that are made as they are named.
struct Pictures {
  ScratchFolder folder;

  std::filesystem::path add(const std::string& name, std::uint8_t value, std::int64_t width = 3) {
    Array image = Array::zeros(DType::u8, Shape{2, width, 1});
    std::ranges::fill(image.as<std::uint8_t>(), value);
    return add(name, encode_png(image));
  }
  std::filesystem::path add(const std::string& name, const std::vector<std::byte>& bytes) {
    const std::filesystem::path path = folder / name;
    std::filesystem::create_directories(path.parent_path());
    os::write_file(path, bytes);
    return path;
  }
  std::filesystem::path add_fixture(const std::string& name, const std::string& of) {
    return add(name, fixture_bytes(of));
  }
  // dark/0.png ... 4.png of values 0 to 4, light/0.png ... of 100 to 104.
  void add_classes() {
    for (int i = 0; i < 5; ++i) {
      add(fmt::format("dark/{}.png", i), static_cast<std::uint8_t>(i));
      add(fmt::format("light/{}.png", i), static_cast<std::uint8_t>(100 + i));
    }
  }
  Dataset open(const ImageOptions& options = {}) const {
    return image_folder(folder.path(), options);
  }
  std::string path() const { return folder.path().string(); }
};

std::vector<int> first_pixels(const Split& split) {
  std::vector<int> values;
  for (std::int64_t i = 0; i < split.rows(); ++i)
    values.push_back(static_cast<int>(split.inputs.row(i)[0]));
  return values;
}

}  // namespace

TEST_CASE("image_folder: folders are classes, and a fifth of each is held out by the seed") {
  Pictures pictures;
  pictures.add_classes();
  const Dataset set = open_dataset(pictures.path());
  CHECK(set.task == Task::classes);
  CHECK(set.class_names == std::vector<std::string>{"dark", "light"});
  CHECK(set.train.inputs.shape == Shape{8, 2, 3, 1});
  CHECK(set.test.inputs.shape == Shape{2, 2, 3, 1});
  for (const Split* split : {&set.train, &set.test})
    for (std::int64_t i = 0; i < split->rows(); ++i)
      CHECK(split->targets.as<std::uint32_t>()[static_cast<std::size_t>(i)] ==
            (first_pixels(*split)[static_cast<std::size_t>(i)] >= 100 ? 1u : 0u));
  std::vector<int> seen = first_pixels(set.train);
  std::ranges::copy(first_pixels(set.test), std::back_inserter(seen));
  std::ranges::sort(seen);
  CHECK(seen == std::vector{0, 1, 2, 3, 4, 100, 101, 102, 103, 104});
  CHECK(first_pixels(pictures.open().test) == first_pixels(set.test));
  CHECK(first_pixels(pictures.open({.seed = 3}).train) != first_pixels(set.train));
}

TEST_CASE("image_folder: train and test, or val, are the splits where they are there") {
  for (const std::string held : {"test", "val"}) {
    Pictures pictures;
    pictures.add("train/a/x.png", 1);
    pictures.add("train/b/x.png", 2);
    pictures.add("train/b/y.png", 3);
    pictures.add(held + "/b/x.png", 4);
    const Dataset set = pictures.open();
    CHECK(holds<std::uint32_t>(set.train.targets, Shape{3}, {0, 1, 1}));
    CHECK(first_pixels(set.train) == std::vector{1, 2, 3});
    CHECK(holds<std::uint32_t>(set.test.targets, Shape{1}, {1}));
    CHECK(first_pixels(set.test) == std::vector{4});
    pictures.add(held + "/c/x.png", 4);
    CHECK_FAILS(pictures.open(), "the test split has a class 'c', the training split none");
  }
}

TEST_CASE("image_folder: images without folders have no labels") {
  Pictures pictures;
  for (int i = 0; i < 10; ++i) pictures.add(fmt::format("{}.png", i), static_cast<std::uint8_t>(i));
  const Dataset set = pictures.open();
  CHECK(set.task == Task::none);
  CHECK(set.classes() == 0);
  CHECK(set.train.targets.empty());
  CHECK(set.train.rows() == 8);
  CHECK(set.test.rows() == 2);
  Pictures split;
  split.add("train/a.png", 1);
  split.add("test/a.png", 2);
  CHECK(split.open().task == Task::none);
  CHECK(first_pixels(split.open().test) == std::vector{2});
  split.add("test/b/a.png", 2);
  CHECK_FAILS(split.open(), "test/a.png: an image beside folders");
}

TEST_CASE("image_folder: PNG and JPEG, gray, 16-bit, colour, alpha and CMYK go together") {
  Pictures pictures;
  pictures.add_fixture("1.png", "gray.png");
  pictures.add_fixture("2.PNG", "gray16.png");
  pictures.add_fixture("3.png", "gray_alpha.png");
  const Dataset gray = pictures.open({.held_out = 0});
  CHECK(gray.train.inputs.shape == Shape{3, 4, 5, 1});  // gray where all are
  pictures.add_fixture("4.png", "rgba.png");
  pictures.add_fixture("5.JPG", "gray.jpg");
  pictures.add_fixture("6.jpeg", "cmyk.jpg");
  const Dataset all = pictures.open({.size = ImageSize{.width = 5, .height = 4}, .held_out = 0});
  CHECK(all.train.inputs.shape == Shape{6, 4, 5, 3});
  std::vector<int> seen = first_pixels(all.train);
  std::ranges::sort(seen);  // the upper left: four of 0, the gray JPEG's black, CMYK's red
  CHECK(seen == std::vector{0, 0, 0, 0, 0, 255});
}

TEST_CASE("image_folder: one broken image among many is an error that names it") {
  Pictures pictures;
  pictures.add_classes();
  auto bytes = fixture_bytes("rgb.jpg");
  bytes.resize(bytes.size() / 2);
  const std::string jpeg = pictures.add("light/a.jpg", bytes).string();
  CHECK_FAILS(pictures.open({.size = ImageSize{3, 2}}), jpeg + ": cannot be read as JPEG: ");
  std::filesystem::remove(jpeg);
  bytes = fixture_bytes("gray.png");
  bytes[50] ^= std::byte{4};
  const std::string png = pictures.add("dark/b.png", bytes).string();
  CHECK_FAILS(pictures.open(), png + ": the PNG is damaged");
  std::filesystem::resize_file(png, 0);
  CHECK_FAILS(pictures.open(), png + ": neither a PNG nor a JPEG image (0 bytes");
}

TEST_CASE("image_folder: mixed sizes name two files and the remedy, which resizes all") {
  Pictures pictures;
  pictures.add_classes();
  const std::string wide = pictures.add("dark/9.png", 9, 7).string();
  CHECK_FAILS(pictures.open(), (pictures.folder / "dark/0.png").string() + " has 3 x 2 pixels, " +
                                   wide + " has 7 x 2");
  CHECK_FAILS(pictures.open(), "--size");
  const Dataset set = pictures.open({.size = parse_size("8x4")});
  CHECK(set.train.inputs.shape.without(0) == Shape{4, 8, 1});
  for (const int value : first_pixels(set.train)) CHECK((value <= 9 || value >= 100));
}

TEST_CASE("image_folder: an empty class, one class, no images and folders in folders are errors") {
  Pictures pictures;
  CHECK_FAILS(pictures.open(), pictures.path() + ": the folder holds no images");
  pictures.add("only/1.png", 1);
  CHECK_FAILS(pictures.open(), "one class only ('only')");
  std::filesystem::create_directory(pictures.folder / "void");
  os::write_file(pictures.folder / "void/notes.txt", "no image");
  os::write_file(pictures.folder / "void/.hidden.png", "no image");
  CHECK_FAILS(pictures.open(), "class 'void' has no images to train on");
  pictures.add("void/1.png", 1);
  CHECK_FAILS(pictures.open(), "class 'only' has 1 examples; 2 are needed");
  pictures.add("void/deep/1.png", 1);
  CHECK_FAILS(pictures.open(), "void/deep: a folder where images are expected");
  CHECK_FAILS(image_folder("no/such/folder"), "no/such/folder: there is no such folder");
}

TEST_CASE("image_folder: a size is one number or two, from 1 to 16384") {
  CHECK(parse_size("64").width == 64);
  CHECK(parse_size("64").height == 64);
  CHECK(parse_size("64x48").width == 64);
  CHECK(parse_size("64x48").height == 48);
  for (const char* wrong : {"", "x", "64x", "x64", "0", "-1", "64x48x3", "64 x 48", "16385", "a"})
    CHECK_FAILS(parse_size(wrong), fmt::format("not '{}'", wrong));
}

TEST_CASE("image_folder: images that are written are read again as data") {
  const ScratchFolder folder;
  Array images = Array::zeros(DType::f32, Shape{3, 2, 2, 3});
  images.as<float>()[12] = 0.2f;
  images.as<float>()[24] = 1;
  write_images(folder / "made", images);
  const Dataset set = image_folder(folder / "made", {.held_out = 0});
  CHECK(set.task == Task::none);
  CHECK(set.train.inputs.shape == Shape{3, 2, 2, 3});
  std::vector<int> seen = first_pixels(set.train);
  std::ranges::sort(seen);
  CHECK(seen == std::vector{0, 51, 255});
}

}  // namespace lemnos::data
