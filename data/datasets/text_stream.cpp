// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "data/datasets/dataset.h"
#include "data/datasets/text.h"
#include "data/datasets/text_file.h"
#include "data/text/utf8.h"

namespace lemnos::data {
namespace {

// Behind the first line break at or after `at`; without one, at the next character.
std::size_t cut_after(std::string_view text, std::size_t at) {
  const std::size_t line = text.find('\n', at);
  if (line != std::string_view::npos && line + 1 < text.size()) return line + 1;
  const auto continues = [&] { return (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80; };
  while (at < text.size() && continues()) ++at;
  return at;
}

}  // namespace

Dataset text_files(std::span<const std::filesystem::path> paths, const TextOptions& options) {
  if (!(options.held_out >= 0 && options.held_out < 1))
    fail_usage("the held-out fraction must be from 0 to below 1, not {}", options.held_out);
  if (paths.empty()) fail_usage("no text files were given");
  std::string text;
  for (const std::filesystem::path& path : paths) {
    text += read_text_file(path, options.any_bytes);
    if (&path != &paths.back() && !text.ends_with('\n')) text += '\n';
  }
  Dataset dataset;
  dataset.name = paths.front().string();
  dataset.task = Task::next_token;
  const double part = (1 - options.held_out) * static_cast<double>(text.size());
  const std::size_t cut =
      options.held_out == 0 ? text.size() : cut_after(text, static_cast<std::size_t>(part));
  const std::string_view whole = text;
  if (is_blank(whole.substr(0, cut)) || (options.held_out > 0 && is_blank(whole.substr(cut))))
    fail("{}: {} bytes of text are too few to hold out {} of them", dataset.name, text.size(),
         options.held_out);
  if (cut < text.size()) dataset.test.texts.emplace_back(whole.substr(cut));
  text.resize(cut);
  dataset.train.texts.push_back(std::move(text));
  return dataset;
}

}  // namespace lemnos::data
