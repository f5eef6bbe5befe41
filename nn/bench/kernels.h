// SPDX-License-Identifier: Apache-2.0
// A row of the table of kernels: checked against the reference, then timed.
#pragma once

#include "nn/bench/case.h"
#include "nn/bench/ceilings/ceilings.h"
#include "nn/bench/timer.h"

namespace lemnos::bench {

// Errors are in units of what is allowed. A result that one op computes from the inputs: element by
// element, by the op's own tolerance (runtime/graph/op_def.h). Others: the Frobenius norm of the
// difference beside that of the reference, 2^-24 times the sum of (ulp + 2 sqrt(terms)) over all
// ops on the way; 2e-3 where f16 is stored between, and 1e-2 where bf16 is.
//
// Work that memory bounds is repeated on other inputs until what it touches exceeds the caches; the
// row's times are of one of these repetitions. Small work is repeated too, one after the other,
// since a clock of the device has its steps.
//
// A case that does not fit the device gets no times, and a note; so does one that fails, which has
// not passed.
Row measure_kernel(const Case& kernel, Timer& timer, const Roofline& roofline);

}  // namespace lemnos::bench
