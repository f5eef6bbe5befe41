// SPDX-License-Identifier: Apache-2.0
// Every operation, by family.
#pragma once

#include "ops/attention/attention.h"
#include "ops/conv/conv.h"
#include "ops/image/image.h"
#include "ops/index/index.h"
#include "ops/loss/loss.h"
#include "ops/matmul/matmul.h"
#include "ops/norm/norm.h"
#include "ops/pointwise/pointwise.h"
#include "ops/pool/pool.h"
#include "ops/position/position.h"
#include "ops/random/random.h"
#include "ops/recurrent/recurrent.h"
#include "ops/reduce/reduce.h"
#include "ops/shape/shape.h"
