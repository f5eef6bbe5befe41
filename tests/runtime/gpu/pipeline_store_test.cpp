// SPDX-License-Identifier: Apache-2.0
#include "runtime/gpu/pipeline_store.h"

#include <doctest/doctest.h>

#include "tests/runtime/gpu/fixture.h"

using namespace lemnos;
using namespace lemnos::gpu;
using namespace lemnos::test;

namespace {

std::vector<std::byte> some_bytes() {
  std::vector<std::byte> bytes(500);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i * 7);
  return bytes;
}

// Opens a device, compiles one shader and closes it again; the pipeline cache file, if there is
// one.
std::optional<std::filesystem::path> compile_once(std::uint32_t number) {
  const OpenDevice device;
  if (!device) return std::nullopt;
  const auto words = compile_glsl(
      "layout(local_size_x = 8) in; layout(constant_id = 0) const uint n = 0; "
      "layout(binding = 0) buffer B { uint b[]; }; "
      "void main() { b[0] = n * 3; }");
  device->pipeline({"small", words}, std::array{number});
  return pipeline_cache_file(*device);
}

}  // namespace

TEST_CASE("pipeline cache: what was packed is unpacked") {
  const auto bytes = some_bytes();
  const auto file = pack_pipeline_cache(bytes);
  const auto data = unpack_pipeline_cache(file);
  CHECK(std::vector(data.begin(), data.end()) == bytes);
  CHECK(unpack_pipeline_cache(pack_pipeline_cache({})).empty());
}

TEST_CASE("pipeline cache: any truncation and any changed byte is found") {
  const auto file = pack_pipeline_cache(some_bytes());
  for (std::size_t length = 0; length < file.size(); ++length) {
    const std::vector cut(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(length));
    CHECK_THROWS_AS(unpack_pipeline_cache(cut), Error);
  }
  for (std::size_t at = 0; at < file.size(); ++at) {
    auto changed = file;
    changed[at] ^= std::byte{1};
    CHECK_THROWS_AS(unpack_pipeline_cache(changed), Error);
  }
}

TEST_CASE("pipeline cache: a damaged file is ignored and replaced by a good one") {
  const auto file = compile_once(1);
  if (!file) return;
  if (!std::filesystem::exists(*file)) return skip("the driver keeps no pipeline cache");
  const auto good = os::read_file(*file);
  CHECK_NOTHROW(unpack_pipeline_cache(good));
  auto damaged = good;
  damaged.back() ^= std::byte{1};
  os::write_file(*file, damaged);
  compile_once(2);
  CHECK_NOTHROW(unpack_pipeline_cache(os::read_file(*file)));
}
