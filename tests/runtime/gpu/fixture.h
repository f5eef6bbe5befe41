// SPDX-License-Identifier: Apache-2.0
// What the GPU tests share: a device that watches the validation layer, and GLSL compiled on the
// spot.
#pragma once

#include <doctest/doctest.h>

#include <unistd.h>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "runtime/base/error.h"
#include "runtime/base/os.h"
#include "runtime/gpu/device.h"
#include "tests/skip.h"

namespace lemnos::test {

// The chosen device; null, and the test reported as skipped, on a machine without one. When it goes
// out of scope the validation layer, if on, must not have said anything new.
class OpenDevice {
 public:
  OpenDevice() {
    try {
      device_ = gpu::Device::open();
      before_ = device_->validation_messages();
    } catch (const Error& error) {
      // With validation asked for, or a device named, not getting it is a failure.
      if (os::env("LEMNOS_VALIDATION") || os::env("LEMNOS_DEVICE")) throw;
      skip(error.what());
    }
  }
  ~OpenDevice() {
    if (device_ != nullptr) CHECK(device_->validation_messages() == before_);
  }
  explicit operator bool() const { return device_ != nullptr; }
  gpu::Device& operator*() const { return *device_; }
  gpu::Device* operator->() const { return device_.get(); }

 private:
  std::shared_ptr<gpu::Device> device_;
  std::uint64_t before_ = 0;
};

// An environment variable, set as long as this lives.
class Env {
 public:
  Env(const char* name, const char* value) : name_(name), before_(os::env(name)) {
    ::setenv(name, value, 1);
  }
  ~Env() {
    if (before_) {
      ::setenv(name_, before_->c_str(), 1);
    } else {
      ::unsetenv(name_);
    }
  }
  Env(const Env&) = delete;
  Env& operator=(const Env&) = delete;

 private:
  const char* name_;
  std::optional<std::string> before_;
};

// SPIR-V of a compute shader; the "#version 450" line is added.
inline std::vector<std::uint32_t> compile_glsl(const std::string& source) {
  const auto path = std::filesystem::temp_directory_path() /
                    ("lemnos-test-" + std::to_string(::getpid()) + ".comp");
  const std::string text = path.string();
  const std::string spirv = text + ".spv";
  os::write_file(path, "#version 450\n" + source);
  const std::string command =
      "glslangValidator -V --target-env vulkan1.2 -o " + spirv + " " + text + " > " + text + ".log";
  if (std::system(command.c_str()) != 0) FAIL(os::read_text(text + ".log"));
  const auto bytes = os::read_file(spirv);
  for (const char* suffix : {"", ".spv", ".log"}) std::filesystem::remove(text + suffix);
  std::vector<std::uint32_t> words(bytes.size() / 4);
  std::memcpy(words.data(), bytes.data(), words.size() * 4);
  return words;
}

template <class T>
void write(gpu::Device& device, const gpu::Buffer& buffer, const std::vector<T>& values) {
  device.write(buffer, 0, std::as_bytes(std::span(values)));
}

template <class T>
std::vector<T> read(gpu::Device& device, const gpu::Buffer& buffer) {
  std::vector<T> values(buffer.size() / sizeof(T));
  device.read(buffer, 0, std::as_writable_bytes(std::span(values)));
  return values;
}

// The text of the Error that action throws; its kind goes to *kind. Fails when it throws none.
template <class Action>
std::string error_of(Action action, ErrorKind* kind = nullptr) {
  try {
    action();
  } catch (const Error& error) {
    if (kind != nullptr) *kind = error.kind();
    return error.what();
  }
  FAIL_CHECK("no error was thrown");
  return "";
}

inline bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace lemnos::test
