// SPDX-License-Identifier: Apache-2.0
// Every operation, by family.
#pragma once

#include "ops/pointwise/pointwise.h"
#include "ops/shape/shape.h"
