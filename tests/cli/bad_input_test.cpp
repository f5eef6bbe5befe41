// SPDX-License-Identifier: Apache-2.0
// Files and folders that are missing, damaged or of another kind; a disk that is full; no device.
#include <unistd.h>

#include "data/formats/idx.h"
#include "data/formats/safetensors.h"
#include "tests/cli/binary.h"

using namespace lemnos;
using namespace lemnos::test;

namespace {

void check_fails(const Output& output, int code, std::initializer_list<std::string> named) {
  CAPTURE(output.err);
  CHECK(output.code == code);
  CHECK(output.err.find("lemnos: ") != std::string::npos);
  CHECK(output.err.find("terminate") == std::string::npos);
  for (const std::string& part : named) {
    CAPTURE(part);
    CHECK(output.says(part));
  }
}

const std::string fixtures = std::string(LEMNOS_SOURCE_DIR) + "/assets/fixtures/";

// A small run of each kind, in the folder `run`.
bool trained(const Workplace& place, const std::string& model, const std::string& data) {
  const Output output =
      place.lemnos(fmt::format("train {} --data {} --steps 2 --out run --quiet", model, data));
  CAPTURE(output.err);
  CHECK(output.code == 0);
  return output.code == 0;
}

}  // namespace

TEST_CASE("cli: data that are missing or unknown are named") {
  const Workplace place;
  if (!have_device(place)) return;
  check_fails(place.lemnos("train mlp --data no_such_set"), 2, {"'no_such_set'", "fashion_mnist"});
  check_fails(place.lemnos("train mlp --data missing.csv"), 1, {"missing.csv"});
  place.shell("mkdir empty");
  check_fails(place.lemnos("train mlp --data ./empty"), 1, {"empty"});
  check_fails(place.lemnos("train conv_vae --data blobs"), 2, {"images"});
  check_fails(place.lemnos("train logistic_regression --data linear"), 2, {"classes"});
  check_fails(place.lemnos("train detector --data tiny_images"), 2, {"boxes", "scenes"});
  check_fails(place.lemnos("train detector --data blobs"), 2, {"images"});
  CHECK_MESSAGE(!std::filesystem::exists(place / "runs"), "a run that fails leaves no folder");
}

TEST_CASE("cli: a truncated .gz and an IDX file of the wrong rank are named") {
  const Workplace place;
  if (!have_device(place)) return;
  const std::string copy = "rm -rf d && cp -r '" + fixtures + "tiny_mnist' d && chmod -R u+w d && ";
  place.shell(copy + "truncate -s 40 d/train-images-idx3-ubyte.gz");
  check_fails(place.lemnos("train mlp --data ./d"), 1, {"train-images-idx3-ubyte.gz"});
  place.shell(copy +
              "cp d/train-labels-idx1-ubyte d/train-images-idx3-ubyte && rm d/*images*.gz; "
              "cp d/train-labels-idx1-ubyte d/t10k-images-idx3-ubyte");
  check_fails(place.lemnos("train mlp --data ./d"), 1, {"images-idx3-ubyte"});
}

TEST_CASE("cli: folders of images that cannot be used say which file, and what to do") {
  const Workplace place;
  if (!have_device(place)) return;
  place.shell("mkdir -p d/a d/b && cp '" + fixtures +
              "gray.png' d/a/1.png && cp d/a/1.png d/a/2.png"
              " && cp d/a/1.png d/b/1.png && head -c 40 d/a/1.png > d/b/2.png");
  check_fails(place.lemnos("train mlp --data d"), 1, {"d/b/2.png: ", "cut off"});
  place.shell("cp '" + fixtures + "cmyk.jpg' d/b/2.png");
  check_fails(place.lemnos("train mlp --data d"), 1, {"d/b/2.png", "16 x 16", "5 x 4", "--size"});
  check_fails(place.lemnos("train mlp --data d --size 5x"), 2, {"'5x'", "64x48"});
  check_fails(place.lemnos("train mlp --data blobs --size 5"), 2, {"--size", "blobs"});
  check_fails(place.lemnos("train mlp --data d/a --scaling none"), 2, {"--scaling", "d/a"});
  place.shell("rm d/b/*");
  check_fails(place.lemnos("train mlp --data d"), 1, {"'b'", "no images"});
  check_fails(place.lemnos("train mlp --data d/a"), 2, {"labels", "d/a", "folders of classes"});
}

TEST_CASE("cli: a table that cannot be used says where and why") {
  const Workplace place;
  if (!have_device(place)) return;
  os::write_file(place / "hole.csv", "a,b,y\n1,2,0\n3,,1\n5,6,0\n");
  check_fails(place.lemnos("train mlp --data hole.csv"), 1, {"hole.csv", "line 3", "'b'"});
  os::write_file(place / "text.csv", "a,b,y\n1,red,0\n3,blue,1\n5,red,0\n");
  check_fails(place.lemnos("train mlp --data text.csv"), 1, {"text.csv", "'b'"});
  check_fails(place.lemnos("train mlp --data text.csv --target z"), 2, {"'z'", "a, b, y"});
}

