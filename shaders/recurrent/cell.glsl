// SPDX-License-Identifier: Apache-2.0
// What the cells' arithmetic is written with.
#include "common/math.glsl"

// A branch that is always taken: SwiftShader takes minutes to compile several sigmoids in one
// block, and no time where branches lie between.
#define IN_ITS_OWN_BLOCK if (gl_NumWorkGroups.x != 0)
