// SPDX-License-Identifier: Apache-2.0
#include "runtime/jit/compiler.h"

#include <glslang/Public/ResourceLimits.h>
#include <glslang/Public/ShaderLang.h>
#include <glslang/SPIRV/GlslangToSpv.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "runtime/base/error.h"
#include "runtime/base/log.h"
#include "runtime/base/os.h"
#include "shaders/jit_source.h"

namespace lemnos {
namespace {

using Words = std::vector<std::uint32_t>;
constexpr std::uint32_t spirv_magic = 0x07230203;

Words translate(std::string_view name, const std::string& text) {
  static const bool ready = glslang::InitializeProcess();
  check(ready, "glslang could not be started");
  glslang::TShader shader(EShLangCompute);
  const char* source = text.c_str();
  shader.setStrings(&source, 1);
  shader.setEnvInput(glslang::EShSourceGlsl, EShLangCompute, glslang::EShClientVulkan, 100);
  shader.setEnvClient(glslang::EShClientVulkan, glslang::EShTargetVulkan_1_2);
  shader.setEnvTarget(glslang::EShTargetSpv, glslang::EShTargetSpv_1_5);
  const auto messages = static_cast<EShMessages>(EShMsgSpvRules | EShMsgVulkanRules);
  if (!shader.parse(GetDefaultResources(), 450, false, messages))
    fail("generated kernel {} does not compile: {}", name, shader.getInfoLog());
  glslang::TProgram program;
  program.addShader(&shader);
  if (!program.link(messages))
    fail("generated kernel {} does not link: {}", name, program.getInfoLog());
  Words words;
  glslang::GlslangToSpv(*program.getIntermediate(EShLangCompute), words);
  return words;
}

std::string key_of(const std::string& text) {
  const glslang::Version version = glslang::GetVersion();
  const std::string all =
      fmt::format("{}.{}.{}\n{}", version.major, version.minor, version.patch, text);
  const XXH128_hash_t hash = XXH3_128bits(all.data(), all.size());
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

std::optional<std::filesystem::path> file_of(const std::string& key) {
  const auto folder = os::cache_folder();
  if (!folder) return std::nullopt;
  return *folder / "spirv" / (key + ".spv");
}

// The file holds the words and, last, a hash of them: a torn or changed file is no shader.
std::optional<Words> load(const std::string& key) {
  const auto file = file_of(key);
  if (!file || !std::filesystem::exists(*file)) return std::nullopt;
  const auto bytes = os::read_file(*file, 1 << 24);
  std::uint64_t stored = 0;
  if (bytes.size() < sizeof stored || bytes.size() % 4 != 0) return std::nullopt;
  const std::size_t size = bytes.size() - sizeof stored;
  std::memcpy(&stored, bytes.data() + size, sizeof stored);
  Words words(size / 4);
  std::memcpy(words.data(), bytes.data(), size);
  if (words.empty() || words[0] != spirv_magic || XXH3_64bits(words.data(), size) != stored) {
    log::info("{} is damaged; compiling again", file->string());
    return std::nullopt;
  }
  return words;
}

void store(const std::string& key, const Words& words) {
  const auto file = file_of(key);
  if (!file) return;
  std::vector<std::byte> bytes(words.size() * 4 + sizeof(std::uint64_t));
  std::memcpy(bytes.data(), words.data(), words.size() * 4);
  const std::uint64_t hash = XXH3_64bits(words.data(), words.size() * 4);
  std::memcpy(bytes.data() + words.size() * 4, &hash, sizeof hash);
  try {
    os::make_folder(file->parent_path());
    os::write_file(*file, bytes);
  } catch (const Error& error) {  // a cache that cannot be written costs time, nothing else
    log::debug("{}", error.what());
  }
}

struct Compiled {
  std::string name;
  Words words;
  gpu::Shader shader;
};

struct Jit {
  std::mutex mutex;
  std::map<std::string, std::unique_ptr<Compiled>> shaders;
  JitCounters counters;
};

Jit& jit() {
  static Jit instance;
  return instance;
}

}  // namespace

const gpu::Shader& compile_glsl(std::string_view name, std::string_view body) {
  const std::string text = fmt::format("#version 450\n{}\n{}", jit_source, body);
  const std::string key = key_of(text);
  Jit& state = jit();
  const std::lock_guard lock(state.mutex);
  auto& entry = state.shaders[key];
  if (entry) {
    ++state.counters.in_memory;
    return entry->shader;
  }
  auto made = std::make_unique<Compiled>();
  made->name = name;
  if (auto words = load(key)) {
    made->words = std::move(*words);
    ++state.counters.from_disk;
  } else {
    made->words = translate(name, text);
    ++state.counters.compiled;
    store(key, made->words);
  }
  made->shader = {made->name, made->words};
  entry = std::move(made);
  return entry->shader;
}

JitCounters jit_counters() {
  const std::lock_guard lock(jit().mutex);
  return jit().counters;
}

}  // namespace lemnos
