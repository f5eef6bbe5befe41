// SPDX-License-Identifier: Apache-2.0
#include <lemnos/lemnos.h>

#include <cstdio>

int main() {
  try {
    lemnos::fail("the library is {}", "linked");
  } catch (const lemnos::Error& error) {
    std::puts(error.what());
  }
}
