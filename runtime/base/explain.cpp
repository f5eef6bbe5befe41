// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/explain.h"

#include <new>

#include "runtime/base/error.h"

namespace lemnos {
namespace {

const char* remedy(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::out_of_memory:
      return "\n  help: a smaller --batch needs less memory; --device chooses another device";
    case ErrorKind::device_lost:
      return "\n  help: lemnos train --resume FOLDER goes on from the last checkpoint; "
             "--device chooses another device";
    default:
      return "";
  }
}

}  // namespace

std::string explain(const std::exception& error) {
  if (const auto* ours = dynamic_cast<const Error*>(&error))
    return fmt::format("{}{}", ours->what(), remedy(ours->kind()));
  if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr)
    return "out of memory (the computer's own, not the device's)";
  return error.what();
}

}  // namespace lemnos
