// SPDX-License-Identifier: Apache-2.0
// What makes each kind of tokenizer; for data/text/ itself.
#pragma once

#include <array>

#include "data/text/tokenizer.h"

namespace lemnos::data {

inline constexpr std::array<std::string_view, token::first> special_names{
    "<padding>", "<unknown>", "<begin>", "<end>", "<mask>"};

TokenizerPtr byte_tokenizer();
TokenizerPtr fit_vocabulary(const TokenizerOptions& options, std::span<const std::string> texts);
TokenizerPtr vocabulary_from_json(TokenKind kind, const nlohmann::json& json);
TokenizerPtr fit_subwords(const TokenizerOptions& options, std::span<const std::string> texts);
TokenizerPtr subwords_from_json(TokenKind kind, const nlohmann::json& json);

}  // namespace lemnos::data
