// SPDX-License-Identifier: Apache-2.0
// Push constants of every line kernel (common/reduce.glsl), for GLSL and C++. All sizes count what
// the variant reads at once: floats, or vec4s.
#include "common/params.h"

PARAMS(LineParams) {
  uint lines;  // walked by this dispatch: outer * strips * inner
  uint line_length;
  uint inner;   // distance of neighbours in a line
  uint strips;  // parts a line is cut into, each walked as a line of its own
  uint strip_length;
  uint lines_per_group;  // one after another; with LANE: by each invocation
  uint x_base;           // where the first line begins, in operands that hold its elements
  uint y_base;           // and in operands that hold one value for each line
  float scale;           // multiplies sums: of `reduce`, and for the means of norms
  float epsilon;         // of norms: added to the mean square
}
PARAMS_END