TEST_CASE("cli: columns of texts that cannot be used say which, and what there is") {
  const Workplace place;
  if (!have_device(place)) return;
  os::write_file(place / "t.csv", "review,stars,one\ngood,5,x\nbad,1,x\nfine,5,x\npoor,1,x\n");
  os::write_file(place / "hole.csv", "review,stars\ngood,5\n,1\n");
  const std::string train = "train lstm_classifier --data t.csv ";
  check_fails(place.lemnos(train), 2, {"t.csv", "no column 'text'", "review, stars, one"});
  check_fails(place.lemnos(train + "--text review"), 2,
              {"no column 'label'", "review, stars, one"});
  check_fails(place.lemnos(train + "--text body --target stars"), 2, {"no column 'body'"});
  check_fails(place.lemnos(train + "--text stars --target stars"), 2, {"'stars'", "both"});
  check_fails(place.lemnos(train + "--text review --target one"), 1, {"'one'", "same label"});
  check_fails(
      place.lemnos("train bert --head classes --data hole.csv --text review --target stars"), 1,
      {"hole.csv", "line 3, cell 1"});
  check_fails(place.lemnos("train gpt --data t.csv --text review --target stars"), 2,
              {"--target stars", "gpt"});
  check_fails(place.lemnos("train seq2seq --data t.csv --text review"), 2, {"t.csv", "both"});
  check_fails(place.lemnos("train seq2seq --text a --target b"), 2, {"--text a", "reversal"});
  check_fails(place.lemnos("train mlp --data t.csv --text review"), 2, {"--text", "mlp"});
  check_fails(place.lemnos("train mlp --data blobs --target y"), 2, {"--target y", "blobs"});
  CHECK(!std::filesystem::exists(place / "runs"));
}

TEST_CASE("cli: without a Vulkan driver the error says what to install") {
  const Workplace place;
  const std::string none =
      "VK_DRIVER_FILES=/nonexistent VK_ICD_FILENAMES=/nonexistent "
      "XDG_DATA_HOME=. XDG_DATA_DIRS=. XDG_CONFIG_DIRS=. LEMNOS_VALIDATION=0 ";  // no layers either
  for (const char* command : {"info", "train mlp --data blobs"})
    check_fails(place.shell(none + "$lemnos " + command), 1, {"Vulkan", "mesa-vulkan-drivers"});
  check_fails(place.shell("LEMNOS_VULKAN_LIBRARY=/nonexistent.so $lemnos info"), 1,
              {"nonexistent.so"});
}

TEST_CASE("cli: a device, profile or switch that does not exist is named") {
  const Workplace place;
  if (!have_device(place)) return;
  check_fails(place.lemnos("train mlp --data blobs --device voodoo"), 2, {"'voodoo'"});
  check_fails(place.lemnos("train mlp --data blobs --device 77"), 2, {"'77'"});
  check_fails(place.shell("LEMNOS_DEVICE=voodoo $lemnos info"), 2, {"'voodoo'"});
  check_fails(place.shell("LEMNOS_PROFILE=tiny $lemnos train mlp --data blobs"), 2, {"tiny"});
  check_fails(place.shell("LEMNOS_OFF=speed $lemnos train mlp --data blobs"), 2, {"'speed'"});
  check_fails(place.shell("LEMNOS_TRACE=9 $lemnos train mlp --data blobs"), 2, {"9"});
  check_fails(place.lemnos("train mlp --data blobs --trace 5"), 2, {"--trace", "5"});
}

TEST_CASE("cli: a run is never overwritten, and a folder that cannot be written is named") {
  const Workplace place;
  if (!have_device(place) || !trained(place, "mlp", "blobs")) return;
  const auto before = os::read_file(place / "run/checkpoint.safetensors");
  check_fails(place.lemnos("train mlp --data blobs --out run"), 2,
              {"run is not empty", "--resume"});
  CHECK(os::read_file(place / "run/checkpoint.safetensors") == before);
  check_fails(place.lemnos("train mlp --data blobs --out run/config.json/x"), 1,
              {"run/config.json/x"});
  check_fails(place.lemnos("train mlp --data blobs --out /proc/nowhere"), 1, {"/proc/nowhere"});
  if (::geteuid() == 0) return;  // to root, every folder is writable
  place.shell("mkdir locked && chmod a-w locked");
  check_fails(place.lemnos("train mlp --data blobs --out locked/run"), 1, {"locked/run"});
}

// A limit on the size of files stands for a full disk: write() fails in the same place.
TEST_CASE("cli: a disk that is full leaves the old checkpoint, and says which file failed") {
  const Workplace place;
  if (!have_device(place) || !trained(place, "mlp", "blobs --hidden 100000")) return;
  const auto before = os::read_file(place / "run/checkpoint.safetensors");
  // SwiftShader keeps compiled code in files of memory: with less than this it ends by a bus error.
  const Output full = place.shell(
      "trap '' XFSZ; ulimit -f 2048; LEMNOS_CACHE= $lemnos train --resume run --steps 4 --quiet");
  check_fails(full, 1, {"run/checkpoint.safetensors"});
  CHECK(os::read_file(place / "run/checkpoint.safetensors") == before);
  check_fails(place.shell("$lemnos info > /dev/full"), 1, {"standard output"});
}

