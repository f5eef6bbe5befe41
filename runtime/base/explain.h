// SPDX-License-Identifier: Apache-2.0
// What is said where nobody can go on after an error: its text, and what may help.
#pragma once

#include <exception>
#include <string>

namespace lemnos {

std::string explain(const std::exception& error);

}  // namespace lemnos
