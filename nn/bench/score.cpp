// SPDX-License-Identifier: Apache-2.0
#include "nn/bench/score.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "nn/bench/columns.h"
#include "nn/bench/reference.h"
#include "nn/bench/statistics.h"
#include "nn/bench/words.h"
#include "runtime/base/error.h"

namespace lemnos::bench {
namespace {

constexpr double reference_score = 100, least_ratio = 0.01;

// What one score is of.
struct Class {
  Use use;
  bool sixteen_bits;

  bool has(const Row& row) const {
    const bool sixteen = row.precision == "f16" || row.precision == "bf16";
    return row.part != Part::ceiling && row.use == use && sixteen == sixteen_bits &&
           (sixteen || row.precision == "f32");
  }
};

bool can_be_scored(const Row& row, const Row* reference) {
  return reference != nullptr && reference->pass && !same_clock(row, *reference).first.empty();
}

double ratio(const Row& row, const Row& reference) {
  const auto [times, reference_times] = same_clock(row, reference);
  const double ms = median(times);
  return row.pass && ms > 0 ? median(reference_times) / ms : 0;
}

Score score_of(const Class& wanted, const Result& result, const Result& reference) {
  Score score;
  double sum = 0;
  for (const Row& row : result.rows) {
    if (!wanted.has(row)) continue;
    const Row* other = reference.find(row.name);
    if (!can_be_scored(row, other)) {
      ++score.left_out;
      continue;
    }
    sum += std::log(std::max(ratio(row, *other), least_ratio));
    ++score.rows;
    if (!row.pass) ++score.wrong;
  }
  for (const Row& row : reference.rows)
    if (wanted.has(row) && result.find(row.name) == nullptr) ++score.left_out;
  if (score.rows > 0) score.value = reference_score * std::exp(sum / double(score.rows));
  return score;
}

std::string name_of(const Header& header) {
  return fmt::format("{}, {}", header.device, driver_text(header));
}

void add_line(Columns& table, std::string name, const Score& score) {
  std::string remark;
  if (score.known()) remark = fmt::format("{} row{}", score.rows, score.rows == 1 ? "" : "s");
  if (score.wrong > 0) remark += fmt::format(", {} wrong", score.wrong);
  if (score.left_out > 0)
    remark += fmt::format("{}{} left out", remark.empty() ? "" : ", ", score.left_out);
  table.row({{"  " + std::move(name)},
             {score.known() ? figure(score.value) : "not known", Ink::strong},
             {remark, score.wrong > 0 ? Ink::bad : Ink::faint}});
}

std::string code_of(std::string_view name, const Score& score) {
  if (!score.known()) return fmt::format("{}=-", name);
  return fmt::format("{}={}/{}/{}", name, figure(score.value), score.rows, score.wrong);
}

// Of one line, without what separates its parts.
std::string plain(std::string_view text) {
  std::string out(text);
  std::ranges::replace_if(
      out, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '|' || c == '#'; }, ' ');
  return out;
}

std::string checksum(std::string_view text) {
  return fmt::format("{:08x}", XXH32(text.data(), text.size(), 0));
}

}  // namespace

const Result* reference() {
  static const Result carried =
      reference_json.empty() ? Result{} : from_json(reference_json, "the reference of scores");
  return carried.rows.empty() ? nullptr : &carried;
}

Scores score(const Result& result, const Result& reference) {
  if (result.header.suite != reference.header.suite)
    fail_usage("a result of suite {} has no score against one of suite {}: their work differs",
               result.header.suite, reference.header.suite);
  return {.suite = result.header.suite,
          .reference = name_of(reference.header),
          .run_f32 = score_of({Use::run, false}, result, reference),
          .train_f32 = score_of({Use::train, false}, result, reference),
          .run_16 = score_of({Use::run, true}, result, reference),
          .train_16 = score_of({Use::train, true}, result, reference)};
}

Scores score(const Result& result) {
  const Result* carried = reference();
  if (carried == nullptr || carried->header.suite != result.header.suite)
    return {.suite = result.header.suite};
  return score(result, *carried);
}

std::string to_text(const Scores& scores, bool color) {
  if (scores.reference.empty())
    return fmt::format("no score: suite {} has no reference yet\n", scores.suite);
  using enum Columns::Align;
  Columns table({left, right, left});
  add_line(table, "run, f32", scores.run_f32);
  add_line(table, "train, f32", scores.train_f32);
  add_line(table, "run, 16 bits", scores.run_16);
  add_line(table, "train, 16 bits", scores.train_16);
  return inked("Score", Ink::strong, color) +
         fmt::format(" of suite {}; 100 is {}\n", scores.suite, scores.reference) +
         table.text(110, color);
}

std::string paste_code(const Result& result, const Scores& scores) {
  const Header& h = result.header;
  const std::string said = fmt::format(
      "lemnos bench | {} | {} | suite {}{} | {} {} {} {} | ", plain(name_of(h)),
      plain(fmt::format("lemnos {} {}", h.version, h.commit)), h.suite, h.quick ? " quick" : "",
      code_of("run-f32", scores.run_f32), code_of("train-f32", scores.train_f32),
      code_of("run-16", scores.run_16), code_of("train-16", scores.train_16));
  return fmt::format("{}#{}", said, checksum(said));
}

bool is_paste_code(std::string_view line) {
  const auto mark = line.rfind('#');
  return line.starts_with("lemnos bench | ") && mark != std::string_view::npos &&
         line.substr(mark + 1) == checksum(line.substr(0, mark));
}

}  // namespace lemnos::bench
