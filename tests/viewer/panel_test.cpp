// SPDX-License-Identifier: Apache-2.0
#include "viewer/panel.h"

#include <doctest/doctest.h>

namespace lemnos::viewer {
namespace {

TEST_CASE("table: cells with commas, quotes and line ends are quoted in CSV") {
  const Table table{{"name", "value"}, {{"a,b", "1"}, {"say \"no\"", "two\nlines"}, {"c", ""}}};
  CHECK(table.csv() == "name,value\n\"a,b\",1\n\"say \"\"no\"\"\",\"two\nlines\"\nc,\n");
}

}  // namespace
}  // namespace lemnos::viewer
