// SPDX-License-Identifier: Apache-2.0
// The whole public interface: #include <lemnos/lemnos.h>.
#pragma once

#include "runtime/base/error.h"
#include "runtime/base/log.h"
#include "runtime/tensor/dtype.h"
#include "runtime/tensor/shape.h"
