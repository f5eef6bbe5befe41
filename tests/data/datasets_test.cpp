// SPDX-License-Identifier: Apache-2.0
#include "data/datasets/dataset.h"

#include <algorithm>

#include "data/datasets/mnist.h"
#include "data/formats/idx.h"
#include "tests/data/fixtures.h"
#include "tests/skip.h"

namespace lemnos::data {
namespace {

// A folder in MNIST's layout whose files can be damaged one by one.
struct MnistCopy {
  ScratchFolder folder;
  MnistCopy() { std::filesystem::copy(fixture("tiny_mnist"), folder.path()); }
  void write(const std::string& name, const Array& array) {
    os::write_file(folder / name, encode_idx(array));
  }
  Dataset open() { return mnist_folder(folder.path()); }
};

}  // namespace

TEST_CASE("mnist: a folder with both spellings, plain and .gz, gives images and labels") {
  const Dataset set = open_dataset(fixture("tiny_mnist").string());
  CHECK(set.name == "tiny_mnist");
  CHECK(set.task == Task::classes);
  CHECK(set.classes() == 10);
  CHECK(set.train.inputs.shape == Shape{6, 28, 28, 1});
  CHECK(set.train.inputs.as<std::uint8_t>()[252] == 1);
  CHECK(holds<std::uint32_t>(set.train.targets, Shape{6}, {0, 1, 2, 3, 4, 5}));
  CHECK(holds<std::uint32_t>(set.test.targets, Shape{3}, {0, 1, 2}));
  CHECK(mnist_folder(fixture("tiny_mnist").string() + "/").name == "tiny_mnist");
}

TEST_CASE("mnist: a missing folder and a missing file are errors that say what is needed") {
  CHECK_FAILS(mnist_folder("no/such/folder"), "no/such/folder: there is no such folder");
  MnistCopy copy;
  std::filesystem::remove(copy.folder / "t10k-labels.idx1-ubyte");
  CHECK_FAILS(copy.open(), "there is no t10k-labels-idx1-ubyte or t10k-labels.idx1-ubyte");
}

TEST_CASE("mnist: counts that differ, labels out of range and a wrong rank are errors") {
  const std::string labels = "train-labels-idx1-ubyte";
  MnistCopy copy;
  copy.write(labels, Array::of<std::uint8_t>(Shape{5}, {0, 1, 2, 3, 4}));
  CHECK_FAILS(copy.open(), labels + ": 5 labels for 6 images");
  copy.write(labels, Array::of<std::uint8_t>(Shape{6}, {0, 1, 2, 3, 10, 5}));
  CHECK_FAILS(copy.open(), labels + ": label 4 is 10, expected 0 to 9");
  copy.write(labels, Array::of<std::uint8_t>(Shape{6, 1}, {0, 1, 2, 3, 4, 5}));
  CHECK_FAILS(copy.open(), labels + ": expected labels, u8 [N], found u8 [6, 1]");
  copy.write(labels, Array::of<std::int32_t>(Shape{6}, {0, 1, 2, 3, 4, 5}));
  CHECK_FAILS(copy.open(), labels + ": expected labels, u8 [N], found i32 [6]");
}

TEST_CASE("mnist: images of a wrong rank, or of two sizes, are errors") {
  MnistCopy copy;
  const std::string images = "t10k-images-idx3-ubyte";  // found before the .gz
  copy.write(images, Array::zeros(DType::u8, Shape{3, 784}));
  CHECK_FAILS(copy.open(), images + ": expected images, u8 [N, H, W], found u8 [3, 784]");
  copy.write(images, Array::zeros(DType::u8, Shape{3, 14, 14}));
  CHECK_FAILS(copy.open(), "training images are [6, 28, 28, 1], the test images [3, 14, 14, 1]");
}

TEST_CASE("mnist: a truncated .gz is an error that names the file") {
  MnistCopy copy;
  const auto path = copy.folder / "train-images-idx3-ubyte.gz";
  std::filesystem::resize_file(path, 100);
  CHECK_FAILS(copy.open(), path.string() + ": the gzip data is cut off");
}

TEST_CASE("fashion_mnist: Debian's package gives 60,000 and 10,000 images of clothes") {
  if (!std::filesystem::is_directory("/usr/share/datasets/fashion-mnist"))
    return test::skip("dataset-fashion-mnist is not installed");
  const Dataset set = open_dataset("fashion_mnist");
  CHECK(set.train.inputs.shape == Shape{60000, 28, 28, 1});
  CHECK(set.test.inputs.shape == Shape{10000, 28, 28, 1});
  CHECK(set.class_names[9] == "Ankle boot");
  CHECK(set.train.targets.as<std::uint32_t>()[0] == 9);
  CHECK(std::ranges::count(set.test.targets.as<std::uint32_t>(), 3u) == 1000);
  std::uint64_t sum = 0;
  for (const std::uint8_t pixel : set.train.inputs.as<std::uint8_t>()) sum += pixel;
  CHECK(sum == 3431114169);  // by NumPy; mean 72.94
}

TEST_CASE("open_dataset: an unknown name is wrong usage and lists what is known") {
  try {
    open_dataset("imagenet");
    FAIL_CHECK("no error");
  } catch (const Error& error) {
    CHECK(error.exit_code() == 2);
    for (const char* part : {"'imagenet'", "fashion_mnist", "cifar10", "spirals", ".csv", "images"})
      CHECK_MESSAGE(std::string_view(error.what()).find(part) != std::string_view::npos, part);
  }
  CHECK_FAILS(open_dataset("no/such.csv"), "cannot read no/such.csv");
}

TEST_CASE("synthetic: the sets have their shapes, are repeatable, and differ by seed and split") {
  for (const char* name : {"blobs", "xor", "spirals", "linear", "tiny_images"}) {
    CAPTURE(name);
    const Dataset set = open_dataset(name);
    CHECK(set.name == name);
    CHECK(set.train.rows() == 400);
    CHECK(set.test.rows() == 100);
    CHECK(set.train.inputs.bytes == open_dataset(name).train.inputs.bytes);
    TableOptions other;
    other.seed = 1;
    CHECK(set.train.inputs.bytes != open_dataset(name, other).train.inputs.bytes);
    CHECK(!std::ranges::equal(set.train.inputs.row(0), set.test.inputs.row(0)));
    if (set.task == Task::classes)
      for (const std::uint32_t label : set.train.targets.as<std::uint32_t>())
        CHECK(label < static_cast<std::uint32_t>(set.classes()));
  }
  CHECK(open_dataset("linear").train.targets.shape == Shape{400, 1});
  CHECK(open_dataset("tiny_images").train.inputs.shape == Shape{400, 8, 8, 1});
}

TEST_CASE("synthetic: linear is its formula up to the noise, xor its rule exactly") {
  const Dataset linear = open_dataset("linear");
  const auto points = linear.train.inputs.as<float>();
  const auto targets = linear.train.targets.as<float>();
  for (std::size_t i = 0; i < targets.size(); ++i)
    CHECK(std::abs(targets[i] - (2 * points[2 * i] - 3 * points[2 * i + 1] + 0.5f)) < 0.5f);
  const Dataset rule = open_dataset("xor");
  const auto in = rule.train.inputs.as<float>();
  const auto label = rule.train.targets.as<std::uint32_t>();
  for (std::size_t i = 0; i < label.size(); ++i)
    CHECK(label[i] == static_cast<std::uint32_t>((in[2 * i] < 0) != (in[2 * i + 1] < 0)));
}

}  // namespace lemnos::data
