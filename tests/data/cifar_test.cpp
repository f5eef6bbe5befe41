// SPDX-License-Identifier: Apache-2.0
#include "data/datasets/cifar.h"

#include "tests/data/fixtures.h"

namespace lemnos::data {
namespace {

constexpr std::size_t plane = 32 * 32;

// A record as the format's page describes it: the labels, then red, green and blue planes.
std::string record(const std::string& labels, char red, char green, char blue) {
  std::string made = labels;
  for (const char sample : {red, green, blue}) made += std::string(plane, sample);
  made[labels.size() + 33] = '\x7f';  // red of row 1, column 1
  return made;
}

struct Cifar10 {
  ScratchFolder folder;
  Cifar10() {
    std::string names;
    for (int i = 0; i < 10; ++i) names += fmt::format("class {}\n", i);
    os::write_file(folder / "batches.meta.txt", names + "\n");
    for (char i = 1; i <= 5; ++i)
      os::write_file(folder / fmt::format("data_batch_{}.bin", static_cast<int>(i)),
                     record(std::string(1, i), i, 20, 30));
    os::write_file(folder / "test_batch.bin",
                   record(std::string(1, '\0'), 1, 2, 3) + record("\x09", 4, 5, 6));
  }
  Dataset open() const { return open_dataset(folder.path().string()); }
};

}  // namespace

TEST_CASE("cifar: CIFAR-10's planes become pixels, its five files one split") {
  const Dataset set = Cifar10().open();
  CHECK(set.name == "cifar10");
  CHECK(set.task == Task::classes);
  CHECK(set.class_names.size() == 10);
  CHECK(set.class_names[9] == "class 9");
  CHECK(set.train.inputs.shape == Shape{5, 32, 32, 3});
  CHECK(holds<std::uint32_t>(set.train.targets, Shape{5}, {1, 2, 3, 4, 5}));
  CHECK(holds<std::uint32_t>(set.test.targets, Shape{2}, {0, 9}));
  const auto pixels = set.train.inputs.as<std::uint8_t>().subspan(2 * 3 * plane);
  CHECK(std::vector(pixels.begin(), pixels.begin() + 6) ==
        std::vector<std::uint8_t>{3, 20, 30, 3, 20, 30});
  CHECK(pixels[3 * 33] == 0x7f);
  CHECK(pixels[3 * 33 + 1] == 20);
}

TEST_CASE("cifar: CIFAR-100 has two labels, of which the fine one counts") {
  const ScratchFolder folder;
  std::string names;
  for (int i = 0; i < 100; ++i) names += fmt::format("{}\n", i);
  os::write_file(folder / "fine_label_names.txt", names);
  os::write_file(folder / "train.bin", record("\x13\x63", 1, 2, 3));
  os::write_file(folder / "test.bin", record("\x01\x07", 1, 2, 3));
  const Dataset set = open_dataset(folder.path().string());
  CHECK(set.name == "cifar100");
  CHECK(set.classes() == 100);
  CHECK(holds<std::uint32_t>(set.train.targets, Shape{1}, {99}));
  CHECK(holds<std::uint32_t>(set.test.targets, Shape{1}, {7}));
  CHECK(set.train.inputs.as<std::uint8_t>()[2] == 3);
}

TEST_CASE("cifar: files cut off, missing or of something else are errors that name them") {
  const Cifar10 set;
  const auto path = set.folder / "data_batch_3.bin";
  std::filesystem::resize_file(path, 3072);
  CHECK_FAILS(set.open(), path.string() + ": 3072 bytes are not whole images of 3073 bytes each");
  std::filesystem::resize_file(path, 0);
  CHECK_FAILS(set.open(), path.string() + ": 0 bytes");
  os::write_file(path, record("\x0a", 1, 2, 3));
  CHECK_FAILS(set.open(), path.string() + ": the label of image 0 is 10, expected 0 to 9");
  std::filesystem::remove(path);
  CHECK_FAILS(set.open(), path.string());
  os::write_file(set.folder / "batches.meta.txt", "airplane\nautomobile\n");
  CHECK_FAILS(set.open(), "batches.meta.txt: 2 names of classes, expected 10");
}

TEST_CASE("cifar: a set that is not here says where it comes from") {
  if (std::filesystem::exists("cifar-10-batches-bin")) return;
  CHECK_FAILS(open_dataset("cifar10"), "there is no folder cifar-10-batches-bin here");
}

}  // namespace lemnos::data
