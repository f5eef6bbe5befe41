// SPDX-License-Identifier: Apache-2.0
// Blocks that are computed twice leave the same weights, bit for bit, and need less memory.
#include "runtime/base/os.h"
#include "tests/cli/binary.h"
#include "tests/stories/same_bits.h"

using namespace lemnos;
using namespace lemnos::test;

namespace {

void check_same_in_less(const Workplace& place, const std::string& flags, double share) {
  CAPTURE(flags);
  const auto bytes = [&](const std::string& run, const std::string& more) {
    const Output output =
        place.lemnos(fmt::format("train {} {} --quiet --json --out {}", flags, more, run));
    CAPTURE(output.err);
    REQUIRE(output.code == 0);
    return output.json()["arena_bytes"].get<double>();
  };
  const double kept = bytes("kept", ""), again = bytes("again", "--gradient-checkpointing");
  MESSAGE(flags << ": " << kept << " bytes, " << again << " with gradient checkpointing");
  CHECK(again < share * kept);
  CHECK(differences(place / "kept/checkpoint.safetensors", place / "again/checkpoint.safetensors")
            .empty());
}

}  // namespace

TEST_CASE("gradient checkpointing: resnet, with the running statistics of its norms") {
  const Workplace place;
  if (have_device(place))
    check_same_in_less(place, "resnet --data tiny_images --filters 4 --batch 64 --steps 3", 0.8);
}

TEST_CASE("gradient checkpointing: gpt, with dropout, also in f16") {
  const Workplace place;
  if (!have_device(place)) return;
  std::string text;  // short: all of what is held out is evaluated in the end
  for (int i = 0; i < 400; ++i) text += fmt::format("{} times {} is {}.\n", i, i, i * i);
  os::write_file(place / "squares.txt", text);
  const std::string flags =
      "gpt --data squares.txt --length 32 --width 32 --heads 2 --layers 6 --dropout 0.1 --batch 16 "
      "--steps 3";
  check_same_in_less(place, flags, 0.7);
  std::filesystem::remove_all(place / "kept");
  std::filesystem::remove_all(place / "again");
  check_same_in_less(place, flags + " --precision f16", 0.85);
}