TEST_CASE("cli: a run folder that is missing, or is none, is named") {
  const Workplace place;
  place.shell("mkdir empty");
  for (const char* command : {"train --resume", "eval", "run --sample 1 --png x.png"}) {
    check_fails(place.lemnos(fmt::format("{} nowhere", command)), 1, {"nowhere"});
    check_fails(place.lemnos(fmt::format("{} empty", command)), 1, {"empty", "config.json"});
  }
  check_fails(place.lemnos("train mlp --config nowhere.json"), 1, {"nowhere.json"});
  os::write_file(place / "broken.json", "{\"model\": \"mlp\",");
  check_fails(place.lemnos("train mlp --config broken.json"), 1, {"broken.json"});
  os::write_file(place / "odd.json", "{\"model\": \"mlp\", \"colour\": 1}");
  check_fails(place.lemnos("train mlp --config odd.json"), 1, {"odd.json", "colour"});
  os::write_file(place / "other.json", "{\"model\": \"mlp\"}");
  check_fails(place.lemnos("train conv_vae --config other.json"), 2, {"other.json", "mlp"});
}

TEST_CASE("cli: a checkpoint that is damaged, or of another model, is named") {
  const Workplace place;
  if (!have_device(place) || !trained(place, "mlp", "blobs")) return;
  const std::string file = "run/checkpoint.safetensors";
  place.shell("cp run/checkpoint.safetensors good");
  const auto each = [&](int code, std::initializer_list<std::string> named) {
    check_fails(place.lemnos("eval run"), code, named);
    check_fails(place.lemnos("train --resume run"), code, named);
  };
  place.shell("truncate -s 300 run/checkpoint.safetensors");
  each(1, {file});
  place.shell("head -c 5000 /dev/zero > run/checkpoint.safetensors");
  each(1, {file});
  place.shell("rm run/checkpoint.safetensors");
  each(1, {file});
  data::TensorFile other = data::read_safetensors(place / "good");
  other.metadata["model"] = "conv_vae";
  data::write_safetensors(place / file, other);
  each(1, {file, "conv_vae", "mlp"});
  data::TensorFile smaller = data::read_safetensors(place / "good");
  smaller.tensors.erase("model/layers.0.bias");
  data::write_safetensors(place / file, smaller);
  each(1, {file, "layers.0.bias"});
  place.shell("cp good run/checkpoint.safetensors; echo 'not json' > run/metrics.jsonl");
  check_fails(place.lemnos("train --resume run"), 1, {"metrics.jsonl", "line 1"});
}

TEST_CASE("cli: --resume refuses flags that would make it another run") {
  const Workplace place;
  if (!have_device(place) || !trained(place, "mlp", "blobs")) return;
  for (const char* flag : {"--lr 1", "--data blobs", "--seed 3", "--batch 8", "--out other"})
    check_fails(place.lemnos(fmt::format("train --resume run {}", flag)), 2,
                {std::string(flag).substr(0, std::string(flag).find(' ')), "--epochs"});
  check_fails(place.lemnos("train mlp --resume run"), 2, {"MODEL"});
}

TEST_CASE("cli: a model that cannot do what is asked says what it can") {
  const Workplace place;
  if (!have_device(place) || !trained(place, "mlp", "blobs")) return;
  check_fails(place.lemnos("run run --sample 4 --png x.png"), 2, {"mlp", "--predict"});
  check_fails(place.lemnos("run run --predict x.gif"), 2, {"x.gif", ".png, .jpg"});
  place.shell("mkdir nothing");
  check_fails(place.lemnos("run run --predict nothing"), 1, {"nothing", "no images"});
  check_fails(place.lemnos("run run --predict x.csv"), 1, {"x.csv"});
  check_fails(place.shell("echo 1,2,3 | $lemnos run run --predict -"), 1,
              {"standard input", "line 1"});
  check_fails(place.shell("echo 1,nan | $lemnos run run --predict -"), 1,
              {"standard input", "nan"});
  check_fails(place.shell(": | $lemnos run run --predict -"), 1, {"standard input"});
}

TEST_CASE("cli: hostile images are refused by name") {
  const Workplace place;
  if (!have_device(place) || !trained(place, "mlp", "tiny_images")) return;
  // A header that declares 2^31 - 1 pixels each way, with a right checksum.
  place.shell(
      R"(printf '\211PNG\r\n\032\n\0\0\0\rIHDR\177\377\377\377\177\377\377\377' > huge.png;)"
      R"(printf '\010\0\0\0\0\061\242\124\272' >> huge.png)");
  check_fails(place.lemnos("run run --predict huge.png"), 1, {"huge.png"});
  os::write_file(place / "text.png", "this is no image");
  check_fails(place.lemnos("run run --predict text.png"), 1, {"text.png"});
  check_fails(place.lemnos("run run --predict '" + fixtures + "rgb.png'"), 1, {"rgb.png", "8 x 8"});
  check_fails(place.lemnos("run run --predict '" + fixtures + "f4.npy'"), 1, {"f4.npy"});
}
