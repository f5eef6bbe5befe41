// SPDX-License-Identifier: Apache-2.0
// A row that cannot be measured says why, and is no reason to lose the others.
#include "nn/bench/attempt.h"

#include <doctest/doctest.h>

#include "runtime/base/error.h"

namespace lemnos::bench {
namespace {

Row failing(ErrorKind kind) {
  return attempt({.name = "row"}, [kind](Row& row) {
    row.wall_ms = {1, 2};
    throw Error("no such kernel", kind);
  });
}

}  // namespace

TEST_CASE("attempt: what fails has no times, has not passed, and says why") {
  const Row row = failing(ErrorKind::failed);
  CHECK(row.name == "row");
  CHECK(row.note == "failed: no such kernel");
  CHECK(!row.pass);
  CHECK(row.times().empty());
}

TEST_CASE("attempt: what does not fit the memory is no wrong answer") {
  const Row row = failing(ErrorKind::out_of_memory);
  CHECK(row.note == "does not fit: no such kernel");
  CHECK(row.pass);
  CHECK(row.times().empty());
}

TEST_CASE("attempt: a lost device is for the caller to tell") {
  CHECK_THROWS_WITH_AS(failing(ErrorKind::device_lost), "no such kernel", Error);
}

}  // namespace lemnos::bench
