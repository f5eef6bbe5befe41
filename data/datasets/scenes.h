// SPDX-License-Identifier: Apache-2.0
// Images with several things in them, made of images of one thing each.
#pragma once

#include <cstdint>

#include "data/datasets/dataset.h"

namespace lemnos::data {

// u8 [N, 64, 64, 1] and boxes (Task::boxes, at most 4). In each scene are 1 to 4 things of a data
// set of gray images on black, such as Fashion-MNIST, at 0.75 to 1.15 times their size and
// anywhere, laid over each other at most a little: of none is more than 15 % below another's box. A
// box is as tight as can be. Scenes of the training split are made of its images and the others of
// the test split's; scene i depends on the seed and i alone.
Dataset scenes(const Dataset& things, std::int64_t train_rows = 10000,
               std::int64_t test_rows = 1000, std::uint64_t seed = 0);

}  // namespace lemnos::data
