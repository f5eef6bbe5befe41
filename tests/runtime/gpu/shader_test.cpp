// SPDX-License-Identifier: Apache-2.0
#include "runtime/gpu/shader.h"

#include <doctest/doctest.h>

#include "tests/runtime/gpu/fixture.h"

using namespace lemnos;
using namespace lemnos::gpu;
using namespace lemnos::test;

namespace {

constexpr const char* everything = R"(
  layout(local_size_x_id = 3, local_size_y = 2, local_size_z = 1) in;
  layout(constant_id = 0) const uint rows = 7;
  layout(constant_id = 1) const float scale = 0.5;
  layout(constant_id = 5) const bool flag = true;
  layout(push_constant) uniform Push { uint n; float factor; uvec2 strides[3]; } push;
  layout(binding = 4) writeonly buffer Result { float result[]; };
  layout(binding = 0) readonly buffer Left { float left[]; };
  layout(binding = 1) uniform samplerBuffer right;
  layout(binding = 2) uniform usamplerBuffer ids;
  layout(binding = 3) uniform Block { vec4 constants[4]; };
  layout(binding = 4) buffer Result4 { vec4 result4[]; };
  shared float tile[32];
  void main() {
    uint i = gl_GlobalInvocationID.x;
    tile[0] = flag ? 1.0 : 2.0;
    result[i] = left[i] + texelFetch(right, int(i)).x + float(texelFetch(ids, int(i)).x) +
                constants[0].x + float(push.n * rows) * scale * tile[0] +
                push.factor + float(push.strides[1].x);
    result4[i] = vec4(0);
  })";

}  // namespace

TEST_CASE("shader: reflection finds bindings, constants, push constants and workgroup size") {
  const auto words = compile_glsl(everything);
  const Reflection found = reflect({"everything", words});
  REQUIRE(found.bindings.size() == 5);
  for (std::uint32_t i = 0; i < 5; ++i) CHECK(found.bindings[i].binding == i);
  CHECK(found.bindings[0].kind == BindingKind::storage_buffer);
  CHECK_FALSE(found.bindings[0].written);
  CHECK(found.bindings[1].kind == BindingKind::uniform_texel_buffer);
  CHECK(found.bindings[1].texel == TexelFormat::rgba32f);
  CHECK(found.bindings[1].name == "right");
  CHECK(found.bindings[2].texel == TexelFormat::r32ui);
  CHECK(found.bindings[3].kind == BindingKind::uniform_buffer);
  CHECK(found.bindings[4].written);

  CHECK(found.push_bytes == 32);
  REQUIRE(found.constants.size() == 4);
  CHECK(found.constants[0].id == 0);
  CHECK(found.constants[0].default_bits == 7);
  CHECK(found.constants[1].default_bits == 0x3f000000);
  CHECK(found.constants[3].id == 5);
  CHECK(found.constants[3].default_bits == 1);
  CHECK(found.local_size_id == std::array<std::int64_t, 3>{3, -1, -1});
  CHECK(found.group_size({}) == std::array<std::uint32_t, 3>{1, 2, 1});
  CHECK(found.group_size(std::array<std::uint32_t, 4>{0, 0, 0, 64}) ==
        std::array<std::uint32_t, 3>{64, 2, 1});
}

TEST_CASE("shader: a plain workgroup size needs no specialisation") {
  const auto words = compile_glsl("layout(local_size_x = 8, local_size_y = 4) in; void main() {}");
  const Reflection found = reflect({"plain", words});
  CHECK(found.local_size == std::array<std::uint32_t, 3>{8, 4, 1});
  CHECK(found.bindings.empty());
  CHECK(found.push_bytes == 0);
}

TEST_CASE("shader: what Lemnos does not use is refused by name") {
  const auto refused = [](const char* glsl) {
    const auto words = compile_glsl(glsl);
    return error_of([&] { reflect({"odd", words}); });
  };
  const auto in_set_1 =
      refused("layout(set = 1, binding = 0) buffer B { float b[]; }; void main() { b[0] = 1.0; }");
  CHECK(contains(in_set_1, "shader odd: a binding is in set 1"));
  const auto image = refused(
      "layout(binding = 2, r32f) uniform image2D picture; "
      "void main() { imageStore(picture, ivec2(0), vec4(0)); }");
  CHECK(contains(image, "binding 2 'picture'"));
  const auto signed_texels = refused(
      "layout(binding = 0) uniform isamplerBuffer ids; layout(binding = 1) buffer B { int b; };"
      "void main() { b = texelFetch(ids, 0).x; }");
  CHECK(contains(signed_texels, "'ids'"));
  const auto array = refused(
      "layout(binding = 0) buffer B { float b[]; } many[2]; void main() { many[1].b[0] = 1.0; }");
  CHECK(contains(array, "no array of them"));
}

TEST_CASE("shader: words that are no SPIR-V are an error that names the shader") {
  const std::vector<std::uint32_t> nonsense(100, 0xdeadbeef);
  CHECK(contains(error_of([&] { reflect({"broken", nonsense}); }), "shader broken"));
  CHECK(contains(error_of([&] { reflect({"empty", {}}); }), "shader empty"));
}

TEST_CASE("shader: reflection survives every truncation of the words") {
  const auto words = compile_glsl(everything);
  int errors = 0;
  for (std::size_t length = 0; length < words.size(); ++length) {
    // A copy of exactly this size, so that a sanitizer sees any read beyond it.
    const std::vector<std::uint32_t> cut(words.begin(),
                                         words.begin() + static_cast<std::ptrdiff_t>(length));
    try {
      reflect({"cut", cut});
    } catch (const Error&) {
      ++errors;
    }
  }
  CHECK(errors > 100);
}

TEST_CASE("shader: reflection survives every mutation of one word") {
  const auto words = compile_glsl(everything);
  int errors = 0;
  for (const std::uint32_t value : {0u, 1u, 0xffffffffu, 0x7fffffffu, 0x00020047u}) {
    for (std::size_t at = 0; at < words.size(); ++at) {
      std::vector<std::uint32_t> mutated = words;
      mutated[at] = value;
      try {
        reflect({"mutated", mutated});
      } catch (const Error&) {
        ++errors;
      }
    }
  }
  CHECK(errors > 100);
}
