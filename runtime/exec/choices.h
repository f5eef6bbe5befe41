// SPDX-License-Identifier: Apache-2.0
// Which of the ways that an op knows (OpDef::choices) was the fastest on a device, problem by
// problem. Found by runtime/exec/tuner.h, kept in the device's file.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "runtime/graph/op_def.h"

namespace lemnos {

class Choices {
 public:
  // What is known of the device; empty where that is nothing, or of another build, or damaged
  // (which is said).
  static Choices load(const gpu::Caps& caps);
  // Beside what others have saved; where it cannot be kept, that is said.
  void save(const gpu::Caps& caps) const;

  // The op, the types of what it reads and its attributes. What follows in the same kernel does not
  // count.
  static std::string key_of(const Problem& problem);

  std::optional<std::uint32_t> find(const Problem& problem) const;
  void set(const Problem& problem, std::uint32_t choice) { set(key_of(problem), choice); }
  void set(const std::string& key, std::uint32_t choice) { known_[key] = choice; }
  std::size_t size() const { return known_.size(); }
  const std::map<std::string, std::uint32_t>& all() const { return known_; }  // by key_of()

 private:
  std::map<std::string, std::uint32_t> known_;
};

}  // namespace lemnos
