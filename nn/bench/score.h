// SPDX-License-Identifier: Apache-2.0
// One number of a result: how many times faster than the suite's reference, which has 100.
#pragma once

#include <string>
#include <string_view>

#include "nn/bench/result.h"

namespace lemnos::bench {

// 100 * (product of max(reference_ms / ms, 0.01)) ^ (1 / n) over n kernels and models, medians by
// the same clock. A wrong answer has the ratio 0, and so counts as a hundredth of the reference's
// speed: less than any right answer, and not enough to hide what the others do.
struct Score {
  double value = 0;
  std::size_t rows = 0;      // n; 0: there is no score
  std::size_t wrong = 0;     // of these
  std::size_t left_out = 0;  // on both sides: no times in one of them, or not there at all

  bool known() const { return rows > 0; }
};

// Separate for what is computed in f32 and in 16 bits (f16 and bf16), and for run and train.
struct Scores {
  int suite = suite_version;
  std::string reference;  // "llvmpipe, Mesa 22.3.6"; empty: there is no reference yet
  Score run_f32, train_f32, run_16, train_16;
};

// The suite's reference that this library carries; nullptr while none was measured.
const Result* reference();

// Fails (wrong usage) where the suites are not the same version.
Scores score(const Result& result, const Result& reference);
// Against the reference carried; without it, or in another suite's version, nothing is known.
Scores score(const Result& result);

// A line for each score, with what is wrong and what is left out.
std::string to_text(const Scores& scores, bool color = false);

// One line to paste where results are talked about, with a checksum at its end, which says that no
// character was lost or changed on the way; it is no proof of anything else.
std::string paste_code(const Result& result, const Scores& scores);
bool is_paste_code(std::string_view line);  // whole and unchanged

}  // namespace lemnos::bench
