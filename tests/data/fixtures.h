// SPDX-License-Identifier: Apache-2.0
// What the tests of the formats share: fixtures, a scratch folder, and two ways to damage bytes.
#pragma once

#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "data/array.h"
#include "runtime/base/error.h"
#include "runtime/base/os.h"
#include "runtime/base/philox.h"

// The expression must throw Error with a message that contains the text.
#define CHECK_FAILS(expression, text)                                                    \
  CHECK_THROWS_WITH_AS((void)(expression), doctest::Contains(std::string(text).c_str()), \
                       lemnos::Error)

namespace lemnos::data {

inline std::filesystem::path fixture(const std::string& name) {
  return std::filesystem::path(LEMNOS_SOURCE_DIR) / "assets" / "fixtures" / name;
}

inline std::vector<std::byte> fixture_bytes(const std::string& name) {
  return os::read_file(fixture(name));
}

// A folder that is empty at first and gone at the end.
class ScratchFolder {
 public:
  ScratchFolder() {
    static int count = 0;
    path_ = std::filesystem::temp_directory_path() /
            fmt::format("lemnos-test-data-{}-{}", ::getpid(), count++);
    std::filesystem::create_directories(path_);
  }
  ~ScratchFolder() { std::filesystem::remove_all(path_); }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

template <class T>
bool holds(const Array& array, const Shape& shape, std::vector<T> values) {
  const auto got = array.as<T>();
  return array.shape == shape && std::equal(got.begin(), got.end(), values.begin(), values.end());
}

// -1, -0.75, -0.5 ...: what make_fixtures.py calls ramp.
inline std::vector<float> ramp(std::size_t n) {
  std::vector<float> values;
  for (std::size_t i = 0; i < n; ++i) values.push_back(static_cast<float>(i) * 0.25f - 1);
  return values;
}

// Every proper prefix of the file must be refused with an Error that names it.
template <class Parse>
void refuses_every_truncation(const std::vector<std::byte>& bytes, const Parse& parse) {
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    CAPTURE(size);
    CHECK_FAILS(parse(std::span(bytes).first(size), "cut.file"), "cut.file");
  }
}

// Thousands of damaged copies: each is read or refused with an Error; anything else (another
// exception, a crash, a sanitizer's report) fails the test. `repair` may make checksums right
// again.
template <class Parse, class Repair>
void survives_mutations(const std::vector<std::byte>& original, const Parse& parse,
                        const Repair& repair, int rounds = 4000) {
  int refused = 0;
  for (int round = 0; round < rounds; ++round) {
    std::vector<std::byte> bytes = original;
    std::uint64_t draw = 0;
    const auto below = [&](std::size_t n) {
      return philox_word(1, 0, static_cast<std::uint64_t>(round), draw++) % n;
    };
    for (std::size_t edits = 1 + below(4); edits > 0; --edits) {
      std::byte& target = bytes[below(bytes.size())];
      switch (below(4)) {
        case 0:
          target ^= static_cast<std::byte>(1u << below(8));
          break;
        case 1:
          target = static_cast<std::byte>(below(256));
          break;
        case 2:
          target = std::byte{0xff};
          break;
        case 3:
          target = original[below(original.size())];
          break;
      }
    }
    if (below(8) == 0) bytes.resize(below(bytes.size()) + 1);
    repair(bytes);
    CAPTURE(round);
    try {
      parse(std::span<const std::byte>(bytes), "mutated.file");
    } catch (const Error& error) {
      ++refused;
      if (std::string_view(error.what()).find("mutated.file") == std::string_view::npos)
        FAIL_CHECK("the message does not name the file: " << error.what());
    }
  }
  CHECK(refused > 0);
}

template <class Parse>
void survives_mutations(const std::vector<std::byte>& original, const Parse& parse) {
  survives_mutations(original, parse, [](auto&) {});
}

}  // namespace lemnos::data
