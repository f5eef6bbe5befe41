// SPDX-License-Identifier: Apache-2.0
// What is kept about a device's kernels, and whom it holds for.
#include "runtime/doctor/examination.h"

#include <doctest/doctest.h>

#include "runtime/base/os.h"
#include "runtime/doctor/doctor.h"
#include "tests/runtime/gpu/fixture.h"

using namespace lemnos;
using namespace lemnos::test;

namespace {

// A device of its own for each test, so that their files do not meet.
gpu::Caps device_of(const char* test) {
  gpu::Caps caps;
  caps.name = "a GPU";
  caps.uuid = test;
  caps.driver = "driver";
  caps.driver_version = "1.0";
  return caps;
}

doctor::Examination examination() {
  doctor::Examination made{
      .scope = doctor::Scope::full, .in_child = true, .seconds = 2, .tries = 5};
  made.verdicts = {{.kernel = "matmul_tile", .tries = 3, .worst = {0.5, 2}},
                   {.kernel = "pool", .good = false, .reason = "wrong: everywhere"}};
  return made;
}

struct Kept {
  explicit Kept(gpu::Caps device) : caps(std::move(device)) {
    doctor::save_examination(caps, examination());
  }
  ~Kept() { std::filesystem::remove(file()); }
  std::filesystem::path file() const { return *doctor::verdict_file(caps); }
  gpu::Caps caps;
};

}  // namespace

TEST_CASE("examination: what is kept is known at the next start") {
  const Kept kept(device_of("kept"));
  const auto found = doctor::load_examination(kept.caps);
  REQUIRE(found);
  CHECK(found->scope == doctor::Scope::full);
  CHECK(found->tries == 5);
  CHECK(doctor::quarantined(found->verdicts) == std::vector<std::string>{"pool"});
  CHECK(found->verdicts[0].worst.ulp == 2);
}

TEST_CASE("examination: another driver, device or profile knows nothing of it") {
  const Kept kept(device_of("others"));
  gpu::Caps newer = kept.caps, twin = kept.caps, masked = kept.caps;
  newer.driver_version = "1.1";
  twin.uuid = "another";
  masked.max_group_invocations = 64;
  for (const gpu::Caps& caps : {newer, twin, masked})
    CHECK_FALSE(doctor::load_examination(caps).has_value());
}

TEST_CASE("examination: neither does a build whose kernels are others") {
  const Kept kept(device_of("build"));
  auto json = nlohmann::json::parse(os::read_text(kept.file()));
  json["build"] = "0123456789abcdef";
  os::write_file(kept.file(), json.dump());
  CHECK_FALSE(doctor::load_examination(kept.caps).has_value());
}

TEST_CASE("examination: a damaged file is as good as none") {
  const Kept kept(device_of("damaged"));
  const std::string text = os::read_text(kept.file());
  for (const std::string& damaged : {text.substr(0, text.size() / 2), std::string("[]"),
                                     std::string(R"({"build": 7})"), std::string()}) {
    os::write_file(kept.file(), damaged);
    CHECK_FALSE(doctor::load_examination(kept.caps).has_value());
  }
}

TEST_CASE("doctor: what is known to be wrong is quarantined on a device in use, unless it is off") {
  const OpenDevice device;
  if (!device) return;
  const Kept kept(device->caps());
  {
    const Env off("LEMNOS_DOCTOR", "off");
    doctor::qualify(*device);
    CHECK(device->caps().quarantined.empty());
    CHECK_FALSE(doctor::known(device->caps()).has_value());
  }
  const Env on("LEMNOS_DOCTOR", "on");
  CHECK(doctor::known(device->caps()).has_value());
  doctor::qualify(*device);
  CHECK(device->caps().quarantined == std::vector<std::string>{"pool"});
}

TEST_CASE("doctor: LEMNOS_DOCTOR is on or off, and nothing else") {
  const OpenDevice device;
  if (!device) return;
  const Env wrong("LEMNOS_DOCTOR", "maybe");
  CHECK_THROWS_WITH_AS(doctor::qualify(*device), "LEMNOS_DOCTOR must be on or off, not 'maybe'",
                       Error);
}
